import { expect, test } from "vitest";
import { conversionList } from "../src/conversions/index.ts";
import { readPage, sql, type Db, type ListOf } from "../src/database/index.ts";
import { depositList } from "../src/deposits/index.ts";
import { eventList } from "../src/intake/index.ts";
import { orderList } from "../src/orders/index.ts";
import { payeeList } from "../src/payees/index.ts";
import { paymentList } from "../src/payments/index.ts";
import { payoutList } from "../src/payouts/index.ts";
import { freshDatabase } from "./support/index.ts";

type AnyList = ListOf<Record<string, unknown>>;

const lists = [
  conversionList,
  depositList,
  eventList,
  orderList,
  payeeList,
  paymentList,
  payoutList,
] as unknown as AnyList[];

/** `table.column` of every index's first column. */
async function indexed(db: Db): Promise<Set<string>> {
  const { rows } = await sql<{ place: string }>`
    select i.indrelid::regclass || '.' || a.attname as place from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]`.execute(db);
  return new Set(rows.map(({ place }) => place));
}

/** The column that a condition compares, with its table: of a subquery, that one's. */
function comparedIn(list: AnyList, name: string, db: Db): string {
  const value = name.endsWith("_from") || name.endsWith("_to") ? new Date(0) : "x";
  const text = list.filters[name]!(value).toOperationNode();
  const { sql: words } = sql`${{ toOperationNode: () => text } as never}`.compile(db);
  const compared = [...words.matchAll(/"?(\w+)"?\."?(\w+)"? (?:=|in|>=|<) ?\(?\$/g)].at(-1);
  expect(compared, `${list.table} ${name}: ${words}`).toBeDefined();
  const [, alias, column] = compared!;
  const table = new RegExp(`from (\\w+) ${alias}\\b`).exec(words)?.[1] ?? list.table;
  return `${table}.${column}`;
}

test("whatever a list can be filtered by has an index that begins with it", async () => {
  const { db } = await freshDatabase();
  const there = await indexed(db);
  const places = lists.flatMap((list) => [
    `${list.table}.${list.cameAt}`,
    ...Object.keys(list.filters).map((name) => comparedIn(list, name, db)),
  ]);
  expect(places.length).toBeGreaterThan(45);
  expect(places.filter((place) => !there.has(place))).toEqual([]);
});

test("every filter is a statement that the database takes, alone and with all the others", async () => {
  const { db } = await freshDatabase();
  const valueOf = (name: string): unknown => {
    if (/_(from|to)$/.test(name)) return new Date(0);
    return name.endsWith("_id") && name !== "external_id" ? "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01" : "x";
  };
  for (const list of lists) {
    const all = Object.fromEntries(Object.keys(list.filters).map((name) => [name, valueOf(name)]));
    const each = Object.entries(all).map(([name, value]) => ({ [name]: value }));
    for (const filters of [{}, all, ...each])
      expect(await readPage(db, list, { filters, before: null, limit: 2 }), list.table).toEqual([]);
  }
});
