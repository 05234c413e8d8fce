import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { migrate, migrationsDirectory } from "../src/database/index.ts";
import { contentsOf, fillTables, freshDatabase } from "./support/index.ts";

type Row = Record<string, unknown>;

/**
 * What the newest migration is meant to do to rows that are there. Each migration replaces this: its own name, and for each
 * table whose rows it changes, what a row of before is afterwards. Every other row keeps every value.
 */
const newest: {
  name: string;
  changes: Record<string, (row: Row) => Row>;
  dropped: readonly string[];
  /** Rows that it brings along, in tables that others have rows in. */
  brings: Readonly<Record<string, readonly Row[]>>;
} = {
  name: "0050_payout_plans.sql",
  changes: {},
  dropped: [],
  brings: {},
};

/** A directory with all migrations but the newest. */
async function withoutNewest(names: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-before-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const name of names.slice(0, -1)) await cp(join(migrationsDirectory, name), join(directory, name));
  return directory;
}

test("the newest migration keeps what a database of the version before holds", async () => {
  const names = (await readdir(migrationsDirectory)).filter((name) => name.endsWith(".sql")).sort();
  expect(names.at(-1), "a new migration says here what it does to rows: see `newest`").toBe(newest.name);
  const { url, db } = await freshDatabase({ empty: true });
  await migrate(url, undefined, await withoutNewest(names));
  await fillTables(db);
  const before = await contentsOf(db);
  expect([...before].filter(([, rows]) => rows.length === 0)).toEqual([]);

  await migrate(url);

  const after = await contentsOf(db);
  for (const [table, rows] of before) {
    if (newest.dropped.includes(table)) continue;
    const change = newest.changes[table] ?? ((row: Row) => row);
    const expected = [...rows.map(change), ...(newest.brings[table] ?? [])];
    expect(after.get(table), table).toHaveLength(expected.length);
    expect(after.get(table), table).toEqual(
      expect.arrayContaining(expected.map((row) => expect.objectContaining(row))),
    );
  }
  await fillTables(db);
  expect([...(await contentsOf(db))].filter(([, rows]) => rows.length === 0)).toEqual([]);
});
