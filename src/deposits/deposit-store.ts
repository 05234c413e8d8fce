import type { ChainFamily } from "../chains/networks.ts";
import type { Deposit, IncludedIn, UnlistedArrival } from "../chains/receiving.ts";
import { findAddress, type DepositAddress } from "../addresses/index.ts";
import { sql, type Db, type Tx } from "../database/index.ts";
import { orderAskingFor } from "../orders/index.ts";
import { derivedId } from "../ids.ts";
import { minutes } from "../lifecycle/index.ts";
import { depositLife, type DepositRow } from "./deposit.ts";

export const depositIdOf = (chain: string, hash: string, index: string): string =>
  derivedId("deposit", chain, hash, index);

export async function findDeposit(db: Db | Tx, id: string): Promise<DepositRow | null> {
  const { rows } = await sql<DepositRow>`select * from deposit where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** The deposits of one transaction, by index; locked until commit where asked for. */
export async function depositsIn(
  db: Db | Tx,
  chain: string,
  hash: string,
  { lock = false }: { lock?: boolean } = {},
): Promise<DepositRow[]> {
  const { rows } = await sql<DepositRow>`
    select * from deposit where chain = ${chain} and transaction_hash = ${hash}
    order by transfer_index ${lock ? sql`for update` : sql``}`.execute(db);
  return rows;
}

/** The row that stands for a transfer, or the index under which a new one belongs. */
function place(rows: readonly DepositRow[], deposit: Deposit): { index: string; known: DepositRow | null } {
  const same = rows.filter((row) => row.transfer_index.split("~")[0] === deposit.index);
  const known = same.find(
    (row) => row.amount === deposit.amount && row.asset === deposit.asset.id && row.address === deposit.to,
  );
  if (known) return { index: known.transfer_index, known };
  // After a reorganisation the same transaction may bring something else: that is another deposit.
  return { index: same.length === 0 ? deposit.index : `${deposit.index}~${same.length}`, known: null };
}

interface Seen {
  readonly chain: string;
  readonly family: ChainFamily;
  readonly hash: string;
  readonly includedIn: IncludedIn;
  readonly final: boolean;
  readonly deposits: readonly Deposit[];
  readonly unlisted: readonly UnlistedArrival[];
  readonly now: Date;
}

/**
 * Writes down what a transaction brought, each transfer once, under (chain, hash, index). A deposit that a reorganisation
 * had taken starts anew. What came to a shared address before we watched it is none of ours to book.
 * @returns the rows of these very transfers as they are now, locked. Others of the transaction are not among them.
 */
export async function recordDeposits(tx: Tx, seen: Seen): Promise<DepositRow[]> {
  const { chain, hash } = seen;
  // Two that see a transaction for the first time at once write it down one after the other.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`deposit:${chain}:${hash}`}, 0))`.execute(tx);
  const rows = await depositsIn(tx, chain, hash, { lock: true });
  const matched = new Set<string>();
  for (const deposit of seen.deposits) {
    const { index, known } = place(rows, deposit);
    if (known === null && !(await insertDeposit(tx, seen, { deposit, index }))) continue;
    if (known !== null) await refreshDeposit(tx, seen, known);
    matched.add(index);
  }
  for (const { index, contract, to, amount } of seen.unlisted)
    await sql`
      insert into unlisted_arrival (chain, transaction_hash, transfer_index, address, contract, amount, seen_at)
      values (${chain}, ${hash}, ${index}, ${to}, ${contract}, ${amount}, ${seen.now}) on conflict do nothing`.execute(
      tx,
    );
  const now = await depositsIn(tx, chain, hash, { lock: true });
  return now.filter((row) => matched.has(row.transfer_index));
}

/** Blocks carry their producer's time, which may be a little before ours. */
const skewMs = minutes(5);

/** @returns false: not an address of ours, or shared and from before it was. */
async function insertDeposit(
  tx: Tx,
  { chain, family, hash, includedIn, final, now }: Seen,
  { deposit, index }: { deposit: Deposit; index: string },
): Promise<boolean> {
  const given = await findAddress(tx, family, deposit.to);
  if (given === null) return false;
  const shared = given.derivation_index === null;
  if (shared && given.created_at.getTime() > includedIn.blockTime.getTime() + skewMs) return false;
  await sql`
    insert into deposit (id, chain, transaction_hash, transfer_index, asset, amount, from_address, address, order_id,
      block_number, block_hash, block_time, final, status, created_at, updated_at, next_check_at, deadline_at)
    values (${depositIdOf(chain, hash, index)}, ${chain}, ${hash}, ${index}, ${deposit.asset.id}, ${deposit.amount},
      ${deposit.from}, ${deposit.to}, ${await ownerOf(tx, given, deposit)}, ${includedIn.blockNumber},
      ${includedIn.blockHash}, ${includedIn.blockTime}, ${final}, 'confirming', ${now}, ${now}, ${now},
      ${depositLife.watchFrom("confirming", now).deadline_at})`.execute(tx);
  return true;
}

