import { sql, type Db, type Tx } from "../database/index.ts";
import type { Receipt } from "../chains/receiving.ts";
import { beats, type Evidence } from "./evidence.ts";

/** What tells one arrival from every other. */
export interface ArrivalPlace {
  readonly chain: string;
  readonly transactionHash: string;
  readonly index: string;
}

/** Whose an arrival is, and by what. */
export interface Holder {
  readonly chain: string;
  readonly transaction_hash: string;
  readonly receipt_index: string;
  readonly wallet_id: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly from_address: string;
  readonly received_at: Date;
  /** How many had it before. */
  readonly seq: number;
  readonly purpose: string;
  readonly purpose_id: string;
  readonly evidence: Evidence;
  readonly entry_id: string;
  readonly credit_account: string;
  readonly attributed_by: string;
  readonly attributed_at: Date;
  readonly reason: string | null;
  readonly proof: string | null;
  /** Base units that whoever had it before could not give back. */
  readonly lost: bigint;
}

/**
 * Two claims of one arrival look one after the other; the primary key alone would show up only after the booking. Those of
 * several are locked in one order, so that two who claim the same ones never wait for each other both.
 */
export async function lockArrivals(tx: Tx, places: readonly ArrivalPlace[]): Promise<void> {
  const names = places.map((at) => `receipt:${nameOf(at)}`);
  await sql`
    select pg_advisory_xact_lock(key) from (
      select distinct hashtextextended(name, 0) as key from unnest(${names}::text[]) as name order by key) as arrivals`.execute(
    tx,
  );
}

/** What an arrival is called among others. */
export const nameOf = ({ chain, transactionHash, index }: ArrivalPlace): string =>
  `${chain}:${transactionHash}:${index}`;

/** Whose an arrival is now; null: nobody's yet. */
export const findHolder = async (db: Db | Tx, at: ArrivalPlace): Promise<Holder | null> =>
  (await findHolders(db, [at])).get(nameOf(at)) ?? null;

/** Whose these arrivals are now, by their names; those that are nobody's are missing. */
export async function findHolders(
  db: Db | Tx,
  places: readonly ArrivalPlace[],
): Promise<ReadonlyMap<string, Holder>> {
  const { rows } = await sql<Holder>`
    select r.* from wallet_receipt r join unnest(${places.map(({ chain }) => chain)}::text[],
      ${places.map(({ transactionHash }) => transactionHash)}::text[], ${places.map(({ index }) => index)}::text[])
      as at(chain, transaction_hash, receipt_index) using (chain, transaction_hash, receipt_index)`.execute(
    db,
  );
  return new Map(
    rows.map((row) => [
      nameOf({ chain: row.chain, transactionHash: row.transaction_hash, index: row.receipt_index }),
      row,
    ]),
  );
}

/** All that a claimant has of an arrival's transaction, base units of its asset. */
export async function broughtTo(db: Db | Tx, holder: Holder): Promise<bigint> {
  const { rows } = await sql<{ amount: bigint }>`
    select sum(amount) as amount from wallet_receipt
    where chain = ${holder.chain} and transaction_hash = ${holder.transaction_hash} and asset = ${holder.asset}
      and purpose = ${holder.purpose} and purpose_id = ${holder.purpose_id}`.execute(db);
  return rows[0]!.amount;
}

/** Keeps whose it was, for ever. */
export async function archive(
  tx: Tx,
  holder: Holder,
  end: { readonly reversalId: string; readonly lost: bigint; readonly now: Date },
): Promise<void> {
  await sql`
    insert into arrival_attribution (chain, transaction_hash, receipt_index, seq, purpose, purpose_id, evidence, entry_id,
      attributed_by, attributed_at, reason, proof, reversal_id, lost, ended_at)
    values (${holder.chain}, ${holder.transaction_hash}, ${holder.receipt_index}, ${holder.seq}, ${holder.purpose},
      ${holder.purpose_id}, ${holder.evidence}, ${holder.entry_id}, ${holder.attributed_by}, ${holder.attributed_at},
      ${holder.reason}, ${holder.proof}, ${end.reversalId}, ${end.lost}, ${end.now})`.execute(tx);
}

