import { z } from "zod";
import { inTransaction, sql, takeDue, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, enqueue, type Job } from "../jobs/index.ts";
import { days } from "../lifecycle/index.ts";
import type { PaymentDeps } from "../payments/index.ts";
import { asEvent, storeEvents } from "./intake.ts";
import { replayEvent } from "./replay-event.ts";
import { watchOf, type PaymentStatus } from "../payments/index.ts";

/** How long an expired payment is still asked for, once a day. */
const lateDepositMs = days(14);
/** One payment the processor cannot answer about must not hide the others; a processor that is down need not hear of all. */
const mostFailures = 3;

interface DuePayment {
  readonly id: string;
  readonly processor: string;
  readonly external_id: string;
  readonly status: PaymentStatus;
  readonly review_reason: string | null;
}

/**
 * Wakes what passed its check time: events that failed, payments that have been on their way for long (asked for at the
 * processor, in case a webhook was lost) and booked ones whose coins are awaited.
 */
export const sweepPaymentsJob = (deps: PaymentDeps): Job =>
  defineJob({
    name: "payments.sweep",
    payload: z.object({}).loose(),
    async run(_payload, { signal, log }) {
      await enqueue(deps.db, "payments.process_events", {});
      const due = await inTransaction(deps.db, (tx) => takeDuePayments(tx, deps.clock.now()));
      let failures = 0;
      for (const payment of due.filter((one) => one.status !== "settled" && one.status !== "refunded"))
        try {
          await askProcessor(deps, payment, signal);
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error;
          log.warn(
            { error, payment_id: payment.id },
            "the processor does not answer about a payment on its way",
          );
          failures += 1;
          if (failures === mostFailures) return;
        }
    },
  });

async function takeDuePayments(tx: Tx, now: Date): Promise<DuePayment[]> {
  const ids = await takeDue(tx, "payment", now, 50);
  const { rows } = await sql<DuePayment & { created_at: Date; settled_asset: string | null }>`
    select id, processor, external_id, status, review_reason, created_at, settled_asset from payment
    where id = any(${ids}::uuid[])`.execute(tx);
  for (const row of rows) {
    const { next_check_at: usual } = watchOf({ to: row.status, reason: row.review_reason }, now);
    const over = row.status === "expired" && now.getTime() - row.created_at.getTime() > lateDepositMs;
    if (row.status !== "settled" && row.status !== "refunded")
      await sql`update payment set next_check_at = ${over ? null : usual} where id = ${row.id}`.execute(tx);
    if (row.settled_asset !== null)
      await enqueue(tx, "payments.follow", { paymentId: row.id }, { key: `payments.follow:${row.id}` });
  }
  return rows;
}

/**
 * Stores what the processor says of a payment now; processing it is the same as for a webhook.
 * @returns false: it has never heard of it. @throws {ProviderError}
 */
export async function askProcessor(
  deps: Pick<PaymentDeps, "db" | "clock" | "processors">,
  payment: { readonly processor: string; readonly external_id: string },
  signal: AbortSignal,
): Promise<boolean> {
  const found = await deps.processors.get(payment.processor)?.fetchPayment(payment.external_id, signal);
  if (!found) return false;
  const events = [{ processor: payment.processor, ...asEvent(found.raw) }];
  const [stored] = await storeEvents(deps.db, events, "poll", deps.clock.now());
  if (stored?.duplicate && (await wasTalkedOver(deps, payment, found.payment.rawStatus)))
    await replayEvent(deps.db, stored.eventId);
  return true;
}

/** Whether notices that came late and out of order have moved a payment away from what its processor says now. */
async function wasTalkedOver(
  { db }: Pick<PaymentDeps, "db">,
  payment: { readonly processor: string; readonly external_id: string },
  saidNow: string,
): Promise<boolean> {
  const { rows } = await sql`
    select from payment where processor = ${payment.processor} and external_id = ${payment.external_id}
      and processor_status <> ${saidNow} and status in ('waiting', 'confirming', 'confirmed', 'expired')`.execute(
    db,
  );
  return rows.length > 0;
}
