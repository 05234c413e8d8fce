import type { Sandbox } from "../../../sandbox/index.ts";
import { systemClock } from "../../clock.ts";
import { sql } from "../../database/index.ts";
import { explainPayout } from "../../explain/index.ts";
import { balanceOf, accounts, sealLedger, verifyLedger } from "../../ledger/index.ts";
import type { Engine } from "../../main.ts";
import { formatUnits, formatUsd, registry } from "../../money/index.ts";
import { checkInvariants, compareWallets } from "../../reconciliation/index.ts";
import { table } from "../with-parts.ts";
import type { ApiClient } from "./api-client.ts";
import type { DemoPayee } from "./story.ts";

interface Amount {
  readonly asset: string;
  readonly amount: string;
}

export interface DemoReport {
  readonly payments: {
    received: number;
    settled: number;
    duplicates: number;
    underpaid: number;
    paid_usd: string;
  };
  readonly fees: readonly Amount[];
  readonly conversions: readonly {
    conversion_id: string;
    source: Amount;
    target: Amount;
    rate: string;
    shares: readonly { payee_id: string; amount: string }[];
    swaps: number;
    /** Exchanges the provider made and we never funded: lost answers. */
    unfunded_exchanges: number;
  }[];
  readonly payouts: readonly {
    payout_id: string;
    payee_id: string;
    route: string;
    asset: string;
    amount: string;
    delivered: Amount | null;
    status: string;
    transaction_hash: string | null;
    parts: number;
  }[];
  readonly ledger: { entries: number; balanced: boolean; verified: boolean };
  readonly wallets: readonly { asset: string; booked: string; on_chain: string }[];
  readonly differences: readonly string[];
  readonly seconds: number;
}

export async function buildReport(of: {
  engine: Engine;
  api: ApiClient;
  sandbox: Sandbox;
  duplicates: number;
  conversionId: string;
  startedAt: number;
}): Promise<DemoReport> {
  const { engine } = of;
  await sealLedger(engine.db, systemClock);
  const verification = await verifyLedger(engine.db);
  const invariants = await checkInvariants(engine.db);
  const wallets = await compareWallets(engine, AbortSignal.timeout(20_000));
  const decimal = (asset: string, amount: bigint) => formatUnits(amount, registry.get(asset).decimals);
  return {
    payments: await countPayments(of),
    fees: await bookedFees(engine),
    conversions: await describeConversions(of),
    payouts: await describePayouts(of),
    ledger: {
      entries: verification.entries,
      balanced: !invariants.some((difference) => difference.check === "asset_balances"),
      verified: verification.problems.length === 0 && verification.unsealed === 0,
    },
    wallets: wallets.map(({ asset, booked, onChain }) => ({
      asset,
      booked: decimal(asset, booked),
      on_chain: decimal(asset, onChain),
    })),
    differences: [
      ...invariants.map(({ check, id, detail }) => `${check} ${id}: ${detail}`),
      ...verification.problems.map(({ kind, id, detail }) => `${kind} ${id}: ${detail}`),
      ...wallets
        .filter((row) => row.difference !== 0n)
        .map((row) => `wallet ${row.asset}: ${decimal(row.asset, row.difference)} unexplained`),
    ],
    seconds: Math.round((performance.now() - of.startedAt) / 100) / 10,
  };
}

async function countPayments({
  engine,
  duplicates,
}: {
  engine: Engine;
  duplicates: number;
}): Promise<DemoReport["payments"]> {
  const { rows } = await sql<{
    received: number;
    settled: number;
    usd: bigint;
    underpaid: number;
    redelivered: number;
  }>`
    select count(*) as received, count(*) filter (where status = 'settled') as settled, coalesce(sum(paid_usd_micros), 0) as usd,
      (select count(*) from pay_order where status = 'partially_paid') as underpaid,
      (select coalesce(sum(deliveries - 1), 0)::bigint from processor_event) as redelivered
    from payment`.execute(engine.db);
  const row = rows[0];
  if (!row || row.redelivered < duplicates) throw new Error("The duplicate notice did not reach the engine");
  return {
    received: row.received,
    settled: row.settled,
    duplicates: row.redelivered,
    underpaid: row.underpaid,
    paid_usd: formatUsd(row.usd),
  };
}

async function bookedFees({ db }: Engine): Promise<Amount[]> {
  const { rows } = await sql<{
    asset: string;
  }>`select asset from ledger_account where path = ${accounts.platform("fees")} order by asset`.execute(db);
  const fees = [];
  for (const { asset } of rows) {
    const amount = await balanceOf(db, accounts.platform("fees"), asset);
    fees.push({ asset, amount: formatUnits(amount, registry.get(asset).decimals) });
  }
  return fees;
}