/** What is booked of a transaction at a wallet in one asset. */
export async function bookedOf(
  tx: Tx,
  of: { chain: string; transactionHash: string; walletId: string; asset: string },
): Promise<{ index: string; asset: string; amount: bigint }[]> {
  const { rows } = await sql<{ index: string; asset: string; amount: bigint }>`
    select receipt_index as index, asset, amount from wallet_receipt
    where chain = ${of.chain} and transaction_hash = ${of.transactionHash} and wallet_id = ${of.walletId}
      and asset = ${of.asset} order by receipt_index`.execute(tx);
  return rows;
}

export interface AttributedReceipt {
  readonly receipt_index: string;
  readonly purpose: string;
  readonly purpose_id: string;
  readonly evidence: Evidence;
}

/** What the arrivals of one transaction were attributed to. */
export async function receiptsOf(db: Db | Tx, chain: string, hash: string): Promise<AttributedReceipt[]> {
  const { rows } = await sql<AttributedReceipt>`
    select receipt_index, purpose, purpose_id, evidence from wallet_receipt
    where chain = ${chain} and transaction_hash = ${hash}`.execute(db);
  return rows;
}

/**
 * Those of a transaction's arrivals that a claimant may have: its own, those of nobody, and what somebody has on weaker evidence.
 * One transaction may bring coins for several. What two persons took from it, it does not get back by the word that they did not
 * believe.
 */
export async function claimableOf(
  db: Db | Tx,
  claimant: Pick<AttributedReceipt, "purpose" | "purpose_id" | "evidence">,
  hash: string,
  receipts: readonly Receipt[],
): Promise<Receipt[]> {
  const held = await receiptsOf(db, receipts[0]?.asset.chain ?? "", hash);
  const kept = held.filter(
    ({ purpose, purpose_id, evidence }) =>
      !(purpose === claimant.purpose && purpose_id === claimant.purpose_id) &&
      !beats(claimant.evidence, evidence),
  );
  const { rows: lost } = await sql<{ receipt_index: string }>`
    select h.receipt_index from arrival_attribution h
    where h.chain = ${receipts[0]?.asset.chain ?? ""} and h.transaction_hash = ${hash} and h.purpose = ${claimant.purpose}
      and h.purpose_id = ${claimant.purpose_id} and h.evidence = ${claimant.evidence} and h.evidence = 'named_hash'
      and not exists (select from wallet_receipt r where r.chain = h.chain and r.transaction_hash = h.transaction_hash
        and r.receipt_index = h.receipt_index and r.purpose = h.purpose and r.purpose_id = h.purpose_id)`.execute(
    db,
  );
  const others = new Set([...kept, ...lost].map((row) => row.receipt_index));
  return receipts.filter(({ index }) => !others.has(index));
}

/** Those of these transactions by which a processor settled: all that they brought of the asset is its payments'. */
export async function settlementsAmong(
  db: Db | Tx,
  { chain, asset, hashes }: { chain: string; asset: string; hashes: readonly string[] },
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ hash: string }>`
    select distinct transaction_hash as hash from wallet_receipt
    where chain = ${chain} and transaction_hash = any (${[...hashes]}::text[]) and asset = ${asset}
      and purpose = 'settlement' and evidence = 'named_hash'`.execute(db);
  return new Set(rows.map(({ hash }) => hash));
}

/** What all of these transactions brought something for, of one purpose; null: at least one of them did not. */
export async function purposeOf(
  db: Db | Tx,
  { chain, hashes, purpose }: { chain: string; hashes: readonly string[]; purpose: string },
): Promise<string | null> {
  const { rows } = await sql<{ purpose_id: string }>`
    select purpose_id from wallet_receipt
    where chain = ${chain} and transaction_hash = any (${[...hashes]}::text[]) and purpose = ${purpose}
    group by purpose_id having count(distinct transaction_hash) = ${hashes.length}`.execute(db);
  return rows[0]?.purpose_id ?? null;
}

/** SQL, a relation `r`: every arrival with what it was attributed to. */
export const attributedReceipts = sql`(
  select purpose, purpose_id, from_address, received_at from wallet_receipt) as r`;
