import { sql, type Tx } from "../database/index.ts";
import { minutes } from "./wait.ts";

/** Long enough that a job which is merely late is not doubled every minute. */
const graceMs = minutes(5);

/**
 * The sweepers' one rule: whatever passed its check time is looked at now, and again after a grace if that look is lost.
 * Rows that another sweeper holds are left to it.
 * @returns the ids, the longest overdue first. The caller enqueues their jobs in the same transaction.
 */
export async function takeDue(tx: Tx, table: string, now: Date, limit = 500): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with due as (
      select id, next_check_at from ${sql.table(table)} where next_check_at <= ${now}
      order by next_check_at limit ${limit} for no key update skip locked
    ), taken as (
      update ${sql.table(table)} as t set next_check_at = ${new Date(now.getTime() + graceMs)}
      from due where t.id = due.id
    )
    select id from due order by next_check_at, id`.execute(tx);
  return rows.map(({ id }) => id);
}
