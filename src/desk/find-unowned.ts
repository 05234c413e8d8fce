import { sql, type Db, type RawBuilder } from "../database/index.ts";
import { waitingStatuses } from "../lifecycle/index.ts";
import type { Overseen } from "./desk.ts";
import { findOrphans } from "./find-orphans.ts";

/** A row that waits and that nobody looks after. */
export interface Unowned {
  readonly thing: string;
  readonly id: string;
  readonly problem: string;
}

/**
 * Everything that is not at rest and has no next check, no deadline or no owner, or whose check time passed by more than
 * `lateMs`: the sweepers would have looked by then. Empty when nothing is forgotten.
 */
export async function findUnowned(
  { db, desk }: { db: Db; desk: Overseen },
  now: Date,
  { lateMs }: { lateMs: number },
): Promise<Unowned[]> {
  const late: RawBuilder<Date> = sql`${new Date(now.getTime() - lateMs)}::timestamptz`;
  const waiting = desk.watched.map((kind) => {
    const { thing, table, resting, deadline } = kind;
    const problem = sql`case
        when next_check_at is null then 'no next check' when ${sql.raw(deadline)} is null then 'no deadline'
        when next_check_at < ${late} then 'its check time passed' end`;
    return sql`
      select ${thing}::text as thing, id::text, ${problem} as problem from ${sql.table(table)}
      where status = any(${waitingStatuses(kind)}::text[]) and not (${sql.raw(resting)}) and ${problem} is not null`;
  });
  const others = desk.unlooked.map(
    ({ thing, query }) => sql`select ${thing}::text as thing, o.id, o.problem from (${query(late)}) as o`,
  );
  const parts = [...waiting, ...others];
  const { rows } = await sql<Unowned>`${sql.join(parts, sql` union all `)} limit 1000`.execute(db);
  const orphans = await findOrphans({ db, desk }, now);
  return [...rows, ...orphans.map(({ kind, thing, id }) => ({ thing, id, problem: kind }))];
}
