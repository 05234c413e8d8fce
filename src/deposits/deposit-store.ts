import type { Deposit, UnlistedArrival } from "../chains/receiving.ts";
import type { ChainFamily } from "../chains/networks.ts";
import type { IncludedIn } from "../chains/receiving.ts";
import { sql, type Db, type Tx } from "../database/index.ts";
import { derivedId } from "../ids.ts";
import { minutes } from "../lifecycle/index.ts";
import { depositWaits, type DepositRow } from "./deposit.ts";

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
  const { rows } = await sql`
    insert into deposit (id, chain, transaction_hash, transfer_index, asset, amount, from_address, address, order_id,
      block_number, block_hash, block_time, final, status, created_at, updated_at, next_check_at, deadline_at)
    select ${depositIdOf(chain, hash, index)}, ${chain}, ${hash}, ${index}, ${deposit.asset.id}, ${deposit.amount},
      ${deposit.from}, ${deposit.to}, ${await ownerOf(tx, family, deposit)}::uuid, ${includedIn.blockNumber},
      ${includedIn.blockHash}, ${includedIn.blockTime}, ${final}, 'confirming', ${now}, ${now}, ${now},
      ${new Date(now.getTime() + depositWaits.confirming.deadlineMs)}
    from deposit_address a
    where a.family = ${family} and a.address = ${deposit.to}
      and (a.derivation_index is not null or a.created_at <= ${new Date(includedIn.blockTime.getTime() + skewMs)})
    returning id`.execute(tx);
  return rows.length > 0;
}

/** A booked deposit keeps its block: that another one has it now must show, and be booked anew. */
async function refreshDeposit(tx: Tx, { includedIn, final, now }: Seen, known: DepositRow): Promise<void> {
  const { blockNumber, blockHash, blockTime } = includedIn;
  const deadline = new Date(now.getTime() + depositWaits.confirming.deadlineMs);
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
async function ownerOf(tx: Tx, family: ChainFamily, deposit: Deposit): Promise<string | null> {
  const { rows } = await sql<{ order_id: string | null }>`
    select coalesce(a.order_id, (
      select q.order_id from order_quote q
      where a.derivation_index is null and q.shared and q.released_at is null
        and q.asset = ${deposit.asset.id} and q.address = a.address and q.amount = ${deposit.amount})) as order_id
    from deposit_address a where a.family = ${family} and a.address = ${deposit.to}`.execute(tx);
  return rows[0]?.order_id ?? null;
}

export async function isShared(tx: Tx, family: ChainFamily, address: string): Promise<boolean> {
  const { rows } = await sql`
    select from deposit_address where family = ${family} and address = ${address} and derivation_index is null`.execute(
    tx,
  );
  return rows.length > 0;
}

/** Whether a transaction is one that we sent to gather coins, or to pay for gathering them. */
export async function isOwnSweep(tx: Tx, chain: string, hash: string): Promise<boolean> {
  const { rows } = await sql`
    select from transfer_attempt a join transfer t on t.id = a.transfer_id join wallet w on w.id = t.wallet_id
    where a.transaction_hash = ${hash} and w.chain = ${chain} and t.purpose in ('sweep', 'sweep_gas') limit 1`.execute(
    tx,
  );
  return rows.length > 0;
}

/** Whether an address, in normal form, is one of ours on this chain: a wallet, or one that payers were given. */
export async function isOurs(
  tx: Tx,
  at: { chain: string; family: ChainFamily },
  address: string,
): Promise<boolean> {
  const { rows } = await sql`
    select from wallet where chain = ${at.chain} and address = ${address}
    union all
    select from deposit_address where family = ${at.family} and address = ${address}
    limit 1`.execute(tx);
  return rows.length > 0;
}
