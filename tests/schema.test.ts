import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { renderSchema } from "../scripts/dump-schema.ts";
import { sql } from "../src/database/index.ts";
import { freshDatabase } from "./support/index.ts";

const schema = fileURLToPath(new URL("../db/schema.sql", import.meta.url));

test("db/schema.sql is what the migrations add up to. Stale: npx tsx scripts/dump-schema.ts", async () => {
  const { db } = await freshDatabase();
  expect(readFileSync(schema, "utf8").replaceAll("\r\n", "\n")).toBe(await renderSchema(db));
});

test("every table, index, trigger, function and domain says why it is there: comment on …", async () => {
  const { db } = await freshDatabase();
  const { rows } = await sql<{ silent: string }>`
    select 'table ' || relname as silent from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' and obj_description(oid, 'pg_class') is null
    union all
    select 'index ' || indexrelid::regclass from pg_index join pg_class t on t.oid = indrelid
      where t.relnamespace = 'public'::regnamespace and obj_description(indexrelid, 'pg_class') is null
        and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
    union all
    select format('trigger %s on %s', tgname, tgrelid::regclass) from pg_trigger join pg_class t on t.oid = tgrelid
      where t.relnamespace = 'public'::regnamespace and not tgisinternal and obj_description(pg_trigger.oid, 'pg_trigger') is null
    union all
    select 'function ' || oid::regprocedure from pg_proc
      where pronamespace = 'public'::regnamespace and obj_description(oid, 'pg_proc') is null
    union all
    select 'domain ' || typname from pg_type
      where typnamespace = 'public'::regnamespace and typtype = 'd' and obj_description(oid, 'pg_type') is null`.execute(
    db,
  );
  expect(rows).toEqual([]);
});
