import type { Deposit, IncludedIn, UnlistedArrival } from "../chains/receiving.ts";
import { isContradicted, keepContradiction, type Contradiction } from "../arrivals/index.ts";
import type { DepositAddress } from "../addresses/index.ts";
import { rowArrays, sql, type Db, type Tx } from "../database/index.ts";
import { ordersAskingFor } from "../orders/index.ts";
import { derivedId } from "../ids.ts";
import { minutes } from "../lifecycle/index.ts";
import { depositLife, type DepositRow } from "./deposit.ts";

export const depositIdOf = (chain: string, hash: string, index: string): string =>
  derivedId("deposit", chain, hash, index);

export async function findDeposit(db: Db | Tx, id: string): Promise<DepositRow | null> {
  const { rows } = await sql<DepositRow>`select * from deposit where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** The deposits of these transactions of a chain, each transaction's by index. */
export async function depositsIn(
  db: Db | Tx,
  chain: string,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, DepositRow[]>> {
  const { rows } = await sql<DepositRow>`
    select * from deposit where chain = ${chain} and transaction_hash = any(${[...hashes]}::text[])
    order by transfer_index`.execute(db);
  return byTransaction(hashes, rows);
}

/** Those of these transactions that brought nothing that our book has: the others are followed already. */
export async function unknownOf(db: Db, chain: string, hashes: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ hash: string }>`
    select hash from unnest(${[...hashes]}::text[]) as hash
    where not exists (select from deposit where chain = ${chain} and transaction_hash = hash)`.execute(db);
  return rows.map(({ hash }) => hash);
}

/**
 * The deposits of these transactions, locked until commit, together with the transactions themselves: two who read one write down what it brought one
 * after the other, also when none of it is known yet. All that is locked here is locked in one order.
 */
export async function lockDepositsIn(
  tx: Tx,
  chain: string,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, DepositRow[]>> {
  await sql`
    select pg_advisory_xact_lock(key) from (
      select distinct hashtextextended(name, 0) as key
      from unnest(${hashes.map((hash) => `deposit:${chain}:${hash}`)}::text[]) as name order by key) as transactions`.execute(
    tx,
  );
  const { rows } = await sql<DepositRow>`
    select * from deposit where chain = ${chain} and transaction_hash = any(${[...hashes]}::text[])
    order by id for update`.execute(tx);
  return byTransaction(
    hashes,
    rows.toSorted((a, b) => (a.transfer_index < b.transfer_index ? -1 : 1)),
  );
}

function byTransaction(
  hashes: readonly string[],
  rows: readonly DepositRow[],
): ReadonlyMap<string, DepositRow[]> {
  const grouped = new Map(hashes.map((hash): [string, DepositRow[]] => [hash, []]));
  for (const row of rows) grouped.get(row.transaction_hash)?.push(row);
  return grouped;
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

/** What transactions of one chain brought, as it was read now. */
export interface Seen {
  readonly chain: string;
  /** Those addresses of ours that any of it came to, by themselves. */
  readonly places: ReadonlyMap<string, DepositAddress>;
  readonly now: Date;
  /** No transaction twice. */
  readonly transactions: readonly SeenTransaction[];
}

interface SeenTransaction {
  readonly hash: string;
  readonly includedIn: IncludedIn;
  readonly final: boolean;
  /** Whoever read it cannot see all transfers. */
  readonly mayHideTransfers: boolean;
  readonly deposits: readonly Deposit[];
  readonly unlisted: readonly UnlistedArrival[];
}

/** One transfer of those seen. */
interface SeenDeposit {
  readonly at: SeenTransaction;
  readonly deposit: Deposit;
  readonly index: string;
}

/** A deposit that is not written yet. */
export interface NewDeposit extends DepositRow {
  readonly next_check_at: Date | null;
  readonly deadline_at: Date | null;
}

/**
 * Finds what transactions brought, each transfer once, under (chain, hash, index). A deposit that a reorganisation
 * had taken starts anew. What came to a shared address before we watched it is none of ours to book. A reading that denies what
 * is final brings nothing new: it is kept beside what is booked.
 * @param rows the deposits of these transactions as they are, locked by `lockDepositsIn`.
 * @returns by hash, the rows of these very transfers as they are now. Others of the transactions are not among them. Those of
 * `fresh` are the caller's to write with `insertDeposits`, once it is known what they are: rows written and changed at once are
 * written twice.
 */
export async function refreshSeen(
  tx: Tx,
  seen: Seen,
  rows: ReadonlyMap<string, readonly DepositRow[]>,
): Promise<{ matched: ReadonlyMap<string, DepositRow[]>; fresh: readonly NewDeposit[] }> {
  const fresh: SeenDeposit[] = [];
  const known: { at: SeenTransaction; row: DepositRow }[] = [];
  for (const at of seen.transactions) {
    const contradiction = contradictionOf(seen, at, rows.get(at.hash) ?? []);
    if (contradiction !== null) await keepContradiction(tx, contradiction, seen.now);
    for (const deposit of at.deposits) {
      const there = place(rows.get(at.hash) ?? [], deposit);
      if (there.known !== null) known.push({ at, row: there.known });
      else if (contradiction === null) fresh.push({ at, deposit, index: there.index });
    }
  }
  const made = await newDeposits(tx, seen, fresh);
  const refreshed = await refreshDeposits(tx, seen, known);
  await insertUnlisted(tx, seen);
  const hashes = seen.transactions.map(({ hash }) => hash);
  return { matched: byTransaction(hashes, [...made, ...refreshed]), fresh: made };
}

/** Those transfers that no later reading may have otherwise, and the reading, where it has. */
function contradictionOf(
  { chain, places }: Seen,
  { hash, deposits, final, mayHideTransfers }: SeenTransaction,
  rows: readonly DepositRow[],
): Contradiction | null {
  const booked = rows
    .filter((row) => row.final && row.status !== "reversed")
    .map(({ transfer_index, asset, amount, address }) => ({
      index: transfer_index.split("~")[0]!,
      asset,
      amount,
      to: address,
    }));
  const read = deposits
    .filter(({ to }) => places.has(to))
    .map(({ index, asset, amount, to }) => ({ index, asset: asset.id, amount, to }));
  // What a contract sent is seen by those alone who trace it.
  const shown = mayHideTransfers ? booked.filter(({ index }) => !index.startsWith("call:")) : booked;
  if (!isContradicted({ booked: shown, read }, { complete: final && !mayHideTransfers })) return null;
  return { chain, transactionHash: hash, booked, read };
}

/** Blocks carry their producer's time, which may be a little before ours. */
const skewMs = minutes(5);

/** What is not to an address of ours, or to a shared one from before it was, is left out. */
async function newDeposits(
  tx: Tx,
  { chain, places, now }: Seen,
  seen: readonly SeenDeposit[],
): Promise<NewDeposit[]> {
  const ours = seen.flatMap((one) => {
    const given = places.get(one.deposit.to);
    if (given === undefined) return [];
    const shared = given.derivation_index === null;
    const tooOld = given.created_at.getTime() > one.at.includedIn.blockTime.getTime() + skewMs;
    return shared && tooOld ? [] : [{ ...one, given }];
  });
  // The order an address was given to; at a shared one, the order that asks for exactly this amount.
  const shared = ours.filter(({ given }) => given.order_id === null && given.derivation_index === null);
  const askers = await ordersAskingFor(
    tx,
    shared.map(({ deposit }) => ({ address: deposit.to, asset: deposit.asset.id, amount: deposit.amount })),
  );
  const askerOf = new Map(shared.map((one, n) => [one, askers[n] ?? null]));
  const { deadline_at: deadline } = depositLife.watchFrom("confirming", now);
  return ours.map((one) => ({
    id: depositIdOf(chain, one.at.hash, one.index),
    chain,
    transaction_hash: one.at.hash,
    transfer_index: one.index,
    asset: one.deposit.asset.id,
    amount: one.deposit.amount,
    from_address: one.deposit.from,
    address: one.deposit.to,
    order_id: one.given.order_id ?? askerOf.get(one) ?? null,
    block_number: one.at.includedIn.blockNumber,
    block_hash: one.at.includedIn.blockHash,
    block_time: one.at.includedIn.blockTime,
    final: one.at.final,
    generation: 0,
    status: "confirming",
    reason: null,
    payment_id: null,
    surplus_amount: 0n,
    usd_micros: null,
    swept_at: null,
    sweep_id: null,
    created_at: now,
    updated_at: now,
    next_check_at: now,
    deadline_at: deadline,
  }));
}

const columnsOfNew = {
  id: "uuid",
  chain: "text",
  transaction_hash: "text",
  transfer_index: "text",
  asset: "text",
  amount: "numeric",
  from_address: "text",
  address: "text",
  order_id: "uuid",
  block_number: "numeric",
  block_hash: "text",
  block_time: "timestamptz",
  final: "boolean",
  status: "text",
  reason: "text",
  payment_id: "uuid",
  surplus_amount: "numeric",
  usd_micros: "numeric",
  created_at: "timestamptz",
  updated_at: "timestamptz",
  next_check_at: "timestamptz",
  deadline_at: "timestamptz",
} as const;

/** Writes deposits that are not there yet, as they stand now. */
export async function insertDeposits(tx: Tx, deposits: readonly NewDeposit[]): Promise<void> {
  if (deposits.length === 0) return;
  const columns = sql.join(Object.keys(columnsOfNew).map((column) => sql.ref(column)));
  await sql`
    insert into deposit (${columns}) select * from ${rowArrays("made", columnsOfNew, deposits)}`.execute(tx);
}

/** A booked deposit keeps its block: that another one has it now must show, and be booked anew. @returns them all, as they are now. */
async function refreshDeposits(
  tx: Tx,
  { now }: Seen,
  known: readonly { readonly at: SeenTransaction; readonly row: DepositRow }[],
): Promise<DepositRow[]> {
  if (known.length === 0) return [];
  const { deadline_at: deadline } = depositLife.watchFrom("confirming", now);
  const read = known.map(({ at, row }) => ({
    id: row.id,
    block_number: at.includedIn.blockNumber.toString(),
    block_hash: at.includedIn.blockHash,
    block_time: at.includedIn.blockTime,
    final: at.final,
  }));
  const given = sql`json_to_recordset(${JSON.stringify(read)}::json)
    as read(id uuid, block_number numeric, block_hash text, block_time timestamptz, final boolean)`;
  await sql`
    update deposit d set block_number = read.block_number, block_hash = read.block_hash, block_time = read.block_time,
      final = read.final, generation = d.generation + (d.status = 'reversed')::int,
      reason = case d.status when 'reversed' then null else d.reason end,
      updated_at = case d.status when 'reversed' then ${now}::timestamptz else d.updated_at end,
      next_check_at = case d.status when 'reversed' then ${now}::timestamptz else d.next_check_at end,
      deadline_at = case d.status when 'reversed' then ${deadline}::timestamptz else d.deadline_at end,
      status = 'confirming'
    from ${given} where d.id = read.id and d.status in ('reversed', 'confirming')`.execute(tx);
  await sql`
    update deposit d set final = true from ${given}
    where d.id = read.id and d.status not in ('reversed', 'confirming') and not d.final and read.final
      and d.block_hash = read.block_hash`.execute(tx);
  const ids = known.map(({ row }) => row.id);
  const { rows } = await sql<DepositRow>`
    select * from deposit where id = any(${ids}::uuid[]) order by transfer_index`.execute(tx);
  return rows;
}

async function insertUnlisted(tx: Tx, { chain, transactions, now }: Seen): Promise<void> {
  const rows = transactions.flatMap(({ hash, unlisted }) =>
    unlisted.map(({ index, contract, to, amount }) => ({
      transaction_hash: hash,
      transfer_index: index,
      address: to,
      contract,
      amount: amount.toString(),
    })),
  );
  if (rows.length === 0) return;
  await sql`
    insert into unlisted_arrival (chain, transaction_hash, transfer_index, address, contract, amount, seen_at)
    select ${chain}, transaction_hash, transfer_index, address, contract, amount, ${now}
    from json_populate_recordset(null::unlisted_arrival, ${JSON.stringify(rows)}::json)
    on conflict do nothing`.execute(tx);
}

/** SQL about a deposit: its coins still lie at its address, for good, and nobody gathers them yet. */
const isGatherable = sql`final and swept_at is null and sweep_id is null and status in ('credited', 'in_review', 'ignored')
  and (status <> 'ignored' or reason <> 'own_transfer')`;

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
        and status in ('credited', 'in_review', 'ignored') and (status <> 'ignored' or reason <> 'own_transfer')
    )
    update deposit d set swept_at = ${now} from lying
    where d.id = lying.id and lying.until <= lying.all_of_it - ${left}
    returning d.payment_id`.execute(tx);
  return rows.flatMap(({ payment_id: id }) => (id === null ? [] : [id]));
}
