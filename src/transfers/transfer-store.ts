import type { Fee, SignedTransfer } from "../chains/sending.ts";
import { sql, type Db, type Tx } from "../database/index.ts";
import { InvariantViolation } from "../errors.ts";
import { type Transfer, type TransferAttempt } from "./transfer.ts";

export async function findTransfer(db: Db | Tx, id: string): Promise<Transfer | null> {
  const { rows } = await sql<Transfer>`select * from transfer where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export async function getTransfer(db: Db | Tx, id: string): Promise<Transfer> {
  const transfer = await findTransfer(db, id);
  if (transfer === null) throw new InvariantViolation("transfer_missing", `Transfer ${id} is gone.`);
  return transfer;
}

/** Locked until commit, so that two runs of one transfer decide one after the other. */
export async function lockTransfer(tx: Tx, id: string): Promise<Transfer> {
  const { rows } = await sql<Transfer>`select * from transfer where id = ${id} for no key update`.execute(tx);
  if (rows[0] === undefined) throw new InvariantViolation("transfer_missing", `Transfer ${id} is gone.`);
  return rows[0];
}

/** All signings of a transfer, newest first. */
export async function listAttempts(db: Db | Tx, transferId: string): Promise<TransferAttempt[]> {
  const { rows } = await sql<TransferAttempt>`
    select * from transfer_attempt where transfer_id = ${transferId} order by seq desc`.execute(db);
  return rows;
}

/** Stores the signed bytes. They must be committed before anybody broadcasts them. */
export async function insertAttempt(
  tx: Tx,
  attempt: { transferId: string; seq: number; signed: SignedTransfer; fee: Fee; now: Date },
): Promise<void> {
  const { signed, fee } = attempt;
  await sql`
    insert into transfer_attempt (transfer_id, seq, transaction_hash, raw, fee_most, fee_terms, signed_at)
    values (${attempt.transferId}, ${attempt.seq}, ${signed.transactionHash}, ${signed.raw}, ${fee.most},
            ${JSON.stringify(fee.terms)}::jsonb, ${attempt.now})`.execute(tx);
}

/** The fee that an attempt was signed with. */
export const feeOf = ({ fee_most: most, fee_terms: terms }: TransferAttempt): Fee => ({ most, terms });

/** The transfer of one purpose: there is never more than one. */
export async function findTransferOf(
  db: Db | Tx,
  purpose: string,
  purposeId: string,
): Promise<Transfer | null> {
  const { rows } = await sql<Transfer>`
    select * from transfer where purpose = ${purpose} and purpose_id = ${purposeId}`.execute(db);
  return rows[0] ?? null;
}

/** Which of these transactions we sent for one of these purposes. */
export async function sentFor(
  tx: Tx,
  chain: string,
  hashes: readonly string[],
  purposes: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ hash: string }>`
    select a.transaction_hash as hash
    from transfer_attempt a join transfer t on t.id = a.transfer_id join wallet w on w.id = t.wallet_id
    where a.transaction_hash = any(${[...hashes]}::text[]) and w.chain = ${chain}
      and t.purpose = any(${[...purposes]}::text[])`.execute(tx);
  return new Set(rows.map(({ hash }) => hash));
}

/** SQL, a relation `t (purpose, purpose_id)`: transfers that may still arrive, and are not booked as final. */
export const underWay = sql`(
  select purpose, purpose_id from transfer where status not in ('final', 'reverted', 'displaced', 'cancelled')) as t`;

/** What is signed and not final, the oldest first: nothing but the chain ends it. @param chain null: on every chain */
export async function inFlight(db: Db | Tx, chain: string | null): Promise<Transfer[]> {
  const { rows } = await sql<Transfer>`
    select t.* from transfer t join wallet w on w.id = t.wallet_id
    where t.slot is not null and t.status not in ('final', 'reverted', 'displaced', 'cancelled')
      and (${chain}::text is null or w.chain = ${chain}) order by t.created_at limit 500`.execute(db);
  return rows;
}

/** SQL, a relation `t (purpose, purpose_id)`: transfers that arrived for good, and are booked. */
export const finalTransfers = sql`(select purpose, purpose_id from transfer where status = 'final') as t`;

/** SQL, a relation `a (transaction_hash)`: every transaction that we signed. */
export const ourTransactions = sql`(select transaction_hash from transfer_attempt) as a`;

/** Those of these transactions of a chain that we signed: their transfers book themselves. */
export async function ownTransactionsAmong(
  db: Db | Tx,
  chain: string,
  hashes: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ hash: string }>`
    select a.transaction_hash as hash from transfer_attempt a join transfer t on t.id = a.transfer_id
    join wallet w on w.id = t.wallet_id
    where a.transaction_hash = any (${[...hashes]}::text[]) and w.chain = ${chain}`.execute(db);
  return new Set(rows.map(({ hash }) => hash));
}
