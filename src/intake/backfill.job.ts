import type { Db } from "../database/index.ts";
import { defineJob, enqueueOnce, lastSuccessOf, type Job } from "../jobs/index.ts";
import type { PaymentProcessor, ProcessorPayment } from "../providers/port.ts";
import { findToldOf, type PaymentDeps } from "../payments/index.ts";
import { settledBeyond } from "./booking-of.ts";
import { asEvent, storeEvents } from "./intake.ts";
import { intakeTasks } from "./tasks.ts";

const task = "payments.backfill";
/** How far back a run looks beyond the last one that ended well: events may be listed late. */
const overlapMs = 2 * 3_600_000;
const firstLookMs = 14 * 24 * 3_600_000;
const mostPages = 200;

/** Lists each processor's payments and stores what no webhook told us; processing is the same as for a webhook. */
export const backfillJob = (deps: PaymentDeps): Job =>
  defineJob(intakeTasks.backfill, {
    timeoutMs: 300_000,
    async run(_payload, { signal, log }) {
      for (const processor of deps.processors.values()) {
        const found = await backfill(deps, processor, signal);
        if (found > 0)
          log.info({ processor: processor.name, found }, "back-fill stored events no webhook told us");
      }
    },
  });

/** Has the processors' payments listed now, instead of at the next scheduled time. Several requests are one run. */
export const backfillNow = (db: Db): Promise<void> => enqueueOnce(db, intakeTasks.backfill, {});

async function backfill(
  deps: PaymentDeps,
  processor: PaymentProcessor,
  signal: AbortSignal,
): Promise<number> {
  const now = deps.clock.now();
  // The last run that came to its end: one that broke off after a page has not seen what was on the next.
  const last = await lastSuccessOf(deps.db, task);
  const since = new Date((last?.getTime() ?? now.getTime() - firstLookMs) - overlapMs);
  let found = 0;
  let page: number | null = 0;
  for (let pages = 0; page !== null && pages < mostPages; pages++) {
    const listed: Awaited<ReturnType<PaymentProcessor["listPayments"]>> = await processor.listPayments(
      { since, page },
      signal,
    );
    for (const raw of listed.unreadable)
      deps.log.error(
        { processor: processor.name, hash: asEvent(raw).hash.toString("hex") },
        "back-fill met a payment it cannot read",
      );
    // A row that cannot be read is kept as an event for review, like a webhook that cannot.
    const news = [...listed.unreadable, ...(await unknownTo(deps, processor.name, listed.payments))];
    const events = news.map((raw) => ({ processor: processor.name, ...asEvent(raw) }));
    if (events.length > 0) await storeEvents(deps.db, events, "backfill", now);
    found += events.length;
    page = listed.nextPage;
  }
  if (page !== null)
    throw new Error(`back-fill stopped after ${mostPages} pages; the next run starts from the same time`);
  return found;
}

/** Those whose status the processor words differently from what we last heard, or of which it settled more. */
async function unknownTo(
  deps: PaymentDeps,
  processor: string,
  listed: readonly { payment: ProcessorPayment; raw: string }[],
): Promise<string[]> {
  const ids = listed.map((one) => one.payment.externalId);
  const rows = await findToldOf(deps.db, processor, ids);
  const known = new Map(rows.map((row) => [row.external_id, row]));
  return listed
    .filter(({ payment }) => {
      const row = known.get(payment.externalId);
      return row?.processor_status !== payment.rawStatus || settledBeyond(payment, row);
    })
    .map((one) => one.raw);
}
