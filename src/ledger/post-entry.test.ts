import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { inTransaction, sql, type Database } from "../database/index.ts";
import { derivedId, newId } from "../ids.ts";
import {
  accounts,
  balanceOf,
  EntryConflict,
  foldLedger,
  InsufficientFunds,
  postEntries,
  postEntry,
  verifyLedger,
  type JournalEntry,
} from "./index.ts";
import { outcomeOf, play } from "./testing/play.ts";

const asset = "ethereum:USDT";
const happenedAt = new Date("2026-03-01T12:00:00Z");
let database: Database;

beforeAll(async () => {
  database = await freshDatabase({ max: 25 });
});

function move(debit: string, credit: string, amount: bigint, id = newId()): JournalEntry {
  return { id, reason: "test", happenedAt, postings: [{ debit, credit, money: { asset, amount } }] };
}
const funded = async (path: string, amount: bigint): Promise<void> => {
  await postEntry(database.db, move(accounts.platform("funding"), path, amount));
};

async function expectPlay(table: string): Promise<void> {
  const { expected, actual } = await play(database.db, table);
  expect(actual).toEqual(expected);
}

describe("an entry", () => {
  /** A held withdrawal is settled or released, never both, and never beyond its hold. */
  test("withdrawal: hold, settle, and what must be refused", () =>
    expectPlay(
      `
      account  wallet     wallet:ethereum:#
      account  available  payee:#:available
      account  held       payee:#:held
      post E1  wallet    → available  100 USDT  is posted
      post E2  available → held        60 USDT  is posted
      post E3  available → held        60 USDT  is insufficient_funds  -- 40 left
      post E4  held      → wallet      60 USDT  is posted
      post E4  held      → wallet      60 USDT  is exists              -- the job ran twice
      post E4  held      → wallet      61 USDT  is entry_conflict      -- same id, other content
      post E5  held      → available   60 USDT  is insufficient_funds  -- nothing left to release
      post E6  held      → nowhere     60 USDT  is unknown_account
      balance  available 40 USDT
      balance  held       0 USDT
      balance  wallet    40 USDT
    `.replace("account  held", "account  nowhere  nowhere:#\n      account  held"),
    ));

  test("payment settled, its coins seen, and gas paid: shared accounts never pass zero either", () =>
    expectPlay(`
      account  nowpayments  processor:nowpayments
      account  wallet       wallet:ethereum:#
      account  alice        payee:#:pending
      account  bob          payee:#b:pending
      account  fees         platform:fees
      account  costs        platform:network_costs
      post P1  nowpayments → alice 600 USDC and nowpayments → bob 370 USDC and nowpayments → fees 30 USDC  is posted
      post C1  wallet → nowpayments  1000 USDC  is posted
      post C2  wallet → nowpayments     1 USDC  is insufficient_funds  -- it never owed us that
      post G1  costs  → wallet       1001 USDC  is insufficient_funds
      post G2  costs  → wallet         10 USDC  is posted
      balance  alice       600 USDC
      balance  bob         370 USDC
      balance  fees         30 USDC
      balance  costs       -10 USDC
      balance  nowpayments   0 USDC
      balance  wallet      990 USDC
    `));

  test("a refund beyond what is left becomes a debt to us, which cannot be forgiven twice", () =>
    expectPlay(`
      account  wallet       wallet:ethereum:#
      account  pending      payee:#:pending
      account  recoverable  payee:#:recoverable
      post E1  wallet  → pending      40 USDT  is posted
      post E2  pending → wallet       40 USDT and recoverable → wallet 60 USDT  is insufficient_funds
      post E3  wallet  → pending      60 USDT  is posted
      post E4  recoverable → wallet   60 USDT  is posted
      post E5  pending → recoverable  61 USDT  is insufficient_funds
      post E6  pending → recoverable  60 USDT  is posted
      balance  recoverable 0 USDT
      balance  pending    40 USDT
    `));

  test("one asset never pays for another", () =>
    expectPlay(`
      account  wallet  wallet:ethereum:#
      account  held    payee:#:held
      post E1  wallet → held    100 USDT  is posted
      post E2  held   → wallet  100 USDC  is insufficient_funds
      balance  held 100 USDT
      balance  held   0 USDC
    `));

  test("a refused entry leaves nothing behind and its id free", async () => {
    const pending = accounts.payee(newId(), "pending");
    const entry = move(pending, accounts.platform("fees"), 5n);
    expect(await outcomeOf(database.db, entry)).toBe("insufficient_funds");
    await funded(pending, 5n);
    expect(await outcomeOf(database.db, entry)).toBe("posted");
  });

  test.each([
    [
      "nothing moved",
      [{ debit: "platform:fees", credit: "platform:fx", money: { asset, amount: 0n } }],
      "posting_not_positive",
    ],
    [
      "less than nothing",
      [{ debit: "platform:fees", credit: "platform:fx", money: { asset, amount: -1n } }],
      "posting_not_positive",
    ],
    [
      "one account twice",
      [{ debit: "platform:fees", credit: "platform:fees", money: { asset, amount: 1n } }],
      "posting_to_itself",
    ],
    ["no posting", [], "empty_entry"],
  ])("is refused with %s", async (_what, postings, code) => {
    await expect(
      postEntry(database.db, { id: newId(), reason: "test", happenedAt, postings }),
    ).rejects.toMatchObject({ code });
  });

  test("is reversed once at most", async () => {
    const original = move(accounts.platform("funding"), accounts.platform("fx"), 9n);
    const reversal = () => ({
      ...move(accounts.platform("fx"), accounts.platform("funding"), 9n),
      reverses: original.id,
    });
    await expect(postEntry(database.db, reversal())).rejects.toMatchObject({ code: "unknown_entry" });
    await postEntry(database.db, original);
    expect(await postEntry(database.db, reversal())).toBe("posted");
    await expect(postEntry(database.db, reversal())).rejects.toMatchObject({ code: "already_reversed" });
  });

  test("F65: amounts up to 10^60 survive to the last unit", async () => {
    const pending = accounts.payee(newId(), "pending");
    const huge = 10n ** 60n + 1n;
    await funded(pending, huge);
    await funded(pending, huge);
    expect(await balanceOf(database.db, pending, asset)).toBe(2n * huge);
  });
});

