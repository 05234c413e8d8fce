import { EventEmitter, once } from "node:events";
import { expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { derivedId, newId } from "../ids.ts";
import { inTransaction, rowArrays, sql } from "./index.ts";

const database = await freshDatabase();
const { db } = database;
const now = new Date("2026-03-01T10:00:00Z");

async function insertConversion(): Promise<string> {
  const id = newId();
  await sql`
    insert into conversion (id, source_asset, source_amount, target_asset, weights, status, trigger_reason,
      settings_version, created_at, updated_at)
    values (${id}, ${"ethereum:" + derivedId(id)}, 5, 'ethereum:USDT', 'source_amount', 'claimed', 'age', 1, ${now}, ${now})`.execute(
    db,
  );
  return id;
}

const touch = (id: string) => sql`update conversion set source_amount = source_amount + 1 where id = ${id}`;

test("two transactions that lock each other out both succeed in the end", async () => {
  const [first, second] = [await insertConversion(), await insertConversion()];
  let arrived = 0;
  const meeting = new EventEmitter();
  const both = once(meeting, "both");
  const run = (ids: string[]) =>
    inTransaction(db, async (tx) => {
      await touch(ids[0]!).execute(tx);
      if (++arrived === 2) meeting.emit("both");
      await both;
      await touch(ids[1]!).execute(tx);
    });
  await Promise.all([run([first, second]), run([second, first])]);
  const { rows } = await sql<{ source_amount: bigint }>`
    select source_amount from conversion where id in (${first}, ${second})`.execute(db);
  expect(rows.map((row) => row.source_amount)).toEqual([7n, 7n]);
});

test("numbers arrive exactly: numeric as bigint, int8 as a safe number or an error", async () => {
  const { rows } = await sql`
    select 340282366920938463463374607431768211456::numeric as wei, 42::int8 as count,
      array[1, null, 115792089237316195423570985008687907854]::numeric[] as many, date '2026-02-01' as day`.execute(
    db,
  );
  expect(rows).toEqual([
    {
      wei: 2n ** 128n,
      count: 42,
      many: [1n, null, 115792089237316195423570985008687907854n],
      day: "2026-02-01",
    },
  ]);
  await expect(sql`select 9007199254740993::int8`.execute(db)).rejects.toThrow(/does not fit/);
});

test("many values reach the database as they are, whatever is in them", async () => {
  const texts = [
    "plain",
    "",
    "NULL",
    'a "quoted" word',
    "back\\slash",
    "a,b",
    "{c}",
    " d\n\te ",
    "\\x00ff",
    "é🪙",
    "'; drop",
  ];
  const types = {
    t: "text",
    n: "numeric",
    at: "timestamptz",
    yes: "boolean",
    doc: "jsonb",
    whole: "integer",
  };
  const rows = texts.map((t, whole) => ({
    t,
    n: 2n ** 200n - BigInt(whole),
    at: now,
    yes: whole % 2 === 0,
    doc: JSON.stringify({ t }),
    whole,
  }));
  const given = [...rows, { t: null, whole: rows.length }];
  const { rows: back } = await sql`select * from ${rowArrays("given", types, given)} order by whole`.execute(
    db,
  );
  const empty = { n: null, at: null, yes: null, doc: null };
  expect(back).toEqual([
    ...rows.map((row) => ({ ...row, doc: { t: row.t } })),
    { ...given.at(-1), ...empty },
  ]);

  const arrays = [texts, texts.slice(0, 3), [...texts, null], []];
  for (const array of arrays)
    expect((await sql`select ${array}::text[] as back`.execute(db)).rows).toEqual([{ back: array }]);
  const { rows: numbers } = await sql`select ${[1, -2, 3.5]}::float8[] as back`.execute(db);
  expect(numbers).toEqual([{ back: [1, -2, 3.5] }]);
});
