import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { findTransferOf, type Transfer } from "../transfers/index.ts";
import { refundPurpose, underWay, type Refund, type RefundAttempt, type RefundSubject } from "./refund.ts";

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

/** Those of a settled payment of which something may still be sent, locked. */
export async function lockRefundsOf(tx: Tx, paymentId: string): Promise<Refund[]> {
  const { rows } = await sql<Refund>`
    select * from refund where subject = 'settled_payment' and subject_id = ${paymentId} and status = any(${[...underWay]}::text[])
    order by id for no key update`.execute(tx);
  return rows;
}

/**
 * What refunds of a settled payment come to, base units of what came: `sent`, as parts of it; `left`, in coins that have set out for its
 * payer.
 */
export async function refundedOf(
  db: Db | Tx,
  paymentId: string,
): Promise<{ readonly sent: bigint; readonly left: bigint }> {
  const { rows } = await sql<{ sent: bigint; left: bigint }>`
    select coalesce(sum(share_amount::numeric) filter (where status = 'sent'), 0) as sent,
      coalesce(sum(amount::numeric) filter (where status in ('sending', 'stopped', 'sent')), 0) as left
    from refund where subject = 'settled_payment' and subject_id = ${paymentId}`.execute(db);
  return rows[0]!;
}

/** Every try of a refund, the first one first, with its transfer. */
export async function attemptsOf(
  db: Db | Tx,
  refundId: string,
): Promise<{ readonly attempt: RefundAttempt; readonly transfer: Transfer | null }[]> {
  const { rows } = await sql<RefundAttempt>`
    select * from refund_attempt where refund_id = ${refundId} order by seq`.execute(db);
  const found = [];
  for (const attempt of rows)
    found.push({ attempt, transfer: await findTransferOf(db, refundPurpose, attempt.id) });
  return found;
}

/** The newest try of a refund with its transfer; null: it has not set out. */
export async function lastAttemptOf(
  db: Db | Tx,
  refundId: string,
): Promise<{ attempt: RefundAttempt; transfer: Transfer | null } | null> {
  const { rows } = await sql<RefundAttempt>`
    select * from refund_attempt where refund_id = ${refundId} order by seq desc limit 1`.execute(db);
  const attempt = rows[0];
  return attempt === undefined
    ? null
    : { attempt, transfer: await findTransferOf(db, refundPurpose, attempt.id) };
}

export async function endAttempt(tx: Tx, attemptId: string, outcome: string, now: Date): Promise<void> {
  await sql`
    update refund_attempt set outcome = ${outcome}, ended_at = ${now} where id = ${attemptId} and outcome is null`.execute(
    tx,
  );
}

/** Whoever has a link to it can say nothing by it any more. */
export async function revokeLinks(tx: Tx, refundId: string, now: Date): Promise<void> {
  await sql`
    update refund_link set revoked_at = ${now} where refund_id = ${refundId} and used_at is null and revoked_at is null`.execute(
    tx,
  );
}
