import { sql, type Db } from "../database/index.ts";
import { findOrphans } from "./find-orphans.ts";
import { waitingStatuses, watched } from "./watched.ts";

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
export async function findUnowned(db: Db, now: Date, { lateMs }: { lateMs: number }): Promise<Unowned[]> {
  const late = sql`${new Date(now.getTime() - lateMs)}::timestamptz`;
  const parts = watched.map((kind) => {
    const { thing, table, resting = "false", deadline } = kind;
    const problem = sql`case
        when next_check_at is null then 'no next check' when ${sql.raw(deadline)} is null then 'no deadline'
        when next_check_at < ${late} then 'its check time passed' end`;
    return sql`
      select ${thing}::text as thing, id::text, ${problem} as problem from ${sql.table(table)}
      where status = any(${waitingStatuses(kind)}::text[]) and not (${sql.raw(resting)}) and ${problem} is not null`;
  });
  const { rows } = await sql<Unowned>`
    ${sql.join(parts, sql` union all `)}
    union all
    select 'event', id::text, 'waits to be processed' from processor_event
    where status = 'received' and coalesce(next_check_at, received_at) < ${late}
    union all
    select 'order', id::text, 'its checkout page is asked for no more' from pay_order
    where checkout_status = 'pending' and expires_at < ${late}
    limit 1000`.execute(db);
  const orphans = await findOrphans(db, now);
  return [...rows, ...orphans.map(({ kind, thing, id }) => ({ thing, id, problem: kind }))];
}
