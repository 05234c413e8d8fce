import { createHash } from "node:crypto";
import { z } from "zod";
import { inTransaction, sql } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, enqueue, type Job } from "../jobs/index.ts";
import type { PaymentProcessor } from "../providers/port.ts";
import type { PaymentDeps } from "./deps.ts";
import { storeEvents } from "./intake.ts";
import { reverseEarnings } from "./refund-payment.ts";

/** How far back a run looks beyond the last one that ended well: events may be listed late. */
const overlapMs = 2 * 3_600_000;
const firstLookMs = 14 * 24 * 3_600_000;
const mostPages = 200;
const minuteMs = 60_000;
/** How long an expired payment is still asked for, once a day. */
const lateDepositMs = 14 * 24 * 60 * minuteMs;
/** One payment the processor cannot answer about must not hide the others; a processor that is down need not hear of all. */
const mostFailures = 3;

/** Lists each processor's payments and stores what no webhook told us; processing is the same as for a webhook. */
export const backfillJob = (deps: PaymentDeps): Job =>
  defineJob({
    name: "payments.backfill",
    payload: z.object({}).loose(),
    timeoutMs: 300_000,
    async run(_payload, { signal, log }) {
      for (const processor of deps.processors.values()) {
        const found = await backfill(deps, processor, signal);
        if (found > 0)
          log.info({ processor: processor.name, found }, "back-fill stored events no webhook told us");
      }
    },
  });

async function backfill(
  deps: PaymentDeps,
  processor: PaymentProcessor,
  signal: AbortSignal,
): Promise<number> {
  const now = deps.clock.now();
  // The last run that came to its end: one that broke off after a page has not seen what was on the next.
  const { rows } = await sql<{ last: Date | null }>`
    select succeeded_at as last from schedule_run where task = 'payments.backfill'`.execute(deps.db);
  const since = new Date((rows[0]?.last?.getTime() ?? now.getTime() - firstLookMs) - overlapMs);
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

function asEvent(raw: string): { body: Buffer; hash: Buffer } {
  const body = Buffer.from(raw);
  return { body, hash: createHash("sha256").update(body).digest() };
}

/** Those whose status the processor words differently from what we last heard. */
async function unknownTo(
  deps: PaymentDeps,
  processor: string,
  listed: readonly { payment: { externalId: string; rawStatus: string }; raw: string }[],
): Promise<string[]> {
  const ids = listed.map((one) => one.payment.externalId);
  const { rows } = await sql<{ external_id: string; processor_status: string }>`
    select external_id, processor_status from payment where processor = ${processor} and external_id = any(${ids}::text[])`.execute(
    deps.db,
  );
  const known = new Map(rows.map((row) => [row.external_id, row.processor_status]));
  return listed
    .filter((one) => known.get(one.payment.externalId) !== one.payment.rawStatus)
    .map((one) => one.raw);
}

/**
 * Wakes what passed its check time: events that failed, payments that have been on their way for long (asked for at the
 * processor, in case a webhook was lost) and settled ones nobody follows.
 */
export const sweepPaymentsJob = (deps: PaymentDeps): Job =>
  defineJob({
    name: "payments.sweep",
    payload: z.object({}).loose(),
    async run(_payload, { signal, log }) {
      const now = deps.clock.now();
      await enqueue(deps.db, "payments.process_events", {});
      const due = await inTransaction(deps.db, async (tx) => {
        const { rows } = await sql<{ id: string; processor: string; external_id: string; status: string }>`
          update payment set next_check_at = case when status <> 'expired' then ${new Date(now.getTime() + 15 * minuteMs)}::timestamptz
            when created_at > ${new Date(now.getTime() - lateDepositMs)} then ${new Date(now.getTime() + 24 * 60 * minuteMs)}::timestamptz end
          where id in (select id from payment where next_check_at <= ${now} order by next_check_at limit 50 for update skip locked)
          returning id, processor, external_id, status`.execute(tx);
        for (const row of rows)
          if (row.status === "settled")
            await enqueue(tx, "payments.follow", { paymentId: row.id }, { key: `payments.follow:${row.id}` });
        return rows.filter((row) => row.status !== "settled");
      });
      let failures = 0;
      for (const payment of due) {
        const processor = deps.processors.get(payment.processor);
        try {
          const found = await processor?.fetchPayment(payment.external_id, signal);
          if (found)
            await storeEvents(
              deps.db,
              [{ processor: payment.processor, ...asEvent(found.raw) }],
              "poll",
              now,
            );
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error;
          log.warn(
            { error, payment_id: payment.id },
            "the processor does not answer about a payment on its way",
          );
          failures += 1;
          if (failures === mostFailures) return;
        }
      }
    },
  });

/** The rest of a refund: earnings that were in a conversion or payout when it came. */
export const reverseEarningsJob = (deps: PaymentDeps): Job =>
  defineJob({
    name: "payments.reverse_earnings",
    payload: z.object({ paymentId: z.uuid() }),
    run: ({ paymentId }) =>
      inTransaction(deps.db, (tx) =>
        reverseEarnings(tx, paymentId, { kind: "job", ref: "payments.reverse_earnings" }, deps.clock.now()),
      ),
  });