/** A booked deposit keeps its block: that another one has it now must show, and be booked anew. */
async function refreshDeposit(tx: Tx, { includedIn, final, now }: Seen, known: DepositRow): Promise<void> {
  const { blockNumber, blockHash, blockTime } = includedIn;
  const { deadline_at: deadline } = depositLife.watchFrom("confirming", now);
  if (known.status === "reversed")
    await sql`
      update deposit set block_number = ${blockNumber}, block_hash = ${blockHash}, block_time = ${blockTime},
        final = ${final}, generation = generation + 1, status = 'confirming', reason = null, updated_at = ${now},
        next_check_at = ${now}, deadline_at = ${deadline}
      where id = ${known.id}`.execute(tx);
  else if (known.status === "confirming")
    await sql`
      update deposit set block_number = ${blockNumber}, block_hash = ${blockHash}, block_time = ${blockTime}, final = ${final}
      where id = ${known.id}`.execute(tx);
  else if (known.block_hash === blockHash && final && !known.final)
    await sql`update deposit set final = true where id = ${known.id}`.execute(tx);
}

/** The order an address was given to; at a shared address, the one that asks for exactly this amount. */
async function ownerOf(
  tx: Tx,
  given: DepositAddress,
  { asset, to, amount }: Deposit,
): Promise<string | null> {
  if (given.order_id !== null || given.derivation_index !== null) return given.order_id;
  return orderAskingFor(tx, { address: to, asset: asset.id, amount });
}

/** SQL about a deposit: its coins still lie at its address, for good, and nobody gathers them yet. */
const isGatherable = sql`final and swept_at is null and sweep_id is null and status in ('credited', 'in_review', 'ignored')
  and (status <> 'ignored' or reason = 'dust')`;

/** SQL, a relation `d`: the deposits that can be gathered, for whoever looks at many at once and locks none. */
export const gatherable = sql`(
  select id, chain, address, asset, amount from deposit where ${isGatherable}) as d`;

/** The deposits of one asset at an address that can be gathered; locked until commit where asked for. */
export async function listGatherable(
  tx: Db | Tx,
  at: { chain: string; address: string; asset: string },
  { lock = false }: { lock?: boolean } = {},
): Promise<{ ids: string[]; sum: bigint }> {
  const { rows } = await sql<{ id: string; amount: bigint }>`
    select id, amount from deposit
    where chain = ${at.chain} and address = ${at.address} and asset = ${at.asset} and ${isGatherable}
    order by id ${lock ? sql`for no key update` : sql``}`.execute(tx);
  return { ids: rows.map(({ id }) => id), sum: rows.reduce((sum, { amount }) => sum + amount, 0n) };
}

/** A sweep takes these deposits. */
export async function claimForSweep(tx: Tx, ids: readonly string[], sweepId: string): Promise<void> {
  await sql`update deposit set sweep_id = ${sweepId} where id = any(${[...ids]}::uuid[])`.execute(tx);
}

/** A sweep came to nothing: what it had taken can be gathered again. */
export async function releaseFromSweep(tx: Tx, sweepId: string): Promise<void> {
  await sql`update deposit set sweep_id = null where sweep_id = ${sweepId}`.execute(tx);
}

/** The coins that a sweep took are in the hot wallet. @returns the payments they were for. */
export async function markSwept(tx: Tx, sweepId: string, now: Date): Promise<string[]> {
  const { rows } = await sql<{ payment_id: string | null }>`
    update deposit set swept_at = ${now} where sweep_id = ${sweepId} returning payment_id`.execute(tx);
  return rows.flatMap(({ payment_id: id }) => (id === null ? [] : [id]));
}

/**
 * Somebody moved coins from a payers' address: its oldest deposits are where they were to be gathered to, down to what the
 * book still has there. @param left base units. @returns the payments they were for.
 */
export async function markMoved(
  tx: Tx,
  { chain, address, asset }: { chain: string; address: string; asset: string },
  left: bigint,
  now: Date,
): Promise<string[]> {
  const { rows } = await sql<{ payment_id: string | null }>`
    with lying as (
      select id, sum(amount) over (order by block_time, id) as until, sum(amount) over () as all_of_it from deposit
      where chain = ${chain} and address = ${address} and asset = ${asset} and final and swept_at is null
        and status in ('credited', 'in_review', 'ignored') and (status <> 'ignored' or reason = 'dust')
    )
    update deposit d set swept_at = ${now} from lying
    where d.id = lying.id and lying.until <= lying.all_of_it - ${left}
    returning d.payment_id`.execute(tx);
  return rows.flatMap(({ payment_id: id }) => (id === null ? [] : [id]));
}
