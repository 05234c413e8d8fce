import type { Deposit, ReceivingChain, DepositReading } from "../chains/receiving.ts";
import { inTransaction, sql, type Tx } from "../database/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { valueInUsd } from "../money/index.ts";
import { days, sweptFrom, type Cause } from "../lifecycle/index.ts";
import type { DepositDeps } from "./deps.ts";
import { findAddress } from "../addresses/index.ts";
import { isSentFor } from "../transfers/index.ts";
import { bookJudgement, reverseDeposit, type Booking } from "./book-deposit.ts";
import type { DepositRow } from "./deposit.ts";
import { depositsIn, recordDeposits } from "./deposit-store.ts";
import { confirmationsFor, judgeDeposit, type DepositPolicy, type Judgement } from "./judge-deposit.ts";
import { judgedOrderOf } from "./judged-order.ts";
import { wakeSweeps } from "./wake-sweeps.ts";
import { depositTasks } from "./tasks.ts";

/** A transaction that nobody finds for so long was dropped. */
const droppedAfterMs = days(1);

type Included = Extract<DepositReading, { status: "included" }>;

/** What is known before the books are opened; nothing is asked outside while a transaction is open. */
interface Known {
  readonly chain: ReceivingChain;
  readonly hash: string;
  readonly reading: DepositReading;
  readonly policy: DepositPolicy;
  /** USD for one whole coin, by asset, as observed now. */
  readonly prices: ReadonlyMap<string, string>;
  /** Deposits, by id, with the hash of the block that the chain no longer has. */
  readonly gone: ReadonlyMap<string, string>;
}

/**
 * Reads one transaction and does what follows from it: writes down its deposits, books those that are sure enough, and
 * takes back those that a reorganisation took. Safe to repeat, by several at once.
 * @returns what the chain said, and the transaction's deposits as they stand now.
 * @throws {ProviderError} the chain gave no usable answer: nothing was decided.
 */
export async function readAndBook(
  deps: DepositDeps,
  asked: { chain: ReceivingChain; hash: string; watched: ReadonlySet<string>; cause: Cause },
  signal: AbortSignal,
): Promise<{ reading: DepositReading; rows: DepositRow[] }> {
  const { chain, hash, watched, cause } = asked;
  const policy = await deps.readDepositPolicy();
  const before = await depositsIn(deps.db, chain.name, hash);
  let reading = await chain.readDeposits(hash, watched, signal);
  const prices = await observe(deps, reading, signal);
  if (needsAgreement(deps, reading, policy, prices))
    reading = await chain.readDeposits(hash, watched, signal, { agreeing: 2 });
  const known: Known = {
    chain,
    hash,
    reading,
    policy,
    prices,
    gone: await findGone(chain, reading, before, signal),
  };
  const rows = await inTransaction(deps.db, (tx) => apply(deps, tx, known, cause));
  return { reading, rows };
}

async function observe(
  deps: DepositDeps,
  reading: DepositReading,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (reading.status !== "included" || reading.deposits.length === 0) return new Map();
  const assets = new Map(reading.deposits.map(({ asset }) => [asset.id, asset]));
  try {
    const prices = await deps.prices.observe([...assets.values()], signal);
    return new Map([...prices].map(([id, { usd }]) => [id, usd]));
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.log.warn({ error }, "no price source answered; deposits are judged by their quotes alone");
    return new Map();
  }
}

/** A value that nobody can tell is treated as a large one; many small deposits of one transaction are as good as a large one. */
function needsAgreement(
  deps: DepositDeps,
  reading: DepositReading,
  { twoEndpointsFromUsdMicros: limit }: DepositPolicy,
  prices: ReadonlyMap<string, string>,
): boolean {
  if (limit === null || reading.status !== "included" || reading.deposits.length === 0) return false;
  const worth = worthOf(deps, reading, prices);
  return worth === null || worth >= limit;
}

