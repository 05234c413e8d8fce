import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { systemClock } from "../clock.ts";
import { inTransaction, sql, type Database } from "../database/index.ts";
import { newId } from "../ids.ts";
import { accounts, postEntry, sealLedger } from "./index.ts";

let database: Database;

beforeAll(async () => {
  database = await freshDatabase();
  await postEntry(database.db, {
    id: newId(),
    reason: "test",
    happenedAt: new Date("2026-03-01T12:00:00Z"),
    postings: [
      {
        debit: accounts.platform("funding"),
        credit: accounts.payee(newId(), "pending"),
        money: { asset: "ethereum:USDT", amount: 5n },
      },
    ],
  });
  await sealLedger(database.db, systemClock);
});

const tables = {
  journal_entry: "reason = 'other'",
  posting: "amount = amount + 1",
  ledger_block: "entry_count = entry_count + 1",
  ledger_block_entry: "position = position + 1",
  ledger_account: "path = path || '0'",
};

test.each(
  Object.entries(tables).flatMap(([table, change]) => [
    `update ${table} set ${change}`,
    `delete from ${table}`,
    `truncate ${table} cascade`,
  ]),
)("even the owner is refused: %s", async (statement) => {
  await expect(sql.raw(statement).execute(database.db)).rejects.toMatchObject({ hint: "append_only" });
});

test.each([
  [
    "an entry that is not there",
    "insert into posting select gen_random_uuid(), 1, debit_account_id, credit_account_id, 1 from posting",
  ],
  [
    "an account that is not there",
    "insert into posting select entry_id, 2, 999, credit_account_id, 1 from posting",
  ],
  [
    "one account twice",
    "insert into posting select entry_id, 2, credit_account_id, credit_account_id, 1 from posting",
  ],
  [
    "nothing moved",
    "insert into posting select entry_id, 2, debit_account_id, credit_account_id, 0 from posting",
  ],
  [
    "a side of one's own choice",
    "insert into ledger_account (path, asset) values ('savings:mine', 'ethereum:USDT')",
  ],
  ["a balance below zero", "update ledger_account set balance = -1 where path like 'payee:%'"],
])("plain SQL is refused: %s", async (_what, statement) => {
  await expect(sql.raw(statement).execute(database.db)).rejects.toThrow();
});

test("plain SQL is refused: two assets in one posting", async () => {
  await sql`insert into ledger_account (path, asset) values ('platform:fx', 'ethereum:ETH')`.execute(
    database.db,
  );
  await expect(
    sql`
      insert into posting select entry_id, 2, (select id from ledger_account where asset = 'ethereum:ETH'), credit_account_id, 1
      from posting`.execute(database.db),
  ).rejects.toThrow(/two assets/);
});

test("plain SQL is refused after a booking in the same transaction too", async () => {
  const attempt = inTransaction(database.db, async (tx) => {
    await postEntry(tx, {
      id: newId(),
      reason: "test",
      happenedAt: new Date("2026-03-01T12:00:00Z"),
      postings: [
        {
          debit: accounts.platform("funding"),
          credit: accounts.platform("fx"),
          money: { asset: "ethereum:USDT", amount: 5n },
        },
      ],
    });
    await sql`insert into posting select entry_id, 9, 999, credit_account_id, 1 from posting`.execute(tx);
  });
  await expect(attempt).rejects.toThrow(/not there/);
});
