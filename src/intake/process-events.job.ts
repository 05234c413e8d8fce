import { inTransaction, sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { describeError } from "../errors.ts";
import { defineJob, enqueue, type Job } from "../jobs/index.ts";
import { parseProviderUnits } from "../money/index.ts";
import { loadTerms, type TermsByOrder } from "../orders/index.ts";
import {
  leaveSuspense,
  lockPaymentsByExternalId,
  lookForRefunded,
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
import { bookingOf, settledSoFar, toldOf, toldOfRest, type PartTold, type Settled } from "./booking-of.ts";
import { closeEventsOf } from "./close-events.ts";
import { decide, type Decision } from "./decide.ts";
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
  /** The payment as it is, all its parts in order; none: not known yet. */
  readonly parts: readonly Payment[];
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
      const paymentId = idOf(item);
      if (item.decision.kind === "settle") requests.push(...toBookings(item, terms));
      else if (await applyDecision(deps, tx, item, now)) orders.add(item.orderId ?? "");
      done.push({ id: item.row.id, paymentId, ...resultOf(item.decision) });
    }
    const settled = await settlePayments(tx, requests, now);
    // Another worker heard of one of them at the same time: each must see what the other booked.
    if (settled < requests.length)
      throw new Error("a payment was settled meanwhile; its events are read again");
    for (const { parts, event, decision } of items)
      if (decision.kind === "settle")
        for (const part of parts) await leaveSuspense(tx, part, event.updatedAt ?? now);
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
  const known = new Map<string, Payment[]>();
  for (const processor of new Set(pairs.map(({ row }) => row.processor))) {
    const ids = pairs.filter(({ row }) => row.processor === processor).map(({ event }) => event.externalId);
    for (const payment of await lockPaymentsByExternalId(tx, processor, ids)) {
      const key = `${processor}/${payment.external_id}`;
      known.set(key, [...(known.get(key) ?? []), payment]);
    }
  }
  const found = pairs.map(({ row, event }) => {
    const parts = known.get(`${row.processor}/${event.externalId}`) ?? [];
    const named = parts.find((part) => part.order_id !== null)?.order_id ?? event.orderId ?? "";
    return { row, event, parts, named };
  });
  const terms = await loadTerms(
    tx,
    found.map(({ named }) => named),
  );
  const items = found.map(({ named, ...one }): Item => {
    const orderId = terms.get(named)?.orderId ?? null;
    return { ...one, orderId, decision: decide(one.event, one.parts, { known: orderId !== null }) };
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

/** Each part that waits in suspense, and what is told beyond all parts. */
function toBookings(item: Item, terms: TermsByOrder): BookingRequest[] {
  const { row, event, parts, orderId } = item;
  const rest = restOf(item);
  const book = (current: Payment | null, told: PartTold, settled: Settled): BookingRequest =>
    bookingOf(event, {
      processor: row.processor,
      current,
      parts,
      told,
      settled,
      terms: terms.get(orderId ?? "")!,
      cause: causeOf(row),
    });
  const waiting = parts.filter((part) => part.review_reason === "unknown_order");
  const alone = parts.length === 1 && rest === null;
  const requests = waiting.map((part) =>
    book(part, toldOf(event, part, alone), {
      asset: event.settled!.asset!,
      amount: part.settled_amount!,
    }),
  );
  return rest === null ? requests : [...requests, book(rest.current, rest.told, rest.settled)];
}

/**
 * What an event tells beyond all that settled of its payment: a further part, or, where nothing settled yet, the payment
 * itself. Null: nothing.
 */
function restOf({
  event,
  parts,
}: Item): { current: Payment | null; told: PartTold; settled: Settled } | null {
  const settled = settledOf(event);
  if (settled === null) return null;
  const [first] = parts;
  if (first === undefined || first.settled_amount === null)
    return { current: first ?? null, told: toldOf(event, first ?? null, true), settled };
  const amount = settled.amount - settledSoFar(parts);
  return amount > 0n
    ? { current: null, told: toldOfRest(event, parts), settled: { ...settled, amount } }
    : null;
}

/** The payment, or the part of it, that an event is about. */
function idOf(item: Item): string {
  const { row, event, decision } = item;
  const books = decision.kind === "settle" || decision.kind === "suspend";
  return paymentIdOf(row.processor, event.externalId, books ? (restOf(item)?.told.part ?? 0) : 0);
}

/** What settled to us, base units; null: nothing, or in a coin that the registry lacks. */
function settledOf({ settled }: ProcessorPayment): Settled | null {
  const asset = settled?.asset;
  return asset ? { asset, amount: parseProviderUnits(settled.amount, asset.decimals, "down") } : null;
}

const causeOf = (row: EventRow): Cause => ({ kind: "event", ref: `processor_event:${row.id}` });

/** Returns whether the order should be looked at again. */
async function applyDecision(deps: PaymentDeps, tx: Tx, item: Item, now: Date): Promise<boolean> {
  const { decision } = item;
  if (decision.kind === "ignore" || decision.kind === "review_event" || decision.kind === "settle")
    return false;
  const { row, event, parts } = item;
  const [first = null] = parts;
  if (decision.kind === "refund") {
    const step = { to: "refunded", reason: null } as const;
    if (first === null) await movePayment(tx, item, first, toldOf(event, first, true), step, now);
    for (const part of parts.filter(({ status }) => status !== "refunded")) {
      await movePayment(tx, item, part, toldOf(event, part, parts.length === 1), step, now);
      await refundPayment(tx, part, causeOf(row), now);
    }
    await expectSentBefore(tx, item, now);
    return true;
  }
  if (decision.kind === "move") {
    const step = { to: decision.to, reason: null };
    await movePayment(tx, item, first, toldOf(event, first, true), step, now);
    return true;
  }
  const rest = decision.kind === "suspend" ? restOf(item) : null;
  const paymentId = await movePayment(
    tx,
    item,
    rest === null ? first : rest.current,
    rest?.told ?? toldOf(event, first, true),
    { to: "in_review", reason: decision.reason },
    now,
  );
  deps.log.error({ payment_id: paymentId, reason: decision.reason }, "a payment needs a person");
  if (rest !== null) await suspend(tx, item, paymentId, rest.settled, now);
  return true;
}

/** Of a payment of which we never heard that it settled: its processor may have sent coins to us before it gave it back. */
async function expectSentBefore(tx: Tx, { row, event, parts }: Item, now: Date): Promise<void> {
  if (parts.some((part) => part.settled_amount !== null)) return;
  const settled = settledOf(event);
  const sent = settled && {
    settled: { asset: settled.asset.id, amount: settled.amount },
    settledAt: event.updatedAt ?? now,
    settlementHash: event.settlementHash,
  };
  await lookForRefunded(tx, paymentIdOf(row.processor, event.externalId, 0), sent, now);
}

const movePayment = (
  tx: Tx,
  { row, event, parts, orderId }: Item,
  current: Payment | null,
  { part, facts, paidUsdMicros }: PartTold,
  step: { to: Exclude<Payment["status"], "reversed">; reason: string | null },
  now: Date,
): Promise<string> =>
  recordPayment(
    tx,
    {
      processor: row.processor,
      externalId: event.externalId,
      part,
      parentExternalId: event.parentExternalId ?? parts[0]?.parent_external_id ?? null,
      orderId,
      facts,
      paidUsdMicros,
    },
    current,
    { ...step, cause: causeOf(row), now },
  );

const suspend = (
  tx: Tx,
  { row, event }: Item,
  paymentId: string,
  settled: Settled,
  now: Date,
): Promise<void> =>
  suspendPayment(tx, {
    paymentId,
    processor: row.processor,
    settled: { asset: settled.asset.id, amount: settled.amount },
    settledAt: event.updatedAt ?? now,
    settlementHash: event.settlementHash,
    inCustody: event.inCustody,
  });

/** What earlier events of a payment waited for is answered once the payment leaves its review. */
async function closeEvents(tx: Tx, items: readonly Item[]): Promise<void> {
  for (const { parts, decision } of items)
    if (decision.kind === "settle" || decision.kind === "refund")
      for (const part of parts) if (part.status === "in_review") await closeEventsOf(tx, part.id);
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
  for (const item of items) {
    const { row, orderId, decision } = item;
    deps.log.info(
      {
        correlation_id: orderId,
        event_id: row.id,
        payment_id: idOf(item),
        decision: decision.kind,
        outcome: resultOf(decision).outcome,
      },
      "payment event processed",
    );
  }
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
