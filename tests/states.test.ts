import { afterAll, describe, expect, test } from "vitest";
import { sql, type Database } from "../src/database/index.ts";
import { lives } from "../src/engine/index.ts";
import type { Life } from "../src/lifecycle/index.ts";
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

/** What the database itself calls at rest: the statuses that its watch constraint lets off. */
async function restingInDatabase(table: string): Promise<string[]> {
  const { rows } = await sql<{ definition: string }>`
    select pg_get_constraintdef(oid) as definition from pg_constraint
    where conrelid = ${table}::regclass and conname = 'watched_while_live'`.execute((await database()).db);
  expect(rows).toHaveLength(1);
  expect(rows[0]!.definition).toContain("next_check_at IS NOT NULL");
  const statuses = rows[0]!.definition.match(/status = ANY \(ARRAY\[(.*?)\]\)/)?.[1] ?? "";
  return [...statuses.matchAll(/'([a-z_]+)'/g)].map((match) => match[1]!);
}

/** Statuses that may still change and in which nobody owes anything: each is meant, like a dead end. */
const atRest = new Map([
  ["pay_order", ["paid", "expired", "cancelled"]],
  ["payment", ["expired", "rejected", "refunded"]],
  ["deposit", ["ignored", "refunded", "reversed"]],
  ["payment_claim", ["accepted", "rejected"]],
  ["processor_event", ["processed", "ignored"]],
  ["earning", ["available", "paid", "reversed"]],
  ["payout_attempt", ["failed"]],
  ["authorisation", ["granted"]],
]);

/** Rows that are looked after through another row, or that come due by when they came. */
const withoutOwnCheck = new Set(["earning", "payout_attempt", "processor_event"]);

const things: readonly Life[] = lives;

describe.each(things)("$title", ({ table, starts, next, ends, waits, statuses: declared, watched }) => {
  const statuses = Object.keys(next);

  test("every status can be reached", () => {
    const reached = new Set(starts);
    for (const status of reached) for (const after of next[status] ?? []) reached.add(after);
    expect([...reached].toSorted()).toEqual(statuses.toSorted());
  });

  test("every dead end is meant, and every other status can come to an end or to rest", () => {
    expect(statuses.filter((status) => next[status]!.length === 0).toSorted()).toEqual(ends.toSorted());
    const ending = new Set([...ends, ...(atRest.get(table) ?? [])]);
    for (let size = -1; size !== ending.size;) {
      size = ending.size;
      for (const status of statuses) if (next[status]!.some((after) => ending.has(after))) ending.add(status);
    }
    expect([...ending].toSorted()).toEqual(statuses.toSorted());
  });

  test("the database knows exactly these statuses", async () => {
    expect((await statusesInDatabase(table)).toSorted()).toEqual(statuses.toSorted());
  });

  test("every status says what it means", () => {
    for (const { means } of Object.values(declared)) expect(means).toMatch(/^[A-Z].*\.$/);
  });

  test("its rows have a check time of their own, or are looked after otherwise", () => {
    expect(watched).toBe(!withoutOwnCheck.has(table));
  });

  test("F68, §7 27: every status that is not at rest has an owner, a deadline and a next action", () => {
    const resting = atRest.get(table) ?? [];
    expect(statuses.filter((status) => waits[status] === undefined).toSorted()).toEqual(
      [...ends, ...resting].toSorted(),
    );
    for (const wait of Object.values(waits)) {
      expect(["system", "provider", "operator", "payer"]).toContain(wait!.owner);
      expect(wait!.deadlineMs).toBeGreaterThanOrEqual(0);
      expect(wait!.nextAction).not.toBe("");
    }
  });
});

test.each(things.filter(({ table }) => !withoutOwnCheck.has(table)))(
  "F68: the database lets no $title that waits be without a next check",
  async ({ table, next, waits }) => {
    // A settled payment is at rest once its coins are here: the constraint says so apart.
    const resting = Object.keys(next).filter((status) => waits[status] === undefined);
    expect((await restingInDatabase(table)).toSorted()).toEqual(resting.toSorted());
  },
);

test("no table of the database has a status that is told nowhere", async () => {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'status'
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`.execute((await database()).db);
  // A payee is active or paused: nothing of it is on its way.
  const told = new Set([...things.map(({ table }) => table), "payee"]);
  expect(rows.map(({ name }) => name).filter((name) => !told.has(name))).toEqual([]);
});
