import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { findTransferOf, type Transfer } from "../transfers/index.ts";
import { refundPurpose, type Refund, type RefundAttempt, type RefundSubject } from "./refund.ts";

/** Locked until commit, so that two who decide about a refund decide one after the other. */
export async function lockRefund(tx: Tx, id: string): Promise<Refund | null> {
  const { rows } = await sql<Refund>`select * from refund where id = ${id} for no key update`.execute(tx);
  return rows[0] ?? null;
}

export async function findRefund(db: Db | Tx, id: string): Promise<Refund | null> {
  const { rows } = await sql<Refund>`select * from refund where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export const unknownRefund = (id: string): DomainError =>
  new DomainError("unknown_refund", `There is no refund ${id}. Read the recovery desk again.`);

/** The refund of a subject that is not ended, if there is one. */
export async function liveRefundOf(
  db: Db | Tx,
  subject: RefundSubject,
  subjectId: string,
): Promise<Refund | null> {
  const { rows } = await sql<Refund>`
    select * from refund where subject = ${subject} and subject_id = ${subjectId}
      and status in ('sending', 'stopped')`.execute(db);
  return rows[0] ?? null;
}

/** The newest try of a refund with its transfer; each refund has one from its beginning. */
export async function lastAttemptOf(
  db: Db | Tx,
  refundId: string,
): Promise<{ attempt: RefundAttempt; transfer: Transfer | null }> {
  const { rows } = await sql<RefundAttempt>`
    select * from refund_attempt where refund_id = ${refundId} order by seq desc limit 1`.execute(db);
  const attempt = rows[0]!;
  return { attempt, transfer: await findTransferOf(db, refundPurpose, attempt.id) };
}

export async function endAttempt(tx: Tx, attemptId: string, outcome: string, now: Date): Promise<void> {
  await sql`
    update refund_attempt set outcome = ${outcome}, ended_at = ${now} where id = ${attemptId} and outcome is null`.execute(
    tx,
  );
}
