import { inTransaction, sql } from "../database/index.ts";
import { valueEarnings } from "../earnings/index.ts";
import { defineJob, enqueue, type Job, type JobContext } from "../jobs/index.ts";
import { parseProviderUnits, valueInUsd } from "../money/index.ts";
import { days } from "../lifecycle/index.ts";
import type { PaymentDeps } from "./deps.ts";
import { followArrival } from "./follow-arrival.ts";
import { custodyDeadlineMs, paymentLife } from "./payment.ts";
import { findPayment, type Payment } from "./payment-store.ts";
import { ordersRefresh, paymentTasks } from "./tasks.ts";

/**
 * What a booked payment still needs, none of which held up its booking: its value in USD, and the sight of its coins in a
 * wallet of ours. Runs until both are there; each part is recorded once.
 */
export const followPaymentJob = (deps: PaymentDeps): Job =>
  defineJob(paymentTasks.follow, {
    async run({ id }, context) {
      const payment = await findPayment(deps.db, id);
      if (payment === null) return;
      if (payment.order_id !== null) await enqueue(deps.db, ordersRefresh, { id: payment.order_id });
      const valued = await valuePayment(deps, payment, context);
      const arrival = await followArrival(deps, payment, context);
      if (valued && arrival === "done") {
        // Nothing is left to wake up for.
        await sql`update payment set next_check_at = null, deadline_at = null where id = ${id} and status in ('settled', 'refunded')`.execute(
          deps.db,
        );
        return;
      }
      const waitMs = valued && arrival === "tomorrow" ? days(1) : waitFor(deps, payment);
      const runAt = new Date(deps.clock.now().getTime() + waitMs);
      const kept = arrival === "tomorrow" && payment.status === "settled";
      const deadline = new Date(payment.updated_at.getTime() + custodyDeadlineMs);
      await inTransaction(deps.db, (tx) =>
        paymentLife.lookAgain(tx, id, runAt, kept ? { deadline_at: deadline } : {}),
      );
    },
  });

/**
 * Waits longer the longer ago we booked it: a tenth of that, between the configured step and an hour. By our own clock: the
 * processor's may be off, or its news late.
 */
function waitFor(deps: PaymentDeps, payment: Payment): number {
  const age = deps.clock.now().getTime() - payment.updated_at.getTime();
  return Math.min(Math.max(deps.settings.followMs, age / 10), 3_600_000);
}

/** Observes prices for what settled and, where the processor's own price does not describe it, for what was paid. */
async function valuePayment(
  deps: PaymentDeps,
  payment: Payment,
  { signal, log }: JobContext,
): Promise<boolean> {
  const settled =
    payment.settled_usd_micros === null && payment.settled_asset !== null
      ? deps.registry.get(payment.settled_asset)
      : null;
  const needsPaid = payment.paid_usd_micros === 0n && !/^[0.]*$/.test(payment.paid_amount);
  // A coin the registry lacks has no price here. What settled to us is the least it can have been worth.
  const paidIn = payment.paid_asset ?? payment.settled_asset;
  const paid = needsPaid && paidIn !== null ? deps.registry.get(paidIn) : null;
  const assets = [settled, paid].filter((asset) => asset !== null);
  if (assets.length === 0) return true;
  const prices = await deps.prices.observe(assets, signal).catch((error: unknown) => {
    log.warn(
      { error, payment_id: payment.id },
      "no price source answered; the payment stays booked without a value",
    );
    return new Map<string, never>();
  });
  const settledPrice = settled && prices.get(settled.id);
  const paidPrice = paid && prices.get(paid.id);
  const settledAmount = payment.settled_amount;
  if (settled && settledPrice && settledAmount !== null) {
    const value = valueInUsd(settledAmount, settled, settledPrice.usd, "down");
    await inTransaction(deps.db, async (tx) => {
      await sql`update payment set settled_usd_micros = ${value} where id = ${payment.id} and settled_usd_micros is null`.execute(
        tx,
      );
      await valueEarnings(tx, payment.id, { usdMicros: value, amount: settledAmount });
    });
  }
  if (paid && paidPrice) {
    const amount =
      payment.paid_asset === null
        ? (settledAmount ?? 0n)
        : parseProviderUnits(payment.paid_amount, paid.decimals, "down");
    const value = valueInUsd(amount, paid, paidPrice.usd, "down");
    await sql`update payment set paid_usd_micros = ${value} where id = ${payment.id} and paid_usd_micros = 0`.execute(
      deps.db,
    );
    if (payment.order_id !== null) await enqueue(deps.db, ordersRefresh, { id: payment.order_id });
  }
  return (settled === null || Boolean(settledPrice)) && (paid === null || Boolean(paidPrice));
}
