import { sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { enqueue } from "../jobs/index.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import { paymentLife, watchOf, type PaymentStatus } from "./payment.ts";
import type { Payment } from "./payment-store.ts";
import { factColumns, paymentEntryId, paymentIdOf, type PaymentFacts } from "./settle-payments.ts";
import { paymentTasks } from "./tasks.ts";

/** A payment that has not settled, as it was told now. */
export interface ToldPayment {
  readonly processor: string;
  readonly externalId: string;
  /** See `Payment.part`. */
  readonly part: number;
  readonly parentExternalId: string | null;
  readonly orderId: string | null;
  readonly facts: PaymentFacts;
  readonly paidUsdMicros: bigint;
}

/**
 * Writes a payment's facts with its new status, creating it when this is the first we hear of it.
 * @param current the payment as it is, locked; null: not known yet.
 * @returns its id. @throws {StaleStatus}
 */
export async function recordPayment(
  tx: Tx,
  told: ToldPayment,
  current: Payment | null,
  step: { to: Exclude<PaymentStatus, "reversed">; reason: string | null; cause: Cause; now: Date },
): Promise<string> {
  const { processor, externalId, part, orderId } = told;
  const { to, reason, cause, now } = step;
  const id = paymentIdOf(processor, externalId, part);
  const columns = {
    ...factColumns(told.facts),
    order_id: orderId,
    paid_usd_micros: told.paidUsdMicros,
    review_reason: reason,
    updated_at: now,
    ...watchOf({ to, reason }, now),
  };
  // Nothing goes back to "waiting": a payment that is there is never told to.
  if (current && to !== "waiting") {
    await paymentLife.advance(tx, { id, from: current.status, to, cause, set: columns, now });
    return id;
  }
  await sql`
    insert into payment (id, processor, external_id, part, parent_external_id, order_id, status, review_reason, processor_status,
      price_amount, price_currency, paid_currency, paid_asset, asked_amount, paid_amount, paid_usd_micros,
      created_at, updated_at, next_check_at, deadline_at)
    values (${id}, ${processor}, ${externalId}, ${part}, ${told.parentExternalId}, ${orderId}, ${to}, ${reason},
      ${columns.processor_status}, ${columns.price_amount}, ${columns.price_currency}, ${columns.paid_currency}, ${columns.paid_asset},
      ${columns.asked_amount}, ${columns.paid_amount}, ${columns.paid_usd_micros}, ${now}, ${now}, ${columns.next_check_at}, ${columns.deadline_at})`.execute(
    tx,
  );
  await paymentLife.recordCreation(tx, { id, to, cause, now });
  return id;
}

/** What settled and no order explains waits in suspense, until a person or the processor's next word decides. */
export async function suspendPayment(
  tx: Tx,
  suspended: {
    paymentId: string;
    processor: string;
    settled: { asset: string; amount: bigint };
    settledAt: Date;
    settlementHash: string | null;
    inCustody: boolean;
  },
): Promise<void> {
  const { paymentId, settled, settledAt } = suspended;
  await postEntry(tx, {
    id: paymentEntryId(paymentId, "suspense"),
    reason: "payment_unmatched",
    happenedAt: settledAt,
    postings: [
      {
        debit: accounts.processor(suspended.processor),
        credit: accounts.suspense("unmatched"),
        money: settled,
      },
    ],
  });
  await sql`
    update payment set settled_asset = ${settled.asset}, settled_amount = ${settled.amount},
      arrival = ${suspended.inCustody ? "custody" : "expected"}, settlement_hash = ${suspended.settlementHash},
      settled_at = ${settledAt}, fee_amount = 0
    where id = ${paymentId}`.execute(tx);
  await enqueue(tx, paymentTasks.follow, { id: paymentId });
}

/** What waits in suspense because its order was not known is booked by its order now. */
export async function leaveSuspense(tx: Tx, payment: Payment, happenedAt: Date): Promise<void> {
  if (payment.review_reason !== "unknown_order" || payment.settled_asset === null) return;
  const money = { asset: payment.settled_asset, amount: payment.settled_amount ?? 0n };
  await postEntry(tx, {
    id: paymentEntryId(payment.id, "suspense_left"),
    reason: "payment_matched",
    happenedAt,
    reverses: paymentEntryId(payment.id, "suspense"),
    postings: [
      { debit: accounts.suspense("unmatched"), credit: accounts.processor(payment.processor), money },
    ],
  });
}
