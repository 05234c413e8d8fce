import type { AddressWatch, BlockWatch, ChainHead, ReceivingChain } from "../chains/receiving.ts";
import { inTransaction, sql } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job, type JobContext, enqueueOnce } from "../jobs/index.ts";
import { days, hours, minutes } from "../lifecycle/index.ts";
import { findAddress, watched, watchedAddresses } from "../addresses/index.ts";
import { askedDuring } from "../orders/index.ts";
import type { DepositDeps } from "./deps.ts";
import { unknownOf } from "./deposit-store.ts";
import { readLater } from "./follow-deposits.job.ts";
import { depositTasks } from "./tasks.ts";
import { recordLook, type LookOutcome } from "./watch-state.ts";

/** How much one run searches before it lets others work; the next one goes on at once. */
const rangesARun = 20;
const addressesARun = 50;
const idleARun = 10;
/** The same blocks are asked for again for so long: a node that has to look them up first has done so by then. */
const askedAgainMs = 2_000;
/** An address whose payer is asked to pay now is looked at at least so often. */
const mostWhileAskedMs = minutes(5);
/** An address whose quote ended less than this ago is looked at at most hourly, then at most daily. */
const hourlyUntilMs = days(10);

/**
 * Looks for payments on one chain from where it last stood. The cursor moves together with the jobs that read what was found, so
 * a restart, an outage or a crash repeats work and skips nothing.
 */
export const watchJob = (deps: DepositDeps): Job =>
  defineJob(depositTasks.watch, {
    timeoutMs: 300_000,
    async run({ chain: name }, context) {
      const chain = deps.depositChains.get(name);
      if (!chain) return;
      let look: Look = { more: false, behind: null };
      let refused: ProviderError | null = null;
      try {
        look =
          chain.watch.kind === "blocks"
            ? await watchBlocks(deps, chain, chain.watch, context)
            : await watchByAddress(deps, chain, chain.watch, context);
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        refused = error;
        context.log.warn({ error, chain: name }, "the chain cannot be searched for payments now");
      }
      const { more, behind } = look;
      const outcome: LookOutcome =
        refused === null ? { kind: "searched", behind } : { kind: "refused", error: refused };
      await recordLook(deps.db, deps.clock, name, outcome);
      await lookNow(deps, name, more ? 0 : deps.settings.watchMs);
    },
  });

/** Has a chain searched for payments, as soon as `waitMs` are over. */
export async function lookNow(
  { db, clock }: Pick<DepositDeps, "db" | "clock">,
  chain: string,
  waitMs = 0,
): Promise<void> {
  const runAt = new Date(clock.now().getTime() + waitMs);
  await enqueueOnce(db, depositTasks.watch, { chain }, { runAt });
}

/** What a look came to. */
interface Look {
  /** There is more to search right away. */
  readonly more: boolean;
  /** Blocks left to search; null: the chain is searched by address. */
  readonly behind: bigint | null;
}

interface Cursor {
  readonly next_block: bigint;
  readonly last_hash: string;
  readonly final_block: bigint;
  /** Up to this one, every block was searched again when its logs were listed for certain. */
  readonly certain_block: bigint;
  /** What every look asks for again until they were asked for long enough: the blocks after the one, as far as the other. */
  readonly again_after: bigint | null;
  readonly again_to: bigint | null;
  readonly again_since: Date | null;
}

interface Move {
  readonly nextBlock: bigint;
  readonly lastHash: string;
  readonly finalBlock: bigint;
  /** Transactions that were found on the way; each has a job of its own, so that none holds up the search. */
  readonly found?: readonly string[];
}

async function readCursor(deps: DepositDeps, chain: string): Promise<Cursor | null> {
  const { rows } = await sql<Cursor>`
    select next_block, last_hash, final_block, certain_block, again_after, again_to, again_since from watch_cursor
    where chain = ${chain}`.execute(deps.db);
  return rows[0] ?? null;
}

