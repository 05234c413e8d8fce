import { EventEmitter, once } from "node:events";
import { expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { derivedId, newId } from "../ids.ts";
import { advanceStatus, inTransaction, recordCreation, sql, type Cause } from "./index.ts";

const database = await freshDatabase();
const { db } = database;
const now = new Date("2026-03-01T10:00:00Z");
const cause: Cause = { kind: "operator", ref: "ada" };

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

async function historyOf(id: string) {
  const { rows } = await sql<{
    from_status: string | null;
    to_status: string;
    cause: Cause;
    changed_at: Date;
  }>`
    select from_status, to_status, cause, changed_at from status_change where thing_id = ${id} order by id`.execute(
    db,
  );
  return rows;
}

test("a step moves the status, writes the further columns, and leaves a line of history", async () => {
  const id = await insertConversion();
  await inTransaction(db, async (tx) => {
    await recordCreation(tx, { thing: "conversion", id, to: "claimed", cause, now });
    const set = { target_amount: 2n ** 200n, review_reason: undefined };
    await advanceStatus(tx, {
      thing: "conversion",
      id,
      from: ["claimed", "swapping"],
      to: "swapping",
      cause,
      set,
      now,
    });
  });
  const { rows } = await sql<{ status: string; target_amount: bigint }>`
    select status, target_amount from conversion where id = ${id}`.execute(db);
  expect(rows).toEqual([{ status: "swapping", target_amount: 2n ** 200n }]);
  expect(await historyOf(id)).toEqual([
    { from_status: null, to_status: "claimed", cause, changed_at: now },
    { from_status: "claimed", to_status: "swapping", cause, changed_at: now },
  ]);
});

test("of fifty that move one thing at once, one does, and the others are told", async () => {
  const id = await insertConversion();
  const step = { thing: "conversion", id, from: "claimed", to: "swapping", cause, now } as const;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, () => inTransaction(db, (tx) => advanceStatus(tx, step))),
  );
  const refusals = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(refusals).toHaveLength(49);
  expect(refusals.every(({ reason }) => reason.code === "stale_status")).toBe(true);
  expect(await historyOf(id)).toHaveLength(1);
});

test("a thing that is not there cannot move", async () => {
  const step = { thing: "payout", id: newId(), from: "requested", to: "approved", cause, now } as const;
  await expect(inTransaction(db, (tx) => advanceStatus(tx, step))).rejects.toMatchObject({
    code: "stale_status",
  });
});

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
