import type { ReceivingChain, DepositReading } from "../chains/receiving.ts";
import { inTransaction, isDatabaseAway, sql, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { enqueueMany, keyOf } from "../jobs/index.ts";
import { valueInUsd } from "../money/index.ts";
import { days, sweptFrom, type Cause } from "../lifecycle/index.ts";
import type { DepositDeps } from "./deps.ts";
import { findAddresses } from "../addresses/index.ts";
import { sentFor } from "../transfers/index.ts";
import {
  moveJudgements,
  reverseDeposit,
  settleJudgements,
  type Booking,
  type Judged,
  type Moved,
} from "./book-deposit.ts";
import type { DepositRow } from "./deposit.ts";
import { depositsIn, lockDepositsIn, refreshSeen, type Seen } from "./deposit-store.ts";
import { confirmationsFor, judgeDeposit, type DepositPolicy } from "./judge-deposit.ts";
import { judgedOrdersOf } from "./judged-order.ts";
import { wakeSweeps } from "./wake-sweeps.ts";
import { depositTasks } from "./tasks.ts";

/** A transaction that nobody finds for so long was dropped. */
const droppedAfterMs = days(1);

type Included = Extract<DepositReading, { status: "included" }>;

/** How many transactions are asked for at once. */
const askedAtOnce = 8;

/** A transaction to read, and what makes us. */
export interface Asked {
  readonly hash: string;
  readonly cause: Cause;
}

/** What one transaction was read to be. Nothing is asked outside while a transaction of the books is open. */
interface Read extends Asked {
  readonly reading: DepositReading;
  /** Deposits, by id, with the hash of the block that the chain no longer has. */
  readonly gone: ReadonlyMap<string, string>;
}

/** What else is known before the books are opened. */
interface Known {
  readonly chain: ReceivingChain;
  readonly policy: DepositPolicy;
  /** USD for one whole coin, by asset, as observed now. */
  readonly prices: ReadonlyMap<string, string>;
}

/** Transactions of one chain as they were read, each of them once. */
export interface Readings extends Known {
  readonly read: readonly Read[];
}

/** What became of a transaction: what the chain said, and whether the book has a deposit of it. */
export interface Outcome {
  readonly reading: DepositReading;
  readonly isRecorded: boolean;
}

/**
 * Reads transactions of one chain and does what follows from each: writes down its deposits, books those that are sure enough,
 * and takes back those that a reorganisation took. Safe to repeat, by several at once. What goes wrong with one is nobody
 * else's trouble.
 * @param asked no transaction twice.
 * @returns by hash, what became of it, or why nothing was decided: a `ProviderError` where the chain gave no usable answer.
 */
export async function readAndBook(
  deps: DepositDeps,
  asked: { chain: ReceivingChain; watched: ReadonlySet<string>; transactions: readonly Asked[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Outcome | Error>> {
  const { readings, failed } = await readTransactions(deps, asked, signal);
  const booked = await bookReadings(deps, readings);
  return new Map([...failed, ...booked]);
}

/**
 * The same of one transaction. @returns its deposits as they stand now, too.
 * @throws {ProviderError} the chain gave no usable answer: nothing was decided.
 */
export async function readAndBookOne(
  deps: DepositDeps,
  asked: { chain: ReceivingChain; watched: ReadonlySet<string> } & Asked,
  signal: AbortSignal,
): Promise<{ reading: DepositReading; rows: DepositRow[] }> {
  const { chain, watched, hash, cause } = asked;
  const outcomes = await readAndBook(deps, { chain, watched, transactions: [{ hash, cause }] }, signal);
  const outcome = outcomes.get(hash)!;
  if (outcome instanceof Error) throw outcome;
  const rows = await depositsIn(deps.db, chain.name, [hash]);
  return { reading: outcome.reading, rows: rows.get(hash)! };
}

/** The reading part: asks the chain about each. @returns what was read, and by hash why something was not. */
export async function readTransactions(
  deps: DepositDeps,
  asked: { chain: ReceivingChain; watched: ReadonlySet<string>; transactions: readonly Asked[] },
  signal: AbortSignal,
): Promise<{ readings: Readings; failed: ReadonlyMap<string, Error> }> {
  const { chain, watched, transactions } = asked;
  const policy = await deps.readDepositPolicy();
  const before = await depositsIn(
    deps.db,
    chain.name,
    transactions.map(({ hash }) => hash),
  );
  const first = await eachOf(transactions, ({ hash }) => chain.readDeposits(hash, watched, signal));
  const prices = await observe(
    deps,
    first.filter((one): one is DepositReading => !(one instanceof Error)),
    signal,
  );
  const read = await eachOf(transactions, async (one, index): Promise<Read> => {
    let reading = first[index]!;
    if (reading instanceof Error) throw reading;
    if (needsAgreement(deps, reading, policy, prices))
      reading = await chain.readDeposits(one.hash, watched, signal, { agreeing: 2 });
    return { ...one, reading, gone: await findGone(chain, reading, before.get(one.hash)!, signal) };
  });
  return {
    readings: { chain, policy, prices, read: read.filter((one): one is Read => !(one instanceof Error)) },
    failed: new Map(
      read.flatMap((one, index) => (one instanceof Error ? [[transactions[index]!.hash, one]] : [])),
    ),
  };
}

/** Some at a time; what fails is answered by its error. */
async function eachOf<Item, Result>(
  items: readonly Item[],
  act: (item: Item, index: number) => Promise<Result>,
): Promise<(Result | Error)[]> {
  const results: (Result | Error)[] = [];
  const left = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of left)
      try {
        results[index] = await act(item, index);
      } catch (error) {
        results[index] = error instanceof Error ? error : new Error(String(error));
      }
  };
  await Promise.all(Array.from({ length: askedAtOnce }, work));
  return results;
}

/**
 * The booking part: all of it in one transaction, or, where something in it cannot be booked, what can in parts of it. What is
 * read is given in the order in which it is judged.
 * @returns by hash, what became of it, or why it could not be booked.
 */
export async function bookReadings(
  deps: DepositDeps,
  readings: Readings,
): Promise<ReadonlyMap<string, Outcome | Error>> {
  const { read } = readings;
  if (read.length === 0) return new Map();
  try {
    const booked = await inTransaction(deps.db, (tx) => apply(deps, tx, readings));
    return new Map(read.map(({ hash, reading }) => [hash, { reading, isRecorded: booked.has(hash) }]));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (read.length === 1 || isDatabaseAway(error)) return new Map(read.map(({ hash }) => [hash, error]));
    // By halves: whatever is wrong with one is found in a few steps, and the others are booked.
    const half = Math.ceil(read.length / 2);
    const first = await bookReadings(deps, { ...readings, read: read.slice(0, half) });
    const second = await bookReadings(deps, { ...readings, read: read.slice(half) });
    return new Map([...first, ...second]);
  }
}

/** What all of them bring is valued at once. */
async function observe(
  deps: DepositDeps,
  readings: readonly DepositReading[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const deposits = readings.flatMap((one) => (one.status === "included" ? one.deposits : []));
  if (deposits.length === 0) return new Map();
  const assets = new Map(deposits.map(({ asset }) => [asset.id, asset]));
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

type ReadIncluded = Read & { readonly reading: Included };

/** @returns the transactions of which the book has a deposit now. */
async function apply(deps: DepositDeps, tx: Tx, readings: Readings): Promise<ReadonlySet<string>> {
  const { chain, read } = readings;
  const now = deps.clock.now();
  const hashes = read.map(({ hash }) => hash);
  const brought = read.flatMap(({ reading }) => (reading.status === "included" ? reading.deposits : []));
  const places = await findAddresses(tx, chain.family, [...new Set(brought.map(({ to }) => to))]);
  const booking: Booking = { tx, registry: deps.registry, places, now };
  const locked = await lockDepositsIn(tx, chain.name, hashes);
  // Whoever was here meanwhile may have put it into another block.
  const isGone = (one: Read, row: DepositRow): boolean =>
    isOpen(row) && (one.gone.get(row.id) === row.block_hash || isForgotten(chain, one, row, now));
  const taken = read.flatMap((one) =>
    locked
      .get(one.hash)!
      .filter((row) => isGone(one, row))
      .map((row) => ({ row, cause: one.cause })),
  );
  for (const { row, cause } of taken) await reverseDeposit(booking, row, cause);
  const rows = taken.length === 0 ? locked : await depositsIn(tx, chain.name, hashes);
  const included = read.filter(
    (one): one is ReadIncluded => one.reading.status === "included" && one.reading.succeeded,
  );
  let matched: ByHash = new Map();
  let moved: Moved = { judged: [], claimed: null };
  if (included.length > 0) {
    const seen = await refreshSeen(tx, seenOf(chain, included, booking), rows);
    matched = seen.matched;
    await endUnproved(booking, included, { rows, matched });
    const judged = await judge(deps, booking, readings, { included, matched });
    moved = await moveJudgements(booking, judged, seen.fresh);
  }
  await keepWatching(deps, tx, chain.name, hashes, now);
  // What everybody who books waits for comes last, so that it is held for a commit and no longer.
  await settleJudgements(booking, moved);
  if (included.some(({ reading }) => reading.final && reading.deposits.length > 0)) await wakeSweeps(tx);
  return new Set([...rows, ...matched].flatMap(([hash, { length }]) => (length > 0 ? [hash] : [])));
}

const seenOf = (
  chain: ReceivingChain,
  included: readonly ReadIncluded[],
  { places, now }: Booking,
): Seen => ({
  chain: chain.name,
  places,
  now,
  transactions: included.map(({ hash, reading }) => ({
    hash,
    includedIn: reading.includedIn,
    final: reading.final,
    mayHideTransfers: reading.mayHideTransfers,
    deposits: reading.deposits,
    unlisted: reading.unlisted,
  })),
});

/** What the chain may still take back. */
const isOpen = (row: DepositRow): boolean =>
  !row.final && row.status !== "reversed" && row.status !== "refunded";

/** Where blocks cannot be compared nothing is booked before it is final: what is not found for a day was dropped. */
const isForgotten = ({ watch }: ReceivingChain, { reading }: Read, row: DepositRow, now: Date): boolean =>
  watch.kind === "addresses" &&
  reading.status !== "included" &&
  row.status === "confirming" &&
  now.getTime() - row.created_at.getTime() > droppedAfterMs;

type ByHash = ReadonlyMap<string, readonly DepositRow[]>;

/** What an earlier answer said and the final one does not: it was never there. */
async function endUnproved(
  booking: Booking,
  included: readonly ReadIncluded[],
  { rows, matched }: { rows: ByHash; matched: ByHash },
): Promise<void> {
  for (const { hash, reading, cause } of included) {
    if (!reading.final || reading.mayHideTransfers) continue;
    const proved = new Set(matched.get(hash)!.map(({ id }) => id));
    for (const row of rows.get(hash)!)
      if (isOpen(row) && !proved.has(row.id)) await reverseDeposit(booking, row, cause);
  }
}

/**
 * Judges what was read, one after the other, each by what those before it left. Locks its orders.
 * @returns what is sure enough to be booked.
 */
async function judge(
  deps: DepositDeps,
  booking: Booking,
  { chain, policy, prices }: Readings,
  { included, matched }: { included: readonly ReadIncluded[]; matched: ByHash },
): Promise<readonly Judged[]> {
  const { tx, places, now } = booking;
  const read = included.flatMap((one) => matched.get(one.hash)!.map((row) => ({ row, one })));
  await endFinal(
    tx,
    read.map(({ row }) => row),
  );
  const waiting = read.filter(
    ({ row, one }) => row.status === "confirming" && row.block_hash === one.reading.includedIn.blockHash,
  );
  if (waiting.length === 0) return [];
  const orderIds = [...new Set(waiting.flatMap(({ row }) => row.order_id ?? []))];
  const orders = await judgedOrdersOf(tx, orderIds);
  // What is final is sure by itself.
  const open = waiting.every(({ one }) => one.reading.final) ? [] : await openCredits(tx, orderIds);
  const sent = await sentFor(
    tx,
    chain.name,
    [...new Set(waiting.map(({ one }) => one.hash))],
    ["sweep", "sweep_gas"],
  );
  const judged: Judged[] = [];
  for (const { row, one } of waiting) {
    const order = orders.get(row.order_id ?? "") ?? null;
    const judgement = judgeDeposit(
      {
        asset: row.asset,
        amount: row.amount,
        blockTime: row.block_time,
        fromOurselves: sent.has(row.transaction_hash),
        shared: places.get(row.address)?.derivation_index === null,
        order,
        usdNow: prices.get(row.asset) ?? null,
        now,
        clockAheadMs: deps.clockAheadMs(),
      },
      policy,
      deps.registry,
    );
    const openElsewhere = open.filter(
      (other) => other.order_id === row.order_id && other.transaction_hash !== row.transaction_hash,
    );
    if (judgement.kind === "wait" || !isSure(deps, { chain, policy, prices }, one, { row, openElsewhere }))
      continue;
    judged.push({ row, judgement, cause: one.cause });
    if (judgement.kind !== "credit" || order === null) continue;
    orders.set(order.id, { ...order, paidUsdMicros: order.paidUsdMicros + judgement.paidUsdMicros });
    if (!row.final)
      open.push({
        order_id: order.id,
        transaction_hash: row.transaction_hash,
        usd_micros: judgement.usdMicros,
      });
  }
  return judged;
}

/** Nothing of these changes by itself any more. */
async function endFinal(tx: Tx, rows: readonly DepositRow[]): Promise<void> {
  const ended = rows.filter((row) => row.final && (row.status === "credited" || row.status === "ignored"));
  if (ended.length === 0) return;
  await sql`
    update deposit set next_check_at = null, deadline_at = null
    where id = any(${ended.map(({ id }) => id)}::uuid[])`.execute(tx);
}

/** What an order was credited by a transaction that the chain may still take back. */
interface OpenCredit {
  readonly order_id: string;
  readonly transaction_hash: string;
  readonly usd_micros: bigint;
}

async function openCredits(tx: Tx, orderIds: readonly string[]): Promise<OpenCredit[]> {
  const { rows } = await sql<OpenCredit>`
    select order_id, transaction_hash, coalesce(usd_micros, 0) as usd_micros from deposit
    where order_id = any(${[...orderIds]}::uuid[]) and not final and status = 'credited'`.execute(tx);
  return rows;
}

/**
 * Whether a deposit is deep enough for its value: that of its whole transaction, and of what else its order has that the
 * chain may still take back, or a large payment would be as good as many small ones.
 */
function isSure(
  deps: DepositDeps,
  { chain, policy, prices }: Known,
  { reading }: ReadIncluded,
  { row, openElsewhere }: { row: DepositRow; openElsewhere: readonly OpenCredit[] },
): boolean {
  if (reading.final) return true;
  if (chain.watch.kind === "addresses") return false;
  const worth = worthOf(deps, reading, prices);
  if (worth === null) return false;
  const open = openElsewhere.reduce((sum, { usd_micros: usd }) => sum + usd, 0n);
  const needed = confirmationsFor(policy, row.chain, worth + open);
  return needed !== null && reading.confirmations >= needed;
}

/**
 * Looks again while anything is not final, in step with how long it has been waited for. What was taken back is looked for
 * another day: whoever said that it was gone may have been wrong.
 */
async function keepWatching(
  deps: DepositDeps,
  tx: Tx,
  chain: string,
  hashes: readonly string[],
  now: Date,
): Promise<void> {
  const those = sql`chain = ${chain} and transaction_hash = any(${[...hashes]}::text[])`;
  const { rows } = await sql<{ hash: string; since: Date }>`
    select transaction_hash as hash, min(case status when 'reversed' then updated_at else created_at end) as since from deposit
    where ${those} and (status = 'confirming' or (not final and status in ('credited', 'in_review', 'ignored'))
      or (status = 'reversed' and updated_at > ${new Date(now.getTime() - droppedAfterMs)}))
    group by transaction_hash order by transaction_hash`.execute(tx);
  // Nothing of it changes by itself any more: what waits for a person is not asked for again and again.
  await sql`
    update deposit set next_check_at = case status when 'in_review' then ${new Date(now.getTime() + days(1))}::timestamptz end
    where ${those} and next_check_at is not null
      and (status = 'reversed' or (final and status in ('credited', 'ignored', 'in_review')))`.execute(tx);
  if (rows.length === 0) return;
  const looks = rows.map(({ hash, since }) => {
    const age = now.getTime() - since.getTime();
    const waitMs = Math.min(Math.max(deps.settings.watchMs, age / 10), 600_000);
    return { hash, at: new Date(now.getTime() + waitMs) };
  });
  await sql`
    update deposit set next_check_at = look.at
    from unnest(${looks.map(({ hash }) => hash)}::text[], ${looks.map(({ at }) => sweptFrom(at))}::timestamptz[]) as look(hash, at)
    where chain = ${chain} and transaction_hash = look.hash
      and (status = 'confirming' or not final or status = 'reversed') and status <> 'refunded'
      and (status <> 'reversed' or updated_at > ${new Date(now.getTime() - droppedAfterMs)})`.execute(tx);
  await enqueueMany(
    tx,
    depositTasks.follow,
    looks.map(({ hash, at }) => {
      const payload = { chain, hash };
      return { payload, key: keyOf(depositTasks.follow, payload), runAt: at };
    }),
  );
}
