import { afterAll, describe, expect, test } from "vitest";
import { stateTables } from "../scripts/generate-states.ts";
import { sql, type Database } from "../src/database/index.ts";
import { freshDatabase } from "./support/index.ts";

let opened: Promise<Database> | undefined;
const database = (): Promise<Database> => (opened ??= freshDatabase({ max: 2 }));
afterAll(async () => (await opened)?.close());

/** The statuses that the database accepts, read from the column's own check constraint. */
async function statusesInDatabase(table: string): Promise<string[]> {
  const { rows } = await sql<{ definition: string }>`
    select pg_get_constraintdef(c.oid) as definition from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attname = 'status'
    where c.conrelid = ${table}::regclass and c.contype = 'c' and c.conkey = array[a.attnum]
      and pg_get_constraintdef(c.oid) like '%ARRAY[%'`.execute((await database()).db);
  expect(rows).toHaveLength(1);
  return [...rows[0]!.definition.matchAll(/'([a-z_]+)'/g)].map((match) => match[1]!);
}

describe.each(stateTables)("$thing", ({ table, starts, next, ends, texts }) => {
  const statuses = Object.keys(next);

  test("every status can be reached", () => {
    const reached = new Set(starts);
    for (const status of reached) for (const after of next[status] ?? []) reached.add(after);
    expect([...reached].toSorted()).toEqual(statuses.toSorted());
  });

  test("every dead end is meant, and every other status can come to an end", () => {
    expect(statuses.filter((status) => next[status]!.length === 0).toSorted()).toEqual(ends.toSorted());
    const ending = new Set(ends);
    for (let size = -1; size !== ending.size;) {
      size = ending.size;
      for (const status of statuses) if (next[status]!.some((after) => ending.has(after))) ending.add(status);
    }
    expect([...ending].toSorted()).toEqual(statuses.toSorted());
  });

  test("the database knows exactly these statuses", async () => {
    expect((await statusesInDatabase(table)).toSorted()).toEqual(statuses.toSorted());
  });

  test("every status says what it means and whose turn it is", () => {
    expect(Object.keys(texts).toSorted()).toEqual(statuses.toSorted());
  });
});

test("no table of the database has a status that is told nowhere", async () => {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'status'
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`.execute((await database()).db);
  // A payee is active or paused, and an inbound event is processed or waits: neither holds money on its way.
  const told = new Set([...stateTables.map(({ table }) => table), "payee", "processor_event"]);
  expect(rows.map(({ name }) => name).filter((name) => !told.has(name))).toEqual([]);
});