/** Moves the cursor on, with what was found, only from where it stood: of two that searched, one moves it. */
async function moveCursor(deps: DepositDeps, chain: string, from: Cursor | null, to: Move): Promise<boolean> {
  const now = deps.clock.now();
  return inTransaction(deps.db, async (tx) => {
    const { rows } =
      from === null
        ? await sql`
            insert into watch_cursor (chain, next_block, last_hash, final_block, certain_block, moved_at)
            values (${chain}, ${to.nextBlock}, ${to.lastHash}, ${to.finalBlock}, ${to.nextBlock - 1n}, ${now})
            on conflict do nothing returning chain`.execute(tx)
        : await sql`
            update watch_cursor
            set next_block = ${to.nextBlock}, last_hash = ${to.lastHash}, final_block = ${to.finalBlock}, moved_at = ${now},
              certain_block = least(certain_block, ${to.nextBlock - 1n})
            where chain = ${chain} and next_block = ${from.next_block} and last_hash = ${from.last_hash}
            returning chain`.execute(tx);
    if (rows.length === 0) return false;
    await readLater(tx, { chain, hashes: to.found ?? [], now });
    return true;
  });
}

/** @throws {ProviderError} the chain could not be searched, or not up to its head. */
async function watchBlocks(
  deps: DepositDeps,
  chain: ReceivingChain,
  watch: BlockWatch,
  { signal, log }: JobContext,
): Promise<Look> {
  const head = await chain.head(signal);
  const finalBlock = head.finalNumber;
  const caughtUp: Look = { more: false, behind: 0n };
  await searchAgain(deps, chain, watch, { head, signal });
  let behind = 0n;
  for (let range = 0; range < rangesARun; range++) {
    const cursor = await readCursor(deps, chain.name);
    if (cursor === null) {
      // Nobody was given an address here before: the search begins at what is final now.
      const lastHash = await watch.blockHash(finalBlock, signal);
      if (lastHash === null) throw missingBlock(chain, finalBlock);
      await moveCursor(deps, chain.name, null, { nextBlock: finalBlock + 1n, lastHash, finalBlock });
      continue;
    }
    const last = head.number;
    if (cursor.next_block > last) return caughtUp;
    behind = last - cursor.next_block + 1n;
    const most = cursor.next_block + BigInt(watch.mostBlocks) - 1n;
    const blocks = { from: cursor.next_block, to: most < last ? most : last };
    const found = await watch.scan(blocks, await watchedAddresses(deps.db, chain.family), signal);
    if (found.parentHash !== cursor.last_hash) {
      if (!(await goBack(deps, chain, watch, { cursor, signal }))) return { more: false, behind };
      log.warn({ chain: chain.name, from: String(blocks.from) }, "a reorganisation: searching again");
      continue;
    }
    const move = { nextBlock: blocks.to + 1n, lastHash: found.endHash, finalBlock, found: found.hashes };
    if (!(await moveCursor(deps, chain.name, cursor, move))) return { more: false, behind }; // somebody else is at it
    behind = last - blocks.to;
  }
  return { more: true, behind };
}

/**
 * What was searched when its logs may not have been listed yet. Each block is searched once more when it is final and older than its
 * network's lag, wherever the looks fall and however far one jumps: `certain_block` says how far that has come, and moves with
 * what was found. The newest are asked for with every look besides, so that a payment is found as soon as it is listed.
 */
async function searchAgain(
  deps: DepositDeps,
  chain: ReceivingChain,
  watch: BlockWatch,
  { head, signal }: { head: ChainHead; signal: AbortSignal },
): Promise<void> {
  const cursor = await readCursor(deps, chain.name);
  if (cursor === null || watch.lagBlocks === 0n) return;
  const addresses = await watchedAddresses(deps.db, chain.family);
  const search = async (from: bigint, to: bigint): Promise<string[]> =>
    unknownOf(deps.db, chain.name, await watch.searchAgain({ from, to }, addresses, signal));
  const searched = least(cursor.next_block - 1n, head.number);
  const listed = least(searched, least(head.number - watch.lagBlocks, head.finalNumber));
  let certain = cursor.certain_block;
  for (let range = 0; range < rangesARun && certain < listed; range++) {
    const to = least(certain + BigInt(watch.mostBlocks), listed);
    const found = await search(certain + 1n, to);
    if (!(await moveCertain(deps, chain.name, { from: certain, to, found }))) return; // somebody else is at it
    certain = to;
  }
  const newest = greatest(0n, searched - watch.lagBlocks + 1n);
  const found = newest <= searched ? await search(newest, searched) : [];
  const again = await askAgain(deps, watch, { cursor, searched, search });
  await inTransaction(deps.db, async (tx) => {
    await readLater(tx, { chain: chain.name, hashes: [...found, ...again.found], now: deps.clock.now() });
    if (again.next === null) return;
    const { after, to, since } = again.next;
    await sql`
      update watch_cursor set again_after = ${after}, again_to = ${to}, again_since = ${since}
      where chain = ${chain.name} and again_to is not distinct from ${cursor.again_to} and next_block > ${to}`.execute(
      tx,
    );
  });
}

