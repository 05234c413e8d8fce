import { sql, type Db, type RawBuilder } from "../database/index.ts";
import type { DomainError } from "../errors.ts";
import type { Money } from "../money/index.ts";
import {
  defineDesk,
  mostOfAKind,
  unknownItem,
  type DeskAction,
  type RoomDesk,
  type WaitOwner,
} from "../desk-port/index.ts";
import { waitingStatuses, type Watched } from "./watched.ts";

interface Waiting {
  readonly id: string;
  readonly status: string;
  readonly since: Date;
  readonly shown_from: Date;
}

export interface WaitingDeskPlan<Row> {
  readonly db: Db;
  readonly watched: Watched;
  /** SQL: further columns of a row, beside those of its table. */
  readonly more?: RawBuilder<unknown>;
  /** What its actions hang on beyond its row, where that is more than a column. */
  readonly complete?: (row: Row) => Promise<Row>;
  /** When a row came into its status. */
  readonly since?: "created_at" | "updated_at";
  readonly inSuspense?: RawBuilder<unknown>;
  readonly actions: Readonly<Record<string, DeskAction<Row>>>;
  show(row: Row): {
    /** Our word for why it waits; null: its status says it, or its deadline. */
    readonly reason: string | null;
    /** What was said about it, for people. */
    readonly said?: string | null;
    readonly money?: Money | null;
    readonly usdMicros?: bigint | null;
    readonly partOf?: string | null;
  };
  /** Where the room has a word of its own for what is not there. */
  readonly unknown?: (id: string) => DomainError;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The desk of things that wait in a status: it shows what a person owns, and whatever passed its deadline. */
export function waitingDesk<Row extends object>(plan: WaitingDeskPlan<Row>): RoomDesk {
  const { db, watched, actions } = plan;
  const { thing, table } = watched;
  const deadline = sql.raw(watched.deadline);
  const select = sql`
    select ${sql.table(table)}.*, ${sql.ref(`${table}.${plan.since ?? "updated_at"}`)} as since, ${deadline} as shown_from
      ${plan.more === undefined ? sql`` : sql`, ${plan.more}`}
    from ${sql.table(table)}`;
  const completed = async (row: Row & Waiting): Promise<Row & Waiting> =>
    plan.complete ? { ...row, ...(await plan.complete(row)) } : row;
  return defineDesk<Row & Waiting>({
    thing,
    actions,
    ...(plan.inSuspense && { inSuspense: plan.inSuspense }),
    async find({ now }) {
      const { rows } = await sql<Row & Waiting>`${select}
        where status = any(${waitingStatuses(watched)}::text[]) and not (${sql.raw(watched.resting)})
          and (status = any(${waitingStatuses(watched, "operator")}::text[]) or ${deadline} <= ${now})
        order by since limit ${mostOfAKind}`.execute(db);
      const found: (Row & Waiting)[] = [];
      for (const row of rows) found.push(await completed(row));
      return found;
    },
    show(row, now) {
      const { reason, said, money, usdMicros, partOf } = plan.show(row);
      const wait = watched.waits[row.status];
      const owner: WaitOwner = wait?.owner ?? "operator";
      return {
        id: row.id,
        status: row.status,
        reason: reason ?? (row.shown_from <= now ? "deadline_passed" : row.status),
        said: said ?? null,
        since: row.since,
        owner,
        // A person's time counts from when it became theirs.
        deadlineAt:
          owner === "operator" ? new Date(row.since.getTime() + (wait?.deadlineMs ?? 0)) : row.shown_from,
        money: money ? [money] : [],
        usdMicros: usdMicros ?? null,
        partOf: partOf ?? null,
      };
    },
    async look(id) {
      if (!uuid.test(id)) throw unknownItem(thing, id);
      const { rows } = await sql<Row & Waiting>`${select} where id = ${id}`.execute(db);
      if (rows[0] === undefined) throw plan.unknown?.(id) ?? unknownItem(thing, id);
      return completed(rows[0]);
    },
  });
}
