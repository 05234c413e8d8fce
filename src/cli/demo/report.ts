import type { Client } from "../../../client/index.ts";
import type { Sandbox } from "../../../sandbox/index.ts";
import { findNetwork } from "../../chains/index.ts";
import { systemClock } from "../../clock.ts";
import { sql } from "../../database/index.ts";
import { balanceOf, accounts, sealLedger, verifyLedger } from "../../ledger/index.ts";
import type { Engine } from "../../engine/index.ts";
import { formatUnits, formatUsd, parseMoney, registry } from "../../money/index.ts";
import { checkInvariants, compareWallets } from "../../reconciliation/index.ts";
import { isGathered, listDirectPayments, type DirectOutcome } from "./direct.ts";
import type { Amount } from "./story.ts";

export interface DemoReport {
  readonly payments: {
    received: number;
    settled: number;
    duplicates: number;
    underpaid: number;
    paid_usd: string;
  };
  /** What came straight on chain, by asset, and what became of the customers who did not pay what was asked. */
  readonly direct: {
    readonly received: readonly (Amount & {
      readonly payments: number;
      readonly settled: number;
      /** Final in our own wallet; the rest stays at the payers' addresses. */
      readonly gathered: number;
    })[];
    readonly surplus: Amount;
    readonly refused: DirectOutcome["refused"];
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
  /** Our wallet and the payers' addresses together. */
  readonly wallets: readonly { asset: string; addresses: number; booked: string; on_chain: string }[];
  readonly differences: readonly string[];
  readonly seconds: number;
}

type Conversion = DemoReport["conversions"][number];

export async function buildReport(of: {
  engine: Engine;
  api: Client;
  sandbox: Sandbox;
  duplicates: number;
  direct: DirectOutcome;
  conversionIds: readonly string[];
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
    direct: { received: await sumDirect(of), ...of.direct },
    fees: await bookedFees(engine),
    conversions: await describeConversions(of),
    payouts: await describePayouts(of),
    ledger: {
      entries: verification.entries,
      balanced: !invariants.some((difference) => difference.check === "asset_balances"),
      verified: verification.problems.length === 0 && verification.unsealed === 0,
    },
    wallets: sumWallets(wallets).map(({ asset, addresses, booked, onChain }) => ({
      asset,
      addresses,
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

interface WalletSum {
  readonly asset: string;
  addresses: number;
  booked: bigint;
  onChain: bigint;
}

function sumWallets(rows: readonly Omit<WalletSum, "addresses">[]): WalletSum[] {
  const sums = new Map<string, WalletSum>();
  for (const { asset, booked, onChain } of rows) {
    const sum = sums.get(asset) ?? { asset, addresses: 0, booked: 0n, onChain: 0n };
    sum.addresses += 1;
    sum.booked += booked;
    sum.onChain += onChain;
    sums.set(asset, sum);
  }
  return [...sums.values()];
}

async function sumDirect(of: { api: Client }): Promise<DemoReport["direct"]["received"]> {
  const payments = (await listDirectPayments(of)).toReversed();
  const assets = new Set(payments.flatMap(({ settled }) => (settled === null ? [] : [settled.asset])));
  return [...assets].map((id) => {
    const asset = registry.get(id);
    const own = payments.filter(({ settled }) => settled?.asset === id);
    const units = own.reduce(
      (sum, { settled }) => sum + parseMoney(settled?.amount ?? "0", asset).amount,
      0n,
    );
    return {
      asset: id,
      amount: formatUnits(units, asset.decimals),
      payments: own.length,
      settled: own.filter(({ status }) => status === "settled").length,
      gathered: own.filter((payment) => isGathered(payment) && payment.arrival === "seen").length,
    };
  });
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

/** Exchanges from an asset that the provider made and nobody ever paid into. */
function countUnfunded({ changenow }: Sandbox, assetId: string): number {
  const { symbol, chain } = registry.get(assetId);
  const open = ["new", "waiting", "expired"];
  return changenow
    .exchanges()
    .filter(
      (one) =>
        open.includes(one.status) &&
        one["fromCurrency"] === symbol.toLowerCase() &&
        one["fromNetwork"] === findNetwork(chain)?.providerNames.changenow,
    ).length;
}

async function describeConversions({
  api,
  sandbox,
  conversionIds,
}: {
  api: Client;
  sandbox: Sandbox;
  conversionIds: readonly string[];
}): Promise<DemoReport["conversions"]> {
  const described = conversionIds.map(async (id) => {
    const { shares, swaps, ...found } = await api.get("/v1/conversions/{id}", { params: { path: { id } } });
    const { source, target, rate } = found;
    if (target === null || rate === null) throw new Error(`Conversion ${id} is not distributed`);
    return {
      conversion_id: found.id,
      source,
      target,
      rate,
      shares: shares.map((share) => ({ payee_id: share.payee_id, amount: share.target?.amount ?? "0" })),
      swaps: swaps.length,
      unfunded_exchanges: countUnfunded(sandbox, source.asset),
    };
  });
  const units = ({ target }: Conversion): bigint =>
    parseMoney(target.amount, registry.get(target.asset)).amount;
  // The largest first.
  return (await Promise.all(described)).toSorted((one, other) => (units(one) < units(other) ? 1 : -1));
}

async function describePayouts({ api }: { api: Client }): Promise<DemoReport["payouts"]> {
  const { data } = await api.get("/v1/payouts");
  const described = [];
  for (const { id } of data.toReversed()) {
    const payout = await api.get("/v1/payouts/{id}/explain", { params: { path: { id } } });
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
