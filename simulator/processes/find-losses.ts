import { findProcessorCoin } from "../../sandbox/coins.ts";
import { readWireAmount, toBaseUnits } from "../../sandbox/wire-amount.ts";
import { systemClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config/index.ts";
import { sql, type Db } from "../../src/database/index.ts";
import { verifyLedger } from "../../src/ledger/index.ts";
import { assemble } from "../../src/engine/index.ts";
import { findUnowned } from "../../src/desk/index.ts";
import { overseen } from "../../src/engine/index.ts";
import { checkInvariants, compareWallets } from "../../src/reconciliation/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { listChainSends } from "./chain-sends.ts";
import type { EngineWorld } from "./engine-world.ts";
import { findUnfinished, settledPayments } from "./unfinished.ts";

/** Money that is not where it should be, or a promise that does not hold. */
export interface Loss {
  /** "lost" and "doubled" are money; "broken" is a promise of the books. */
  readonly kind: "lost" | "doubled" | "broken";
  readonly what: string;
}

/** The sweepers look every other second here. */
const forgottenAfterMs = 60_000;

const lost = (what: string): Loss => ({ kind: "lost", what });
const doubled = (what: string): Loss => ({ kind: "doubled", what });
const broken = (what: string): Loss => ({ kind: "broken", what });

/** Each payment that the processor settled is settled and booked once, to the base unit, and nothing else is. */
async function checkPayments(db: Db, { sandbox }: EngineWorld): Promise<Loss[]> {
  const { rows } = await sql<{ id: string; asset: string; amount: bigint }>`
    select external_id as id, settled_asset as asset, settled_amount as amount from payment where status = 'settled'`.execute(
    db,
  );
  const settled = new Map(rows.map((row) => [row.id, row]));
  const losses: Loss[] = [];
  const truth = new Map<string, bigint>();
  for (const payment of settledPayments(sandbox)) {
    const id = String(payment.payment_id);
    const coin = findProcessorCoin(payment["outcome_currency"]);
    const amount = toBaseUnits(readWireAmount(payment["outcome_amount"]) ?? 0n, coin?.decimals ?? 0);
    const asset = coin?.assetId ?? "";
    truth.set(asset, (truth.get(asset) ?? 0n) + amount);
    const row = settled.get(id);
    if (!settled.delete(id)) losses.push(lost(`payment ${id} was never settled`));
    else if (row?.asset !== asset || row.amount !== amount)
      losses.push(broken(`payment ${id} settled ${row?.amount} ${row?.asset}, not ${amount} ${asset}`));
  }
  for (const id of settled.keys())
    losses.push(doubled(`payment ${id} is settled, and the processor settled none`));
  if (losses.length > 0) return losses; // their sums differ too, and would count once more
  const { rows: booked } = await sql<{ asset: string; amount: bigint }>`
    select a.asset, sum(p.amount) as amount
    from posting p join journal_entry e on e.id = p.entry_id join ledger_account a on a.id = p.debit_account_id
    where e.reason = 'payment_settled' group by a.asset`.execute(db);
  for (const asset of new Set([...truth.keys(), ...booked.map((row) => row.asset)])) {
    const [there, here] = [truth.get(asset) ?? 0n, booked.find((row) => row.asset === asset)?.amount ?? 0n];
    if (here < there) losses.push(lost(`payments of ${there} ${asset} are booked as ${here}`));
    if (here > there) losses.push(doubled(`payments of ${there} ${asset} are booked as ${here}`));
  }
  return losses;
}

/** Everything that left the wallet on the chain is one transfer's, once; every final transfer left it. */
async function checkSends(db: Db, { sandbox, wallet }: EngineWorld): Promise<Loss[]> {
  const { rows } = await sql<{
    id: string;
    hash: string;
    final: boolean;
    asset: string;
    to: string;
    amount: bigint;
  }>`
    select t.id, a.transaction_hash as hash, t.status = 'final' and t.transaction_hash = a.transaction_hash as final,
      t.asset, lower(t.to_address) as to, t.amount
    from transfer_attempt a join transfer t on t.id = a.transfer_id`.execute(db);
  const signed = new Map(rows.map((row) => [row.hash.toLowerCase(), row]));
  const sent = new Set<string>();
  const losses: Loss[] = [];
  for (const send of await listChainSends(sandbox, wallet)) {
    const transfer = signed.get(send.hash.toLowerCase());
    if (transfer === undefined) losses.push(doubled(`${send.hash} left the wallet and is no transfer's`));
    else if (sent.has(transfer.id)) losses.push(doubled(`transfer ${transfer.id} left the wallet twice`));
    else if (transfer.to !== send.to || transfer.amount !== send.amount || transfer.asset !== send.asset)
      losses.push(broken(`${send.hash} sent ${send.amount} ${send.asset}, which is not its transfer's`));
    else if (!transfer.final)
      losses.push(broken(`${send.hash} succeeded, and its transfer ${transfer.id} is not final`));
    if (transfer !== undefined) sent.add(transfer.id);
  }
  for (const row of rows)
    if (row.final && !sent.has(row.id))
      losses.push(lost(`transfer ${row.id} is final and never left the wallet`));
  return losses;
}

/** Each completed payout was sent by one transfer or delivered by one exchange; any other sent nothing that stayed away. */
async function checkPayouts(db: Db): Promise<Loss[]> {
  const { rows } = await sql<{ id: string; status: string; sent: number }>`
    select o.id, o.status, count(t.id) + count(s.id) as sent
    from payout o left join payout_attempt a on a.payout_id = o.id
    left join transfer t on t.purpose = 'payout_attempt' and t.purpose_id = a.id and t.status = 'final'
    left join swap s on s.purpose = 'payout_attempt' and s.purpose_id = a.id and s.status = 'delivered'
    group by o.id`.execute(db);
  return rows.flatMap(({ id, status, sent }) => {
    const due = status === "completed" ? 1 : 0;
    if (sent < due) return [lost(`payout ${id} is ${status} and was sent by nothing`)];
    return sent > due ? [doubled(`payout ${id} is ${status} and was sent ${sent} times`)] : [];
  });
}

/** Each exchange that took a deposit is one swap's, funded by that swap's one transfer, once. */
async function checkExchanges(db: Db, { sandbox }: EngineWorld): Promise<Loss[]> {
  const { rows } = await sql<{ exchange: string; hash: string | null }>`
    select s.provider_id as exchange, t.transaction_hash as hash from swap s left join transfer t on t.id = s.transfer_id
    where s.provider_id is not null`.execute(db);
  const funding = new Map(rows.map((row) => [row.exchange, row.hash?.toLowerCase() ?? null]));
  return sandbox.changenow.exchanges().flatMap((exchange) => {
    const losses: Loss[] = [];
    const deposit = exchange["payinHash"];
    if (typeof deposit === "string" && funding.get(exchange.id) !== deposit.toLowerCase())
      losses.push(doubled(`exchange ${exchange.id} was funded, and no swap says so`));
    const repeated = exchange["repeatedExchangesInfo"];
    if (Array.isArray(repeated) && repeated.length > 0)
      losses.push(doubled(`exchange ${exchange.id} was funded more than once`));
    return losses;
  });
}

/** What the engine's own checks say, and what nobody may have left behind. */
async function checkBooks(
  db: Db,
  { environment, sandbox }: EngineWorld,
  signal: AbortSignal,
): Promise<Loss[]> {
  const config = loadConfig({ ...environment, ROLE: "api" });
  const parts = assemble(config, db, silentLogger);
  const { rows: letters } = await sql<{ task: string; error: string }>`
    select task, error from job_dead_letter`.execute(db);
  const { rows: orders } = await sql<{ count: number }>`select count(*) as count from pay_order`.execute(db);
  const asked = new Set(sandbox.nowpayments.invoices().map((invoice) => invoice.orderId)).size;
  return [
    ...(await findUnfinished(db, sandbox)).map((what) => broken(`${what} to the end`)),
    ...(await findUnowned({ db, desk: overseen }, systemClock.now(), { lateMs: forgottenAfterMs })).map(
      ({ thing, id, problem }) => broken(`${thing} ${id} is forgotten: ${problem}`),
    ),
    ...(await checkInvariants(db)).map(({ check, id, detail }) => broken(`${check}: ${id} ${detail}`)),
    ...(await compareWallets(parts, signal))
      .filter((wallet) => wallet.difference !== 0n)
      .map(({ asset, difference }) => broken(`the wallet's ${asset} differs from the book by ${difference}`)),
    ...(await verifyLedger(db)).problems.map(({ kind, id, detail }) =>
      broken(`ledger: ${kind} ${id} ${detail}`),
    ),
    ...letters.map(({ task, error }) => broken(`dead letter of ${task}: ${error}`)),
    ...(orders[0]?.count === asked
      ? []
      : [broken(`${asked} orders were paid for, ${orders[0]?.count} are there`)]),
  ];
}

/** Holds the engine's book against the processor's, the swap provider's and the chain's own. Empty: nothing is amiss. */
export async function findLosses(world: EngineWorld, signal: AbortSignal): Promise<Loss[]> {
  const { db } = world.database;
  return [
    ...(await checkPayments(db, world)),
    ...(await checkSends(db, world)),
    ...(await checkPayouts(db)),
    ...(await checkExchanges(db, world)),
    ...(await checkBooks(db, world, signal)),
  ];
}
