import { inTransaction, sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { describeError } from "../errors.ts";
import { defineJob, enqueue, type Job } from "../jobs/index.ts";
import { parseProviderUnits } from "../money/index.ts";
import { loadTerms, type TermsByOrder } from "../orders/index.ts";
import {
  leaveSuspense,
  lockPaymentsByExternalId,
  paymentIdOf,
  recordPayment,
  refundPayment,
  settlePayments,
  suspendPayment,
  type BookingRequest,
  type Payment,
  type PaymentDeps,
  ordersRefresh,
} from "../payments/index.ts";
import type { ProcessorPayment } from "../providers/port.ts";
import { bookingOf, factsOf } from "./booking-of.ts";
import { closeEventsOf } from "./close-events.ts";
import { decide, type Decision } from "./decide.ts";
import { paidInUsd } from "./paid-amount.ts";
import { intakeTasks } from "./tasks.ts";

interface EventRow {
  readonly id: number;
  readonly processor: string;
  readonly body: Buffer;
  readonly received_at: Date;
}

interface Item {
  readonly row: EventRow;
  readonly event: ProcessorPayment;
  readonly current: Payment | null;
  /** The order it is for, if we have it: the first one named, which no later event takes away. */
  readonly orderId: string | null;
  readonly decision: Decision;
}

type Done = {
  readonly id: number;
  readonly status: string;
  readonly outcome: string;
  readonly paymentId: string | null;
};

const batchSize = 200;
/** After this many failures an event waits for a person; until then it is tried again, ever more slowly. */
const mostAttempts = 12;

/** Processes every stored event that waits, in batches; a batch that fails is done again one by one. */
export const processEventsJob = (deps: PaymentDeps): Job =>
  defineJob(intakeTasks.processEvents, {
    timeoutMs: 120_000,
    async run(_payload, { signal }) {
      while (!signal.aborted) {
        const done = await processBatch(deps, batchSize).catch(async (error: unknown) => {
          deps.log.warn({ error }, "a batch of events failed as a whole; processing them one by one");
          return processSingly(deps);
        });
        if (done === 0) return;
      }
    },
  });

async function processSingly(deps: PaymentDeps): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select id from processor_event where status = 'received' and (next_check_at is null or next_check_at <= ${deps.clock.now()})
    order by id limit ${batchSize}`.execute(deps.db);
  for (const { id } of rows)
    await processBatch(deps, 1, id).catch((error: unknown) => recordFailure(deps, id, error));
  return rows.length;
}

/** @returns how many events were finished. */
async function processBatch(deps: PaymentDeps, limit: number, only?: number): Promise<number> {
  return inTransaction(deps.db, async (tx) => {
    const now = deps.clock.now();
    const { rows } = await sql<EventRow>`
      select id, processor, body, received_at from processor_event
      where status = 'received' and (${only ?? null}::bigint is null or id = ${only ?? null})
        and (next_check_at is null or next_check_at <= ${now} or ${only ?? null}::bigint is not null)
      order by id limit ${limit} for update skip locked`.execute(tx);
    if (rows.length === 0) return 0;
    const { items, done, terms } = await readItems(deps, tx, rows);
    const orders = new Set<string>();
    const requests: BookingRequest[] = [];
    for (const item of items) {
      const paymentId = paymentIdOf(item.row.processor, item.event.externalId);
      if (item.decision.kind === "settle") requests.push(toBooking(item, terms));
      else if (await applyDecision(deps, tx, item, now)) orders.add(item.orderId ?? "");
      done.push({ id: item.row.id, paymentId, ...resultOf(item.decision) });
    }
    if (requests.length > 0) await settlePayments(tx, requests, now);
    for (const { current, event, decision } of items)
      if (decision.kind === "settle" && current) await leaveSuspense(tx, current, event.updatedAt ?? now);
    await closeEvents(tx, items);
    for (const orderId of orders) if (terms.has(orderId)) await enqueue(tx, ordersRefresh, { id: orderId });
    await markDone(tx, done);
    logDone(deps, items);
    return done.length;
  });
}

async function readItems(deps: PaymentDeps, tx: Tx, rows: readonly EventRow[]) {
  const done: Done[] = [];
  const first = new Map<string, { row: EventRow; event: ProcessorPayment }>();
  for (const row of rows) {
    const parsed = parse(deps, row);
    if (parsed.kind === "done") done.push(parsed.done);
    // A second event of one payment waits for the next batch: it must see what the first one did.
    else if (!first.has(`${row.processor}/${parsed.event.externalId}`))
      first.set(`${row.processor}/${parsed.event.externalId}`, { row, event: parsed.event });
  }
  const pairs = [...first.values()];
  const current = new Map<string, Payment>();
  for (const processor of new Set(pairs.map(({ row }) => row.processor))) {
    const ids = pairs.filter(({ row }) => row.processor === processor).map(({ event }) => event.externalId);
    for (const payment of await lockPaymentsByExternalId(tx, processor, ids))
      current.set(`${processor}/${payment.external_id}`, payment);
  }
  const found = pairs.map(({ row, event }) => {
    const payment = current.get(`${row.processor}/${event.externalId}`) ?? null;
    return { row, event, current: payment, named: payment?.order_id ?? event.orderId ?? "" };
  });
  const terms = await loadTerms(
    tx,
    found.map(({ named }) => named),
  );
  const items = found.map(({ named, ...one }): Item => {
    const orderId = terms.get(named)?.orderId ?? null;
    return { ...one, orderId, decision: decide(one.event, one.current, { known: orderId !== null }) };
  });
  return { items, done, terms };
}

function parse(
  deps: PaymentDeps,
  row: EventRow,
): { kind: "done"; done: Done } | { kind: "event"; event: ProcessorPayment } {
  const done = (status: string, outcome: string) => ({
    kind: "done" as const,
    done: { id: row.id, status, outcome, paymentId: null },
  });
  const processor = deps.processors.get(row.processor);
  if (!processor) return done("in_review", `no processor "${row.processor}" is configured`);
  try {
    const parsed = processor.parseEvent(row.body);
    return parsed.kind === "payment"
      ? { kind: "event", event: bounded(parsed.payment, row.received_at) }
      : done("ignored", parsed.description);
  } catch (error) {
    deps.log.error({ event_id: row.id, error }, "a signed event cannot be read; it is kept for review");
    return done("in_review", describeError(error));
  }
}

/** A back-fill may find what is weeks old. What is older, or had not happened when we heard of it, is the clock's fault. */
const longestAgoMs = 90 * 24 * 3_600_000;

/** A processor's clock decides nothing by itself: a time that cannot be is left out, and the time of booking stands for it. */
function bounded(event: ProcessorPayment, receivedAt: Date): ProcessorPayment {
  const age = receivedAt.getTime() - (event.updatedAt?.getTime() ?? Infinity);
  return age >= 0 && age <= longestAgoMs ? event : { ...event, updatedAt: null };
}

function toBooking({ row, event, current, orderId }: Item, terms: TermsByOrder): BookingRequest {
  const settled = settledOf(event);
  if (!settled) throw new TypeError("a settlement without a settled asset");
  return bookingOf(event, {
    processor: row.processor,
    current,
    settled,
    terms: terms.get(orderId ?? "")!,
    cause: causeOf(row),
  });
}

/** What settled to us, base units; null: nothing, or in a coin that the registry lacks. */
function settledOf({ settled }: ProcessorPayment): BookingRequest["settled"] | null {
  const asset = settled?.asset;
  return asset ? { asset, amount: parseProviderUnits(settled.amount, asset.decimals, "down") } : null;
}

const causeOf = (row: EventRow): Cause => ({ kind: "event", ref: `processor_event:${row.id}` });

/** Returns whether the order should be looked at again. */
async function applyDecision(deps: PaymentDeps, tx: Tx, item: Item, now: Date): Promise<boolean> {
  const { decision } = item;
  if (decision.kind === "ignore" || decision.kind === "review_event" || decision.kind === "settle")
    return false;
  if (decision.kind === "refund") {
    await movePayment(tx, item, { to: "refunded", reason: null }, now);
    if (item.current) await refundPayment(tx, item.current, causeOf(item.row), now);
    return true;
  }
  if (decision.kind === "move") {
    await movePayment(tx, item, { to: decision.to, reason: null }, now);
    return true;
  }
  const paymentId = await movePayment(tx, item, { to: "in_review", reason: decision.reason }, now);
  deps.log.error({ payment_id: paymentId, reason: decision.reason }, "a payment needs a person");
  if (decision.kind === "suspend") await suspend(tx, item, paymentId, now);
  return true;
}

const movePayment = (
  tx: Tx,
  { row, event, current, orderId }: Item,
  step: { to: Exclude<Payment["status"], "reversed">; reason: string | null },
  now: Date,
): Promise<string> =>
  recordPayment(
    tx,
    {
      processor: row.processor,
      externalId: event.externalId,
      parentExternalId: event.parentExternalId,
      orderId,
      facts: factsOf(event, current),
      paidUsdMicros: paidInUsd(event, current) ?? current?.paid_usd_micros ?? 0n,
    },
    current,
    { ...step, cause: causeOf(row), now },
  );

async function suspend(tx: Tx, { row, event }: Item, paymentId: string, now: Date): Promise<void> {
  const settled = settledOf(event);
  if (!settled) return;
  const { settlementHash, inCustody } = event;
  await suspendPayment(tx, {
    paymentId,
    processor: row.processor,
    settled: { asset: settled.asset.id, amount: settled.amount },
    settledAt: event.updatedAt ?? now,
    settlementHash,
    inCustody,
  });
}

/** What earlier events of a payment waited for is answered once the payment leaves its review. */
async function closeEvents(tx: Tx, items: readonly Item[]): Promise<void> {
  for (const { current, decision } of items)
    if (current?.status === "in_review" && (decision.kind === "settle" || decision.kind === "refund"))
      await closeEventsOf(tx, current.id);
}

function resultOf(decision: Decision): { status: string; outcome: string } {
  switch (decision.kind) {
    case "ignore":
      return { status: "ignored", outcome: decision.outcome };
    case "review_event":
      return { status: "in_review", outcome: decision.outcome };
    case "move":
      return { status: "processed", outcome: decision.outcome };
    case "settle":
      return { status: "processed", outcome: "settled" };
    case "refund":
      return { status: "processed", outcome: "refunded" };
    case "suspend":
      return { status: "unmatched", outcome: decision.reason };
    case "park":
      return { status: "in_review", outcome: decision.reason };
  }
}

async function markDone(tx: Tx, done: readonly Done[]): Promise<void> {
  await sql`
    update processor_event e set status = d.status, outcome = d.outcome, payment_id = d.payment_id, next_check_at = null
    from unnest(${done.map((d) => d.id)}::bigint[], ${done.map((d) => d.status)}::text[], ${done.map((d) => d.outcome)}::text[],
      ${done.map((d) => d.paymentId)}::uuid[]) as d(id, status, outcome, payment_id)
    where e.id = d.id`.execute(tx);
}

function logDone(deps: PaymentDeps, items: readonly Item[]): void {
  for (const { row, event, orderId, decision } of items)
    deps.log.info(
      {
        correlation_id: orderId,
        event_id: row.id,
        payment_id: paymentIdOf(row.processor, event.externalId),
        decision: decision.kind,
        outcome: resultOf(decision).outcome,
      },
      "payment event processed",
    );
}

async function recordFailure(deps: PaymentDeps, id: number, error: unknown): Promise<void> {
  deps.log.error({ event_id: id, error }, "an event could not be processed");
  const now = deps.clock.now();
  await sql`
    update processor_event set attempts = attempts + 1, outcome = ${describeError(error)},
      status = case when attempts + 1 >= ${mostAttempts} then 'in_review' else status end,
      next_check_at = ${now}::timestamptz + least(power(2, attempts), 3600) * interval '1 second'
    where id = ${id} and status = 'received'`.execute(deps.db);
}
