import { sql } from "kysely";
import type { Db } from "../database/index.ts";
import { defineDesk, mostOfAKind, type RoomDesk } from "../desk-port/index.ts";

import { endDeadLetter, listDeadLetters, unknownDeadLetter, type DeadLetter } from "./dead-letter.ts";

const dayMs = 24 * 3_600_000;

/** Jobs that used up their attempts. */
export const deadLetterDesk = ({ db }: { db: Db }): RoomDesk =>
  defineDesk<DeadLetter>({
    thing: "dead_letter",
    find: () => listDeadLetters(db, mostOfAKind),
    show: ({ id, task, error, failed_at: since }) => ({
      id,
      status: task,
      reason: error.slice(0, 200),
      since,
      owner: "operator",
      deadlineAt: new Date(since.getTime() + dayMs),
      money: [],
      usdMicros: null,
      partOf: null,
    }),
    async look(id) {
      const { rows } = await sql<DeadLetter>`
        select id::text, task, error, failed_at from job_dead_letter where id::text = ${id}`.execute(db);
      if (rows[0] === undefined) throw unknownDeadLetter(id);
      return rows[0];
    },
    actions: {
      retry: { run: ({ id }) => endDeadLetter(db, id, "retry") },
      dismiss: { run: ({ id }) => endDeadLetter(db, id, "dismiss") },
    },
  });
