import { inTransaction, sql, type Db } from "../database/index.ts";
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

export interface StoredEvent {
  readonly id: number;
  readonly processor: string;
  readonly source: string;
  readonly received_at: Date;
  readonly deliveries: number;
  readonly status: string;
  readonly outcome: string | null;
  readonly payment_id: string | null;
}

/** A page of inbound events, newest first, optionally of one status. Bodies are left out: they name customers. */
export async function listEvents(
  db: Db,
  page: { before: number | null; limit: number; status: string | null },
): Promise<StoredEvent[]> {
  const { rows } = await sql<StoredEvent>`
    select id, processor, source, received_at, deliveries, status, outcome, payment_id from processor_event
    where (${page.before}::bigint is null or id < ${page.before}) and (${page.status}::text is null or status = ${page.status})
    order by id desc limit ${page.limit}`.execute(db);
  return rows;
}