/** What a transaction brought to all addresses of ours, in USD; null: nobody can tell. */
function worthOf(
  { registry }: DepositDeps,
  reading: Included,
  prices: ReadonlyMap<string, string>,
): bigint | null {
  let sum = 0n;
  for (const { asset, amount } of reading.deposits) {
    const usd = prices.get(asset.id);
    if (usd === undefined) return null;
    sum += valueInUsd(amount, registry.get(asset.id), usd, "up");
  }
  return sum;
}

/**
 * Deposits that the chain took back: their block is another one now. That a node does not find a transaction proves nothing,
 * it may lag; and what is final is never taken back.
 */
async function findGone(
  chain: ReceivingChain,
  reading: DepositReading,
  rows: readonly DepositRow[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const gone = new Map<string, string>();
  for (const row of rows.filter(isOpen)) {
    if (reading.status === "included" && reading.includedIn.blockHash === row.block_hash && reading.succeeded)
      continue;
    if (chain.watch.kind !== "blocks") continue;
    const now = await chain.watch.blockHash(row.block_number, signal);
    if (now !== null && now !== row.block_hash) gone.set(row.id, row.block_hash);
  }
  return gone;
}

async function apply(deps: DepositDeps, tx: Tx, known: Known, cause: Cause): Promise<DepositRow[]> {
  const { chain, hash, reading } = known;
  const now = deps.clock.now();
  const booking: Booking = { tx, registry: deps.registry, family: chain.family, cause, now };
  for (const row of await depositsIn(tx, chain.name, hash, { lock: true }))
    // Whoever was here meanwhile may have put it into another block.
    if (isOpen(row) && (known.gone.get(row.id) === row.block_hash || isForgotten(known, row, now)))
      await reverseDeposit(booking, row);
  if (reading.status === "included" && reading.succeeded) {
    const seen = {
      chain: chain.name,
      family: chain.family,
      hash,
      includedIn: reading.includedIn,
      final: reading.final,
      deposits: reading.deposits.map((deposit) => ({ ...deposit, from: spelled(chain, deposit) })),
      unlisted: reading.unlisted,
      now,
    };
    const matched = await recordDeposits(tx, seen);
    for (const row of matched) await advance(deps, booking, row, { known, reading });
    await endUnproved(booking, reading, { chain: chain.name, hash, matched });
    if (reading.final && reading.deposits.length > 0) await wakeSweeps(tx);
  }
  await keepWatching(deps, tx, known, now);
  return depositsIn(tx, chain.name, hash);
}

/** What the chain may still take back. */
const isOpen = (row: DepositRow): boolean =>
  !row.final && row.status !== "reversed" && row.status !== "refunded";

/** Where blocks cannot be compared nothing is booked before it is final: what is not found for a day was dropped. */
const isForgotten = ({ chain, reading }: Known, row: DepositRow, now: Date): boolean =>
  chain.watch.kind === "addresses" &&
  reading.status !== "included" &&
  row.status === "confirming" &&
  now.getTime() - row.created_at.getTime() > droppedAfterMs;

/** What an earlier answer said and the final one does not: it was never there. */
async function endUnproved(
  booking: Booking,
  reading: Included,
  { chain, hash, matched }: { chain: string; hash: string; matched: readonly DepositRow[] },
): Promise<void> {
  if (!reading.final || reading.mayHideTransfers) return;
  const proved = new Set(matched.map(({ id }) => id));
  for (const row of await depositsIn(booking.tx, chain, hash))
    if (isOpen(row) && !proved.has(row.id)) await reverseDeposit(booking, row);
}

function spelled(chain: ReceivingChain, { from }: Deposit): string | null {
  if (from === null) return null;
  try {
    return chain.normaliseAddress(from);
  } catch (error) {
    if (error instanceof DomainError) return from; // a contract of ours or a system address; kept as the chain has it
    throw error;
  }
}

async function advance(
  deps: DepositDeps,
  booking: Booking,
  row: DepositRow,
  { known, reading }: { known: Known; reading: Included },
): Promise<void> {
  if (row.status === "confirming" && row.block_hash === reading.includedIn.blockHash) {
    const judgement = await judge(deps, booking, row, known);
    if (judgement.kind === "wait" || !(await isSure(deps, booking.tx, { known, reading, row }))) return;
    return bookJudgement(booking, row, judgement);
  }
  if (row.final && (row.status === "credited" || row.status === "ignored"))
    await sql`update deposit set next_check_at = null, deadline_at = null where id = ${row.id}`.execute(
      booking.tx,
    );
}

/**
 * Whether a deposit is deep enough for its value: that of its whole transaction, and of what else its order has that the
 * chain may still take back, or a large payment would be as good as many small ones.
 */
async function isSure(
  deps: DepositDeps,
  tx: Tx,
  { known, reading, row }: { known: Known; reading: Included; row: DepositRow },
): Promise<boolean> {
  if (reading.final) return true;
  if (known.chain.watch.kind === "addresses") return false;
  const worth = worthOf(deps, reading, known.prices);
  if (worth === null) return false;
  const { rows } = await sql<{ open: bigint }>`
    select coalesce(sum(usd_micros), 0) as open from deposit
    where order_id = ${row.order_id} and not final and status = 'credited'
      and transaction_hash <> ${row.transaction_hash}`.execute(tx);
  const needed = confirmationsFor(known.policy, row.chain, worth + (rows[0]?.open ?? 0n));
  return needed !== null && reading.confirmations >= needed;
}

async function judge(
  deps: DepositDeps,
  { tx, family, now }: Booking,
  row: DepositRow,
  known: Known,
): Promise<Judgement> {
  const judged = {
    asset: row.asset,
    amount: row.amount,
    blockTime: row.block_time,
    fromOurselves: await isSentFor(tx, row.chain, row.transaction_hash, ["sweep", "sweep_gas"]),
    shared: (await findAddress(tx, family, row.address))?.derivation_index === null,
    order: row.order_id === null ? null : await judgedOrderOf(tx, row.order_id),
    usdNow: known.prices.get(row.asset) ?? null,
    now,
  };
  return judgeDeposit(judged, known.policy, deps.registry);
}

/**
 * Looks again while anything is not final, in step with how long it has been waited for. What was taken back is looked for
 * another day: whoever said that it was gone may have been wrong.
 */
async function keepWatching(deps: DepositDeps, tx: Tx, { chain, hash }: Known, now: Date): Promise<void> {
  const at = sql`chain = ${chain.name} and transaction_hash = ${hash}`;
  const { rows } = await sql<{ since: Date | null }>`
    select min(case status when 'reversed' then updated_at else created_at end) as since from deposit
    where ${at} and (status = 'confirming' or (not final and status in ('credited', 'in_review', 'ignored'))
      or (status = 'reversed' and updated_at > ${new Date(now.getTime() - droppedAfterMs)}))`.execute(tx);
  const since = rows[0]?.since ?? null;
  // Nothing of it changes by itself any more: what waits for a person is not asked for again and again.
  await sql`
    update deposit set next_check_at = case status when 'in_review' then ${new Date(now.getTime() + days(1))}::timestamptz end
    where ${at} and next_check_at is not null
      and (status = 'reversed' or (final and status in ('credited', 'ignored', 'in_review')))`.execute(tx);
  if (since === null) return;
  const waitMs = Math.min(Math.max(deps.settings.watchMs, (now.getTime() - since.getTime()) / 10), 600_000);
  const runAt = new Date(now.getTime() + waitMs);
  await sql`
    update deposit set next_check_at = ${sweptFrom(runAt)}
    where ${at} and (status = 'confirming' or not final or status = 'reversed') and status <> 'refunded'
      and (status <> 'reversed' or updated_at > ${new Date(now.getTime() - droppedAfterMs)})`.execute(tx);
  await enqueueOnce(tx, depositTasks.follow, { chain: chain.name, hash }, { runAt });
}
