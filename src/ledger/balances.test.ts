import { beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { sql, type Database } from "../database/index.ts";
import { newId } from "../ids.ts";
import {
  accounts,
  balanceAt,
  balanceOf,
  foldLedger,
  postEntry,
  statement,
  type StatementCursor,
} from "./index.ts";

const asset = "ethereum:USDT";
let database: Database;

beforeAll(async () => {
  database = await freshDatabase();
});

async function post(debit: string, credit: string, amount: bigint): Promise<Date> {
  const id = newId();
  const happenedAt = new Date("2026-03-01T12:00:00Z");
  await postEntry(database.db, {
    id,
    reason: "test",
    happenedAt,
    postings: [{ debit, credit, money: { asset, amount } }],
  });
  const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at from pg_sleep(0.002)`.execute(
    database.db,
  );
  return rows[0]!.at; // later than posted_at by more than the millisecond that a Date cuts off
}

describe("a balance", () => {
  test("at a past time is what the book said then, on either side and folded or not", async () => {
    const payee = accounts.payee(newId(), "pending");
    const wallet = accounts.wallet("ethereum", newId());
    const at1 = await post(wallet, payee, 100n);
    const at2 = await post(payee, wallet, 30n);
    const at3 = await post(wallet, payee, 5n);
    await foldLedger(database.db);
    for (const path of [payee, wallet]) {
      const past = await Promise.all([at1, at2, at3].map((at) => balanceAt(database.db, path, asset, at)));
      expect(past).toEqual([100n, 70n, 75n]);
      expect(await balanceAt(database.db, path, asset, new Date("2020-01-01T00:00:00Z"))).toBe(0n);
      expect(await balanceOf(database.db, path, asset)).toBe(75n);
    }
  });

  test("of an account never used is zero, and of a path off the chart is our bug", async () => {
    expect(await balanceOf(database.db, accounts.payee(newId(), "held"), asset)).toBe(0n);
    expect(await balanceOf(database.db, accounts.bank("flutterwave"), asset)).toBe(0n);
    await expect(balanceOf(database.db, "payee:1:savings", asset)).rejects.toMatchObject({
      code: "unknown_account",
    });
  });

  test("does not change when movements are folded", async () => {
    const wallet = accounts.wallet("ethereum", newId());
    for (const amount of [1n, 2n, 4n]) await post(wallet, accounts.platform("funding"), amount);
    expect(await balanceOf(database.db, wallet, asset)).toBe(7n);
    expect(await foldLedger(database.db)).toBeGreaterThanOrEqual(3);
    expect(await balanceOf(database.db, wallet, asset)).toBe(7n);
    expect(await foldLedger(database.db)).toBe(0);
  });
});

test("a statement pages through every movement once, newest first", async () => {
  const payee = accounts.payee(newId(), "pending");
  await postEntry(database.db, {
    id: newId(),
    reason: "test",
    happenedAt: new Date("2026-03-01T12:00:00Z"),
    postings: [1n, 2n, 3n].map((amount) => ({
      debit: accounts.platform("funding"),
      credit: payee,
      money: { asset, amount },
    })),
  });
  await post(accounts.platform("fx"), payee, 10n);
  await post(payee, accounts.platform("fees"), 4n);
  const seen: [bigint, string][] = [];
  let after: StatementCursor | null = null;
  do {
    const page: Awaited<ReturnType<typeof statement>> = await statement(
      database.db,
      { path: payee, asset },
      { limit: 2, ...(after && { after }) },
    );
    seen.push(...page.lines.map(({ amount, otherPath }): [bigint, string] => [amount, otherPath]));
    after = page.next;
  } while (after);
  expect(seen).toEqual([
    [-4n, "platform:fees"],
    [10n, "platform:fx"],
    ...[1n, 2n, 3n].map((amount) => [amount, "platform:funding"]),
  ]);
});