async function describeConversions({
  api,
  sandbox,
  conversionId,
}: {
  api: ApiClient;
  sandbox: Sandbox;
  conversionId: string;
}): Promise<DemoReport["conversions"]> {
  const found = await api.get<{
    id: string;
    source: Amount;
    target: Amount;
    rate: string;
    shares: { payee_id: string; target: Amount }[];
    swaps: { status: string; source: Amount }[];
  }>(`/v1/conversions/${conversionId}`);
  const unfunded = sandbox.changenow
    .exchanges()
    .filter(
      (exchange) =>
        exchange.status === "new" || exchange.status === "waiting" || exchange.status === "expired",
    );
  const shares = found.shares.map((share) => ({ payee_id: share.payee_id, amount: share.target.amount }));
  const { source, target, rate } = found;
  return [
    {
      conversion_id: found.id,
      source,
      target,
      rate,
      shares,
      swaps: found.swaps.length,
      unfunded_exchanges: unfunded.length,
    },
  ];
}

async function describePayouts({
  api,
  engine,
}: {
  api: ApiClient;
  engine: Engine;
}): Promise<DemoReport["payouts"]> {
  const { data } = await api.get<{ data: { id: string }[] }>("/v1/payouts");
  const described = [];
  for (const { id } of data.toReversed()) {
    const payout = await explainPayout(engine.db, registry, id);
    described.push({
      payout_id: id,
      payee_id: payout.payee_id,
      route: payout.route,
      asset: payout.amount.asset,
      amount: payout.amount.amount,
      delivered: payout.delivered,
      status: payout.status,
      transaction_hash: payout.transaction_hash,
      parts: payout.parts.length,
    });
  }
  return described;
}

/** The report as a person reads it, and whether all of it holds. */
export function summarise(
  report: DemoReport,
  payees: readonly DemoPayee[],
): { text: string; holds: boolean } {
  const nameOf = (id: string): string => payees.find((payee) => payee.id === id)?.name ?? id;
  const [conversion] = report.conversions;
  const promises: [string, boolean][] = [
    [
      "at least 20 payments, all settled",
      report.payments.received >= 20 && report.payments.settled === report.payments.received,
    ],
    [
      "a duplicate notice changed nothing, an underpaid order is only partially paid",
      report.payments.duplicates >= 1 && report.payments.underpaid === 1,
    ],
    [
      "one swap, and the exchange of the lost answer stayed unfunded",
      conversion?.swaps === 1 && conversion.unfunded_exchanges === 1,
    ],
    ["shares sum to what arrived, to the last base unit", sharesAreExact(report)],
    ["one payee paid directly, one through a swap, hashes recorded", routesArePaid(report)],
    ["ledger balanced, sealed and verified", report.ledger.balanced && report.ledger.verified],
    ["wallets equal to the book", report.wallets.every((wallet) => wallet.booked === wallet.on_chain)],
    ["no differences", report.differences.length === 0],
  ];
  const rows = [
    [
      "in",
      `${report.payments.received} payments, ${report.payments.paid_usd} USD by what customers paid (${report.payments.duplicates} duplicate notice, ${report.payments.underpaid} underpaid)`,
    ],
    ...report.fees.map((fee) => ["our fee", `${fee.amount} ${fee.asset}`]),
    ...(conversion
      ? [
          [
            "converted",
            `${conversion.source.amount} ${conversion.source.asset} → ${conversion.target.amount} ${conversion.target.asset}, at ${conversion.rate}, ${conversion.swaps} swap`,
          ],
        ]
      : []),
    ...(conversion?.shares ?? []).map((share) => ["share", `${nameOf(share.payee_id)} ${share.amount} USDT`]),
    ...report.payouts.map((payout) => [
      "paid",
      `${nameOf(payout.payee_id)} ${payout.amount} USDT, ${payout.route}, ${payout.status}${payout.delivered ? `, received ${payout.delivered.amount} ${payout.delivered.asset}` : ""}\n${" ".repeat(11)}${payout.transaction_hash ?? "no hash"}`,
    ]),
    ...report.wallets.map((wallet) => [
      "wallet",
      `${wallet.asset}: booked ${wallet.booked}, on chain ${wallet.on_chain}`,
    ]),
    [
      "ledger",
      `${report.ledger.entries} entries, ${report.ledger.balanced ? "balanced" : "NOT BALANCED"}, ${report.ledger.verified ? "sealed and verified" : "NOT VERIFIED"}`,
    ],
    ...report.differences.map((difference) => ["DIFFERENCE", difference]),
    ...promises.map(([promise, kept]) => [kept ? "✓" : "✗ BROKEN", promise]),
    ["time", `${report.seconds} s`],
  ];
  return { text: table([["what", "how much"], ...rows]), holds: promises.every(([, kept]) => kept) };
}

function sharesAreExact(report: DemoReport): boolean {
  const [conversion] = report.conversions;
  if (!conversion) return false;
  const units = (amount: string): bigint => {
    const [whole = "0", fraction = ""] = amount.split(".");
    return BigInt(whole + fraction.padEnd(registry.get(conversion.target.asset).decimals, "0"));
  };
  return (
    conversion.shares.reduce((sum, share) => sum + units(share.amount), 0n) ===
    units(conversion.target.amount)
  );
}

const routesArePaid = ({ payouts }: DemoReport): boolean =>
  payouts.every((payout) => payout.status === "completed" && payout.transaction_hash !== null) &&
  ["direct", "swap"].every((route) => payouts.some((payout) => payout.route === route));
