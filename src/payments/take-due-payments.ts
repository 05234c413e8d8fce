import { sql, type Tx } from "../database/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { days } from "../lifecycle/index.ts";
import { watchOf, type PaymentStatus, paymentLife } from "./payment.ts";
import { paymentTasks } from "./tasks.ts";

/** How long an expired payment is still asked for, once a day, and one that was given back and of which we heard no settlement. */
const lateDepositMs = days(14);

export interface DuePayment {
  readonly id: string;
  readonly processor: string;
  readonly external_id: string;
  readonly status: PaymentStatus;
  readonly review_reason: string | null;
  readonly settled_asset: string | null;
}

/** Whether its processor has something to tell of it that is not in the books. */
export const isToAsk = ({ status, settled_asset: asset }: DuePayment): boolean =>
  status === "refunded" ? asset === null : status !== "settled";

/** Payments whose check time passed, to be asked for now. Booked ones whose coins are awaited are woken. */
export async function takeDuePayments(tx: Tx, now: Date): Promise<DuePayment[]> {
  const ids = await paymentLife.takeDue(tx, now, 50);
  const { rows } = await sql<DuePayment & { created_at: Date }>`
    select id, processor, external_id, status, review_reason, created_at, settled_asset from payment
    where id = any(${ids}::uuid[])`.execute(tx);
  for (const row of rows) {
    // Given back, it is asked about as rarely as one for which nothing came.
    const to = row.status === "refunded" ? "expired" : row.status;
    const { next_check_at: usual } = watchOf({ to, reason: row.review_reason }, now);
    const isEnded = row.status === "expired" || row.status === "refunded";
    const over = isEnded && now.getTime() - row.created_at.getTime() > lateDepositMs;
    if (isToAsk(row))
      await sql`update payment set next_check_at = ${over ? null : usual} where id = ${row.id}`.execute(tx);
    if (row.settled_asset !== null) await enqueueOnce(tx, paymentTasks.follow, { id: row.id });
  }
  return rows;
}
