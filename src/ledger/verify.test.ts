import { beforeEach, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { manualClock, systemClock } from "../clock.ts";
import { inTransaction, sql, type Database } from "../database/index.ts";
import { newId } from "../ids.ts";
import { accounts, foldLedger, postEntry, sealLedger, verifyLedger, type JournalEntry } from "./index.ts";
import { merkleRoot } from "./merkle.ts";

const asset = "ethereum:USDT";
let database: Database;

beforeEach(async () => {
  database = await freshDatabase({ max: 12 });
  return () => database.close();
});

function entry(amount = 5n): JournalEntry {
  const postings = [
    {
      debit: accounts.processor("nowpayments"),
      credit: accounts.payee(newId(), "pending"),
      money: { asset, amount },
    },
    {
      debit: accounts.processor("nowpayments"),
      credit: accounts.platform("fees"),
      money: { asset, amount: 1n },
    },
  ];
  return {
    id: newId(),
    reason: "payment_settled",
    happenedAt: new Date("2026-03-01T12:00:00.123Z"),
    postings,
  };
}

async function book(count: number): Promise<string[]> {
  const entries = Array.from({ length: count }, () => entry());
  for (const one of entries) await postEntry(database.db, one);
  return entries.map(({ id }) => id);
}

/** What a superuser can do and nobody else: no trigger of ours fires. */
async function behindItsBack(statement: string): Promise<void> {
  await inTransaction(database.db, async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql.raw(statement).execute(tx);
  });
}

const problems = async (): Promise<string[]> =>
  (await verifyLedger(database.db)).problems.map(({ kind, id }) => `${kind} ${id}`).sort();

describe("sealing", () => {
  test("puts every committed entry in exactly one block, and the chain verifies", async () => {
    await book(7);
    expect(await sealLedger(database.db, systemClock, { blockSize: 3 })).toEqual({ blocks: 3, entries: 7 });
    expect(await sealLedger(database.db, systemClock, { blockSize: 3 })).toEqual({ blocks: 0, entries: 0 });
    await book(2);
    const seen: number[] = [];
    const result = await verifyLedger(database.db, { onProgress: (checked) => seen.push(checked) });
    expect(result).toMatchObject({ entries: 9, blocks: 3, sealed: 7, unsealed: 2, problems: [] });
    expect(result.lastBlock?.height).toBe(3);
    expect(seen).toEqual([9]);
  });

  test("an entry that commits late goes into a later block, and sealing never waits for it", async () => {
    await book(1); // the first one creates the shared accounts
    await inTransaction(database.db, async (tx) => {
      await postEntry(tx, entry()); // draws the lower number
      await book(2);
      expect(await sealLedger(database.db, systemClock)).toEqual({ blocks: 1, entries: 3 });
    });
    expect(await sealLedger(database.db, systemClock)).toEqual({ blocks: 1, entries: 1 });
    expect(await verifyLedger(database.db)).toMatchObject({ sealed: 4, unsealed: 0, problems: [] });
  });

  test("several sealers during bookings and folds seal each entry once", async () => {
    const booking = Promise.all(Array.from({ length: 6 }, () => book(15)));
    const sealing = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let round = 0; round < 8; round++) {
          await sealLedger(database.db, systemClock, { blockSize: 5 });
          await foldLedger(database.db);
        }
      }),
    );
    await Promise.all([booking, sealing]);
    await sealLedger(database.db, systemClock);
    expect(await verifyLedger(database.db)).toMatchObject({
      entries: 90,
      sealed: 90,
      unsealed: 0,
      problems: [],
    });
  });

  test("moves its watermark over what is an hour old, and never over an open transaction or a full block", async () => {
    const ids = await book(6);
    await behindItsBack(
      `update journal_entry set posted_at = posted_at - interval '2 hours' where id in ('${ids.slice(0, 4).join("','")}')`,
    );
    const watermark = async (): Promise<number> => {
      const { rows } = await sql<{ seq: number }>`select max(scan_from_seq) as seq from ledger_block`.execute(
        database.db,
      );
      return rows[0]!.seq;
    };
    const { rows } = await sql<{ seq: number }>`select seq from journal_entry order by seq`.execute(
      database.db,
    );
    const seqs = rows.map(({ seq }) => seq);
    await sealLedger(database.db, systemClock, { blockSize: 2 });
    const { rows: steps } = await sql<{
      seq: number;
    }>`select scan_from_seq as seq from ledger_block order by height`.execute(database.db);
    expect(steps.map(({ seq }) => seq)).toEqual([seqs[1], seqs[3], seqs[3]]);
    expect(await watermark()).toBe(seqs[3]);
    expect(await problems()).toEqual([]);
  });

  test("takes the time of sealing from the clock it is given", async () => {
    await book(1);
    const clock = manualClock(new Date("2030-01-01T00:00:00Z"));
    await sealLedger(database.db, clock);
    const { rows } = await sql<{ at: Date }>`select sealed_at as at from ledger_block`.execute(database.db);
    expect(rows).toEqual([{ at: clock.now() }]);
  });

  test("a root depends on every leaf, on their order and on their number", () => {
    const leaves = [1, 2, 3, 4, 5].map((fill) => Buffer.alloc(32, fill));
    const roots = [
      leaves,
      leaves.toReversed(),
      leaves.slice(1),
      [...leaves, leaves[4]!],
      [merkleRoot(leaves.slice(0, 4)), leaves[4]!].toReversed(),
    ].map((some) => merkleRoot(some).toString("hex"));
    expect(new Set(roots).size).toBe(roots.length);
    expect(merkleRoot([leaves[0]!])).toEqual(leaves[0]);
  });
});