describe("several entries in one call", () => {
  test("are posted all or none, and balances are checked after the last", async () => {
    const [first, second] = [accounts.payee(newId(), "pending"), accounts.payee(newId(), "pending")];
    const spend = move(first, second, 10n);
    const earn = move(accounts.platform("funding"), first, 10n);
    await expect(postEntries(database.db, [spend, move(first, second, 1n), earn])).rejects.toThrow(
      InsufficientFunds,
    );
    expect(await balanceOf(database.db, second, asset)).toBe(0n);
    expect(await postEntries(database.db, [spend, earn])).toEqual(["posted", "posted"]);
    expect(await balanceOf(database.db, second, asset)).toBe(10n);
  });

  test("tell apart what was there, what is new and what is given twice", async () => {
    const path = accounts.payee(newId(), "pending");
    const [a, b, c] = [1n, 2n, 4n].map((amount) => move(accounts.platform("funding"), path, amount));
    await postEntry(database.db, b!);
    expect(await postEntries(database.db, [a!, b!, c!, a!])).toEqual([
      "posted",
      "exists",
      "posted",
      "exists",
    ]);
    expect(await postEntries(database.db, [c!, a!])).toEqual(["exists", "exists"]);
    expect(await balanceOf(database.db, path, asset)).toBe(7n);
    const other = move(accounts.platform("funding"), path, 5n, a!.id);
    await expect(postEntries(database.db, [c!, other])).rejects.toThrow(EntryConflict);
    await expect(
      postEntries(database.db, [move("platform:fx", path, 5n, newId()), c!, other]),
    ).rejects.toThrow(EntryConflict);
    const fresh = move(accounts.platform("funding"), path, 5n);
    await expect(postEntries(database.db, [fresh, { ...fresh, reason: "other" }])).rejects.toThrow(
      EntryConflict,
    );
    expect(await postEntries(database.db, [])).toEqual([]);
  });

  test("keep the lines of each entry, forty thousand in one of them", async () => {
    const conversion = accounts.conversion(newId());
    const many = Array.from({ length: 40_000 }, () => ({
      debit: accounts.platform("funding"),
      credit: conversion,
      money: { asset, amount: 1n },
    }));
    const entries = [
      move("platform:fx", conversion, 7n),
      { ...move("platform:fx", conversion, 7n), postings: many },
    ];
    await postEntries(database.db, entries);
    expect(await balanceOf(database.db, conversion, asset)).toBe(40_007n);
    const { rows } = await sql<{ lines: number; last: number }>`
      select count(*) as lines, max(line) as last from posting where entry_id = any(${entries.map(({ id }) => id)}::uuid[])
      group by entry_id order by 1`.execute(database.db);
    expect(rows).toEqual([
      { lines: 1, last: 1 },
      { lines: 40_000, last: 40_000 },
    ]);
  });
});

