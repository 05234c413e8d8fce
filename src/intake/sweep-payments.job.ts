import { inTransaction } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, enqueue, type Job } from "../jobs/index.ts";
import {
  findToldOf,
  isToAsk,
  takeDuePayments,
  type PaymentDeps,
  type PaymentStatus,
  paymentTasks,
} from "../payments/index.ts";
import type { ProcessorPayment } from "../providers/port.ts";
import { settledBeyond } from "./booking-of.ts";
import { asEvent, storeEvents } from "./intake.ts";
import { replayEvent } from "./replay-event.ts";
import { intakeTasks } from "./tasks.ts";

/** One payment the processor cannot answer about must not hide the others; a processor that is down need not hear of all. */
const mostFailures = 3;

/**
 * Wakes what passed its check time: events that failed, payments that have been on their way for long (asked for at the
 * processor, in case a webhook was lost) and booked ones whose coins are awaited.
 */
export const sweepPaymentsJob = (deps: PaymentDeps): Job =>
  defineJob(paymentTasks.sweep, {
    async run(_payload, { signal, log }) {
      await enqueue(deps.db, intakeTasks.processEvents, {});
      const due = await inTransaction(deps.db, (tx) => takeDuePayments(tx, deps.clock.now()));
      let failures = 0;
      for (const payment of due.filter(isToAsk))
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
  if (stored?.duplicate && (await wasTalkedOver(deps, payment, found.payment)))
    await replayEvent(deps.db, stored.eventId);
  return true;
}

const stillMoving: ReadonlySet<PaymentStatus> = new Set(["waiting", "confirming", "confirmed", "expired"]);
const givenBack: ReadonlySet<PaymentStatus> = new Set(["refunded", "reversed"]);

/** Whether the books differ from what a payment's processor says now: notices came late and out of order, or settled less. */
async function wasTalkedOver(
  { db }: Pick<PaymentDeps, "db">,
  payment: { readonly processor: string; readonly external_id: string },
  saidNow: ProcessorPayment,
): Promise<boolean> {
  const [known] = await findToldOf(db, payment.processor, [payment.external_id]);
  if (known === undefined) return false;
  // That it was refunded may have been set aside, while we sent it back ourselves, which came to nothing.
  const mayMove =
    stillMoving.has(known.status) || (saidNow.status === "refunded" && !givenBack.has(known.status));
  const moved = known.processor_status !== saidNow.rawStatus && mayMove;
  return moved || settledBeyond(saidNow, known);
}