describe("what a superuser changed is named", () => {
  let ids: string[];
  let first: string;
  beforeEach(async () => {
    ids = await book(4);
    await sealLedger(database.db, systemClock, { blockSize: 2 });
    first = ids[1]!;
    expect(await problems()).toEqual([]);
  });

  test.each([
    ["reason", "reason = 'gift'"],
    ["time in the world", "happened_at = happened_at + interval '1 microsecond'"],
    ["content hash", "content_hash = sha256('x')"],
  ])("an entry's %s", async (_what, change) => {
    await behindItsBack(`update journal_entry set ${change} where id = '${first}'`);
    expect(await problems()).toEqual([`content_mismatch ${first}`, `entry_changed ${first}`]);
  });

  test("the time of booking", async () => {
    await behindItsBack(
      `update journal_entry set posted_at = posted_at - interval '1 microsecond' where id = '${first}'`,
    );
    expect(await problems()).toEqual([`entry_changed ${first}`]);
  });

  test("a posting's amount, even with balances that fit", async () => {
    await behindItsBack(`update posting set amount = amount + 1 where entry_id = '${first}' and line = 1`);
    const named = await problems();
    expect(named).toContain(`entry_changed ${first}`);
    expect(named.filter((problem) => problem.startsWith("balance_differs"))).toHaveLength(2);
    await behindItsBack(`
      update ledger_account a set balance = a.balance + case when a.id = p.credit_account_id then 1 else -1 end
      from posting p where p.entry_id = '${first}' and p.line = 1 and a.id in (p.debit_account_id, p.credit_account_id)`);
    expect(await problems()).toEqual([`content_mismatch ${first}`, `entry_changed ${first}`]);
  });

  test("a posting added, a posting deleted", async () => {
    await behindItsBack(`
      insert into posting select entry_id, 3, debit_account_id, credit_account_id, 9 from posting where entry_id = '${first}' and line = 1`);
    await behindItsBack(`delete from posting where entry_id = '${ids[2]}' and line = 2`);
    const named = await problems();
    expect(named.filter((problem) => problem.startsWith("entry_changed"))).toEqual(
      [`entry_changed ${first}`, `entry_changed ${ids[2]}`].sort(),
    );
  });

  test("an entry deleted, with and without its postings", async () => {
    await behindItsBack(`delete from journal_entry where id in ('${first}', '${ids[2]}')`);
    await behindItsBack(`delete from posting where entry_id = '${first}'`);
    const named = await problems();
    expect(named).toContain(`entry_removed ${first}`);
    expect(named).toContain(`entry_removed ${ids[2]}`);
    expect(named).toContain(`posting_orphaned ${ids[2]}`);
    expect(named.some((problem) => problem.startsWith("balance_differs payee:"))).toBe(true);
  });

  test("an entry slipped in, not booked by us", async () => {
    const forged = newId();
    await behindItsBack(
      `insert into journal_entry (id, reason, content_hash, happened_at) values ('${forged}', 'gift', sha256('x'), now())`,
    );
    expect(await problems()).toEqual([`content_mismatch ${forged}`]);
  });

  test("an entry slipped in behind the sealers", async () => {
    await behindItsBack("update journal_entry set posted_at = posted_at - interval '2 hours'");
    await behindItsBack("truncate ledger_block_entry, ledger_block");
    await sealLedger(database.db, systemClock);
    expect(await problems()).toEqual([]);
    const forged = newId();
    await behindItsBack(`
      insert into journal_entry (seq, id, reason, content_hash, happened_at)
      overriding system value values (-1, '${forged}', 'gift', sha256('x'), now())`);
    await sealLedger(database.db, systemClock);
    expect(await problems()).toContain(`content_mismatch ${forged}`);
    expect(await problems()).toContain(`never_sealed ${forged}`);
  });

  test("an account renamed", async () => {
    await behindItsBack(`
      update ledger_account set path = 'payee:mallory:pending'
      where id = (select credit_account_id from posting where entry_id = '${first}' and line = 1)`);
    expect(await problems()).toEqual([`content_mismatch ${first}`, `entry_changed ${first}`]);
  });

  test("a balance, a waiting movement", async () => {
    const { rows } = await sql<{ path: string }>`
      select path from ledger_account where id = (select credit_account_id from posting where entry_id = ${first} and line = 1)`.execute(
      database.db,
    );
    await behindItsBack(`update ledger_account set balance = balance + 1 where path = '${rows[0]!.path}'`);
    expect(await problems()).toEqual([
      `asset_unbalanced ${asset}`,
      `balance_differs ${rows[0]!.path} ${asset}`,
    ]);
    await behindItsBack(`
      insert into ledger_delta (account_id, amount) select id, -1 from ledger_account where path = 'platform:fees'`);
    expect(await problems()).toEqual([
      `balance_differs ${rows[0]!.path} ${asset}`,
      `balance_differs platform:fees ${asset}`,
    ]);
  });

  test("an account beyond zero", async () => {
    await behindItsBack(`
      insert into ledger_delta (account_id, amount) select id, 1000 from ledger_account where path = 'processor:nowpayments'`);
    expect(await problems()).toContain(`account_overdrawn processor:nowpayments ${asset}`);
  });

  test.each([
    "entry_count = 3",
    "merkle_root = sha256('x')",
    "sealed_at = sealed_at + interval '1 second'",
    "scan_from_seq = 99",
  ])("a block: %s", async (change) => {
    await behindItsBack(`update ledger_block set ${change} where height = 1`);
    expect(await problems()).toContain("block_changed 1");
  });

  test("a block rewritten with a hash that fits breaks the chain; a block removed leaves its entries", async () => {
    await behindItsBack("update ledger_block set previous_hash = sha256('x') where height = 2");
    expect(await problems()).toEqual(["block_changed 2", "chain_broken 2"]);
    await behindItsBack("delete from ledger_block where height = 1");
    expect(await problems()).toContain("block_removed 1");
    expect(await problems()).toContain("chain_broken 2");
  });

  test("a seal exchanged for one that fits the changed entry", async () => {
    await behindItsBack(`
      update ledger_block_entry set leaf = sha256('x') where entry_id = '${first}'`);
    expect(await problems()).toEqual(["block_changed 1", `entry_changed ${first}`]);
  });
});