describe("under concurrency", () => {
  test("fifty holds for money enough for ten: ten succeed", async () => {
    const payee = newId();
    await funded(accounts.payee(payee, "available"), 1_000n);
    const holds = Array.from({ length: 50 }, () =>
      outcomeOf(database.db, move(accounts.payee(payee, "available"), accounts.payee(payee, "held"), 100n)),
    );
    const outcomes = await Promise.all(holds);
    expect(outcomes.filter((outcome) => outcome === "posted")).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === "insufficient_funds")).toHaveLength(40);
    expect(await balanceOf(database.db, accounts.payee(payee, "held"), asset)).toBe(1_000n);
    expect(await balanceOf(database.db, accounts.payee(payee, "available"), asset)).toBe(0n);
  });

  test("fifty payouts from a shared wallet with money for ten, while money arrives: never below zero", async () => {
    const wallet = accounts.wallet("ethereum", newId());
    const payee = accounts.payee(newId(), "held");
    await postEntry(database.db, move(wallet, payee, 10_000n));
    await postEntry(database.db, move(payee, wallet, 9_000n));
    const tasks = Array.from({ length: 60 }, (_, index) =>
      index % 6 === 5
        ? outcomeOf(database.db, move(wallet, accounts.platform("funding"), 100n))
        : outcomeOf(database.db, move(accounts.platform("network_costs"), wallet, 100n)),
    );
    tasks.push(...Array.from({ length: 5 }, () => foldLedger(database.db).then(() => "folded")));
    const outcomes = await Promise.all(tasks);
    const spent = outcomes.filter(
      (outcome, index) => index < 60 && index % 6 !== 5 && outcome === "posted",
    ).length;
    expect(spent).toBeGreaterThanOrEqual(10);
    expect(spent).toBeLessThanOrEqual(20);
    expect(await balanceOf(database.db, wallet, asset)).toBe(2_000n - BigInt(spent) * 100n);
  });

  test("the same entry at once is posted once, and a different one of its id is a conflict", async () => {
    const path = accounts.payee(newId(), "pending");
    const id = newId();
    const outcomes = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        outcomeOf(database.db, move(accounts.platform("funding"), path, index % 3 === 0 ? 8n : 7n, id)),
      ),
    );
    const balance = await balanceOf(database.db, path, asset);
    expect(outcomes.filter((outcome) => outcome === "posted")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "entry_conflict")).toHaveLength(balance === 8n ? 16 : 8);
  });

  test("two entries over the same accounts in opposite order never deadlock", async () => {
    const { rows: before } = await sql<{ deadlocks: number }>`
      select deadlocks from pg_stat_database where datname = current_database()`.execute(database.db);
    const payees = Array.from({ length: 6 }, () => accounts.payee(newId(), "pending"));
    for (const payee of payees) await funded(payee, 10_000n);
    const round = (order: readonly string[]): JournalEntry[] =>
      order.map((payee, index) => move(payee, order[(index + 1) % order.length]!, 1n));
    const calls = Array.from({ length: 60 }, (_, index) =>
      postEntries(database.db, round(index % 2 === 0 ? payees : payees.toReversed())),
    );
    expect((await Promise.all(calls)).flat().every((outcome) => outcome === "posted")).toBe(true);
    await sql`select pg_stat_force_next_flush()`.execute(database.db);
    const { rows: after } = await sql<{ deadlocks: number }>`
      select deadlocks from pg_stat_database where datname = current_database()`.execute(database.db);
    expect(after[0]!.deadlocks).toBe(before[0]!.deadlocks);
  });

  test("a shared account does not make bookings wait for each other", async () => {
    const book = (): JournalEntry => ({
      ...move(accounts.processor("nowpayments"), accounts.payee(newId(), "pending"), 97n),
      postings: [
        {
          debit: accounts.processor("nowpayments"),
          credit: accounts.payee(newId(), "pending"),
          money: { asset, amount: 97n },
        },
        {
          debit: accounts.processor("nowpayments"),
          credit: accounts.platform("fees"),
          money: { asset, amount: 3n },
        },
      ],
    });
    await postEntry(database.db, book()); // the first one creates the shared accounts
    await inTransaction(database.db, async (open) => {
      await postEntry(open, book());
      await inTransaction(database.db, async (other) => {
        await sql`set local lock_timeout = '2s'`.execute(other);
        expect(await postEntry(other, book())).toBe("posted");
      });
    });
  });

  test("taking from a shared account needs a snapshot that sees what others took", async () => {
    const wallet = accounts.wallet("ethereum", newId());
    await postEntry(database.db, move(wallet, accounts.platform("funding"), 10n));
    const attempt = database.db
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute((tx) => postEntry(tx, move(accounts.platform("network_costs"), wallet, 10n)));
    await expect(attempt).rejects.toThrow(/read committed/);
  });
});

