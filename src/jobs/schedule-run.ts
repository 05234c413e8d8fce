import { sql, type Db, type Tx } from "../database/index.ts";

export async function recordSuccess(db: Db | Tx, task: string, at: Date): Promise<void> {
  await sql`
    insert into schedule_run (task, succeeded_at) values (${task}, ${at})
    on conflict (task) do update set succeeded_at = excluded.succeeded_at`.execute(db);
}

/** When a scheduled job last came to its end; null: never. */
export async function lastSuccessOf(db: Db | Tx, task: string): Promise<Date | null> {
  const { rows } = await sql<{ last: Date }>`
    select succeeded_at as last from schedule_run where task = ${task}`.execute(db);
  return rows[0]?.last ?? null;
}