/**
 * A node may answer with nothing where it has not listed the last block that it is asked for, and the newest block is another one
 * with every look. So what is older than the lag is asked for in ranges that stay the same from look to look for some seconds, and
 * leave no block out between them.
 * @returns what was found, and the range to ask for from now on; null: still the same.
 */
async function askAgain(
  deps: DepositDeps,
  watch: BlockWatch,
  at: {
    cursor: Cursor;
    searched: bigint;
    search: (from: bigint, to: bigint) => Promise<string[]>;
  },
): Promise<{ found: string[]; next: { after: bigint; to: bigint; since: Date } | null }> {
  const { cursor, searched, search } = at;
  const { again_after: after, again_to: to, again_since: since } = cursor;
  const now = deps.clock.now();
  const most = BigInt(watch.mostBlocks);
  const searchAll = async (range: { after: bigint; to: bigint }): Promise<string[]> => {
    const all: string[] = [];
    for (let from = range.after + 1n; from <= range.to; from += most)
      all.push(...(await search(from, least(from + most - 1n, range.to))));
    return all;
  };
  const found = after !== null && to !== null && to <= searched ? await searchAll({ after, to }) : [];
  const listed = searched - watch.lagBlocks;
  const isAskedEnough = since === null || now.getTime() - since.getTime() >= askedAgainMs;
  if (listed < 0n || !isAskedEnough) return { found, next: null };
  // What a look jumped beyond this is asked for once more when it is certain.
  const overlap = greatest(listed - watch.lagBlocks, -1n);
  const next = {
    after: greatest(least(to ?? overlap, overlap), listed - most * BigInt(rangesARun)),
    to: listed,
    since: now,
  };
  // The end that it had was asked for just now.
  return { found: to === listed ? found : [...found, ...(await searchAll(next))], next };
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);
const greatest = (one: bigint, other: bigint): bigint => (one > other ? one : other);

/** Moves what is certain on, with what was found, only from where it stood. */
async function moveCertain(
  deps: DepositDeps,
  chain: string,
  { from, to, found }: { from: bigint; to: bigint; found: readonly string[] },
): Promise<boolean> {
  return inTransaction(deps.db, async (tx) => {
    const { rows } = await sql`
      update watch_cursor set certain_block = ${to} where chain = ${chain} and certain_block = ${from}
      returning chain`.execute(tx);
    if (rows.length === 0) return false;
    await readLater(tx, { chain, hashes: found, now: deps.clock.now() });
    return true;
  });
}

const missingBlock = (chain: ReceivingChain, number: bigint): ProviderError =>
  new ProviderError(
    { provider: chain.name, operation: "watch", failure: "retryable", reason: "missing_block" },
    { number: String(number) },
  );

/**
 * Back to what was final when the cursor was last moved: whatever was searched above it may have been on a branch that is no
 * longer the chain's, however far finality has come since.
 */
async function goBack(
  deps: DepositDeps,
  chain: ReceivingChain,
  watch: BlockWatch,
  { cursor, signal }: { cursor: Cursor; signal: AbortSignal },
): Promise<boolean> {
  const lowest = cursor.final_block < cursor.next_block - 1n ? cursor.final_block : cursor.next_block - 2n;
  const back = lowest < 0n ? 0n : lowest;
  const lastHash = await watch.blockHash(back, signal);
  if (lastHash === null) throw missingBlock(chain, back);
  return moveCursor(deps, chain.name, cursor, { nextBlock: back + 1n, lastHash, finalBlock: back });
}

