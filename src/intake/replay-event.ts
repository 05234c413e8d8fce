import {
  equals,
  from,
  inTransaction,
  readPage,
  sql,
  until,
  type Db,
  type ListOf,
  type PageOf,
} from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { enqueue } from "../jobs/index.ts";
import { intakeTasks } from "./tasks.ts";

/**
 * Has a stored event processed again. Harmless for one that was processed before: nothing is booked twice.
 * @throws {DomainError} `unknown_event`
 */
export async function replayEvent(db: Db, eventId: number): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { rows } = await sql`
      update processor_event set status = 'received', attempts = 0, next_check_at = null where id = ${eventId} returning id`.execute(
      tx,
    );
    if (rows.length === 0) throw unknownEvent(eventId);
    await enqueue(tx, intakeTasks.processEvents, {});
  });
}

/**
 * Takes an event out of review without acting on it: it is kept, and can be replayed. Money it told of stays where it is.
 * @throws {DomainError} `unknown_event`, `event_not_in_review`
 */
export async function dismissEvent(db: Db, { eventId, by }: { eventId: number; by: string }): Promise<void> {
  const { rows } = await sql<{ status: string; moved: boolean }>`
    with moved as (
      update processor_event set status = 'ignored', outcome = ${`dismissed by ${by}`}
      where id = ${eventId} and status = 'in_review' returning id
    )
    select status, exists (select from moved) as moved from processor_event where id = ${eventId}`.execute(
    db,
  );
  if (rows[0] === undefined) throw unknownEvent(eventId);
  if (!rows[0].moved) throw notInReview({ id: eventId, status: rows[0].status });
}

export const unknownEvent = (id: number | string): DomainError =>
  new DomainError("unknown_event", `There is no event ${id}. List events with their ids first.`);

interface Judged {
  readonly id: number | string;
  readonly status: string;
}

/** An unmatched event's money is decided about, not the event. */
export const refuseDismissal = (event: Judged): DomainError | null =>
  event.status === "in_review" ? null : notInReview(event);

const notInReview = ({ id, status }: Judged): DomainError =>
  new DomainError(
    "event_not_in_review",
    `Event ${id} is ${status}: there is nothing to dismiss. Read the recovery desk again.`,
  );

export const eventStatuses = ["received", "processed", "ignored", "unmatched", "in_review"] as const;
/** How an event came: told to us, found by listing, or found by asking for one payment. */
export const eventSources = ["webhook", "backfill", "poll"] as const;

export interface StoredEvent {
  readonly id: number;
  readonly processor: string;
  readonly source: (typeof eventSources)[number];
  readonly received_at: Date;
  readonly deliveries: number;
  readonly status: (typeof eventStatuses)[number];
  readonly outcome: string | null;
  readonly payment_id: string | null;
}

export type EventFilters = {
  readonly status?: string | undefined;
  readonly payment_id?: string | undefined;
  readonly received_from?: Date | undefined;
  readonly received_to?: Date | undefined;
};

/** Inbound events, and what they may be narrowed by. Bodies are left out: they name customers. */
export const eventList: ListOf<EventFilters> = {
  table: "processor_event",
  cameAt: "id", // several come in one moment, and are told of in the order in which they were stored
  columns: sql`t.id, t.processor, t.source, t.received_at, t.deliveries, t.status, t.outcome, t.payment_id`,
  filters: {
    status: equals("status"),
    payment_id: equals("payment_id"),
    received_from: from("received_at"),
    received_to: until("received_at"),
  },
};

/** A page, newest first. */
export const listEvents = (db: Db, page: PageOf<EventFilters>): Promise<StoredEvent[]> =>
  readPage(db, eventList, page);

/** @throws {DomainError} `unknown_event` */
export async function getEvent(db: Db, id: number): Promise<StoredEvent> {
  const { rows } =
    await sql<StoredEvent>`select ${eventList.columns} from processor_event t where t.id = ${id}`.execute(db);
  const [event] = rows;
  if (!event) throw unknownEvent(id);
  return event;
}
