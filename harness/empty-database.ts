import { sql, type Db } from "../src/database/index.ts";

/** Takes everything out of the database of a world that is gone. The next migration makes its tables anew. */
export async function emptyDatabase(db: Db): Promise<void> {
  const { rows } = await sql<{ schema: string }>`
    select nspname as schema from pg_namespace
    where nspname <> 'information_schema' and not starts_with(nspname, 'pg_')`.execute(db);
  for (const { schema } of rows) await sql`drop schema ${sql.id(schema)} cascade`.execute(db);
  await sql`create schema public`.execute(db);
}
