import { sql, type Db } from "../database/index.ts";
import { defineDesk, mostOfAKind, type RoomDesk, type Unlooked } from "../desk-port/index.ts";
import type { Wait } from "../lifecycle/index.ts";
import { eventLife } from "../payments/index.ts";
import { dismissEvent, refuseDismissal, replayEvent, unknownEvent } from "./replay-event.ts";

interface EventRow {
  readonly id: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly received_at: Date;
}

export const unlookedEvents: Unlooked = {
  thing: "event",
  query: (late) => sql`
    select id::text, 'waits to be processed' as problem from processor_event
    where status = 'received' and coalesce(next_check_at, received_at) < ${late}`,
};

const columns = sql`e.id::text, e.status, e.outcome, e.received_at`;
const idOf = ({ id }: EventRow): number => Number.parseInt(id, 10);

/** Events that were not processed in time, or that nobody understood. */
export const eventDesk = ({ db }: { db: Db }): RoomDesk =>
  defineDesk<EventRow>({
    thing: "event",
    async find({ now }) {
      const late = new Date(now.getTime() - eventLife.waits.received.deadlineMs);
      const { rows } = await sql<EventRow>`
        select ${columns} from processor_event e
        where (e.status = 'received' and e.received_at <= ${late})
          -- Where its payment is in review, that is the thing to decide about.
          or (e.status in ('unmatched', 'in_review')
            and not exists (select from payment p where p.id = e.payment_id and p.status = 'in_review'))
        order by e.id limit ${mostOfAKind}`.execute(db);
      return rows;
    },
    show({ id, status, outcome, received_at: since }) {
      const waits: Readonly<Record<string, Wait | undefined>> = eventLife.waits;
      const wait = waits[status];
      return {
        id,
        status,
        reason: outcome ?? "not_processed",
        since,
        owner: wait?.owner ?? "operator",
        deadlineAt: wait === undefined ? null : new Date(since.getTime() + wait.deadlineMs),
        money: [],
        usdMicros: null,
        partOf: null,
      };
    },
    async look(id) {
      const { rows } = await sql<EventRow>`
        select ${columns} from processor_event e where id::text = ${id}`.execute(db);
      if (rows[0] === undefined) throw unknownEvent(id);
      return rows[0];
    },
    actions: {
      // Nothing is booked twice, so that it harms none.
      replay: { run: (row) => replayEvent(db, idOf(row)) },
      dismiss: {
        refuse: refuseDismissal,
        run: (row, { by }) => dismissEvent(db, { eventId: idOf(row), by }),
      },
    },
  });