describe("whatever happens", () => {
  test("no order of postings makes or loses money", async () => {
    const paths = [
      "wallet:ethereum:w",
      "processor:p",
      "swap:s",
      "conversion:c",
      "suspense:unknown",
      "platform:fees",
      "platform:fx",
    ];
    paths.push(
      ...["pending", "available", "held", "recoverable"].map((kind) => `payee:one:${kind}`),
      "payee:two:pending",
    );
    const money = fc.record({
      asset: fc.constantFrom("ethereum:USDT", "ethereum:ETH"),
      amount: fc.oneof(fc.bigInt(1n, 20n), fc.bigInt(1n, 10n ** 60n)),
    });
    const posting = fc
      .record({ debit: fc.constantFrom(...paths), credit: fc.constantFrom(...paths), money })
      .filter(({ debit, credit }) => debit !== credit);
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.array(posting, { minLength: 1, maxLength: 4 }) },
      { weight: 1, arbitrary: fc.constant("fold" as const) },
      { weight: 1, arbitrary: fc.constant("repeat" as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const run = newId();
        const own = (path: string): string =>
          path.replace(/^(payee:\w+|conversion:\w+|wallet:\w+:\w+)/, `$1-${run}`);
        let last: JournalEntry | undefined;
        for (const [index, action] of steps.entries()) {
          if (action === "fold") await foldLedger(database.db);
          else if (action === "repeat") {
            if (last) expect(await outcomeOf(database.db, last)).toBe("exists");
          } else {
            const postings = action.map((p) => ({ ...p, debit: own(p.debit), credit: own(p.credit) }));
            const entry: JournalEntry = {
              id: derivedId(run, index.toString()),
              reason: "test",
              happenedAt,
              postings,
            };
            const outcome = await outcomeOf(database.db, entry);
            expect(["posted", "insufficient_funds"]).toContain(outcome);
            if (outcome === "posted") last = entry;
          }
        }
      }),
      { numRuns: 25 },
    );
    expect((await verifyLedger(database.db)).problems).toEqual([]);
  });
});