/** @throws {ProviderError} some address could not be searched; the others were. */
async function watchByAddress(
  deps: DepositDeps,
  chain: ReceivingChain,
  watch: AddressWatch,
  { signal }: JobContext,
): Promise<Look> {
  await startPositions(deps, chain);
  const { due, more } = await duePositions(deps, chain.name);
  let trouble: ProviderError | null = null;
  for (const { address, position } of due) {
    let next = position;
    let wait = { idle: false, ms: deps.settings.watchMs };
    let found: string[] = [];
    try {
      const page = await watch.listSince(address, position, signal);
      found = await notFinalYet(deps, chain.name, page.hashes);
      next = page.next;
      wait = page.more ? { idle: false, ms: 0 } : await lookIntervalOf(deps, chain, address);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      trouble = error; // the others are searched all the same, and this one again after them
    }
    await moveOn(deps, { chain: chain.name, address, position }, { next, wait, found });
  }
  if (trouble !== null) throw trouble;
  return { more, behind: null };
}

interface Position {
  readonly address: string;
  readonly position: string | null;
}

/** Those that a payer may be waiting for come first; of the others a few each time, so that neither keeps the other out. */
async function duePositions(
  deps: DepositDeps,
  chain: string,
): Promise<{ due: readonly Position[]; more: boolean }> {
  const mostLive = addressesARun - idleARun;
  const take = (idle: boolean, most: number) =>
    sql<Position>`
    select address, position from watch_position
    where chain = ${chain} and idle = ${idle} and next_look_at <= ${deps.clock.now()}
    order by next_look_at limit ${most}`.execute(deps.db);
  const live = await take(false, mostLive);
  const idle = await take(true, idleARun);
  const more = live.rows.length === mostLive || idle.rows.length === idleARun;
  return { due: [...live.rows, ...idle.rows], more };
}

async function moveOn(
  deps: DepositDeps,
  { chain, address, position }: Position & { chain: string },
  to: { next: string | null; wait: { idle: boolean; ms: number }; found: readonly string[] },
): Promise<void> {
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    await readLater(tx, { chain, hashes: to.found, now });
    await sql`
      update watch_position set position = ${to.next}, idle = ${to.wait.idle},
        next_look_at = ${new Date(now.getTime() + to.wait.ms)}
      where chain = ${chain} and address = ${address} and position is not distinct from ${position}`.execute(
      tx,
    );
  });
}

/** Pages overlap: what is final in our book need not be read again. */
async function notFinalYet(deps: DepositDeps, chain: string, hashes: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ hash: string }>`
    select hash from unnest(${[...hashes]}::text[]) with ordinality as given(hash, n)
    where not exists (select from deposit where chain = ${chain} and transaction_hash = hash and final)
    order by n`.execute(deps.db);
  return rows.map(({ hash }) => hash);
}

/** Every address that an order was given, and every shared one, is searched from now on. */
async function startPositions(deps: DepositDeps, chain: ReceivingChain): Promise<void> {
  await sql`
    insert into watch_position (chain, address, next_look_at)
    select ${chain.name}, a.address, ${deps.clock.now()} from ${watched(chain.family)}
    where not exists (select from watch_position p where p.chain = ${chain.name} and p.address = a.address)
    on conflict do nothing`.execute(deps.db);
}

/**
 * How long an address is left alone. One that all orders share is looked at with every look of the chain. One whose payer is asked to
 * pay, a twentieth of the time since; one whose quote ended, or whose order was paid or cancelled, a tenth of the time since
 * that, so that what was paid at the last moment is found at once. So the requests for an address grow with the logarithm of its age, and not with the
 * looks of the chain.
 */
async function lookIntervalOf(
  deps: DepositDeps,
  chain: ReceivingChain,
  address: string,
): Promise<{ idle: boolean; ms: number }> {
  const orderId = (await findAddress(deps.db, chain.family, address))?.order_id ?? null;
  const asked = orderId === null ? null : await askedDuring(deps.db, orderId);
  if (asked === null) return { idle: false, ms: deps.settings.watchMs };
  const now = deps.clock.now().getTime();
  const ended = now - asked.until.getTime();
  if (ended < 0) {
    const ms = Math.min((now - asked.from.getTime()) / 20, mostWhileAskedMs);
    return { idle: false, ms: Math.max(deps.settings.watchMs, ms) };
  }
  const most = ended < hourlyUntilMs ? hours(1) : days(1);
  const ms = Math.max(deps.settings.watchMs, Math.min(ended / 10, most));
  return { idle: ended / 10 >= hours(1), ms };
}
