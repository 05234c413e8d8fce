import { beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { inTransaction, sql, type Database, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
import { balanceOf, type JournalEntry } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import { settleAlongside, settlePayments, type BookingRequest } from "./settle-payments.ts";

const ether = registry.get("ethereum:ETH");
const now = new Date("2026-03-01T12:00:00Z");
let database: Database;
let payees: string[];
let orderId: string;

beforeAll(async () => {
  database = await freshDatabase();
  payees = [newId(), newId()];
  orderId = newId();
  await sql`
    insert into payee (id, request_hash, name, payout_mode, destination_asset, destination_address, threshold_asset,
      threshold_amount, status, created_at)
    select id, '', 'Payee', 'threshold', 'ethereum:USDT', '0x', 'ethereum:USDT', 1, 'active', now()
    from unnest(${payees}::uuid[]) as id`.execute(database.db);
  await sql`
    insert into pay_order (id, request_hash, purpose, description, price_usd_micros, fee_bps, tolerance_bps, expires_at, created_at,
      status, checkout_status, processor)
    values (${orderId}, '', 'test', '', 1000000, 100, 0, now(), now(), 'open', 'ready', 'nowpayments')`.execute(
    database.db,
  );
});

function settlement(externalId: string, amount: bigint, payeeIds = payees): BookingRequest {
  return {
    processor: "nowpayments",
    externalId,
    parentExternalId: null,
    fromStatus: null,
    facts: {
      rawStatus: "finished",
      price: { currency: "usd", amount: "1" },
      paid: { currency: "eth", asset: ether, asked: "1", arrived: "1" },
    },
    settled: { asset: ether, amount },
    settledAt: now,
    settlementHash: null,
    inCustody: false,
    paidUsdMicros: 1_000_000n,
    terms: {
      orderId,
      fee: { bps: 100, fixed: null },
      splits: payeeIds.map((payeeId) => ({
        payeeId,
        weightBps: 10_000 / payeeIds.length,
        route: "threshold",
      })),
    },
    cause: { kind: "event", ref: "test" },
  };
}

const pendingOf = (payeeId: string): Promise<bigint> =>
  balanceOf(database.db, `payee:${payeeId}:pending`, ether.id);

async function countOf(table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
    database.db,
  );
  return rows[0]!.count;
}

test("fifty callers settle twenty-five payments twice: each is booked once, and every caller is told the truth", async () => {
  const before = await pendingOf(payees[0]!);
  const calls = Array.from({ length: 50 }, (_, index) =>
    settlePayments(database.db, [settlement(`twice-${index % 25}`, 1_000n)], now),
  );
  const booked = await Promise.all(calls);
  expect(booked.reduce((sum, count) => sum + count, 0)).toBe(25);
  for (let index = 0; index < 25; index++) expect(booked[index]! + booked[index + 25]!).toBe(1);
  expect((await pendingOf(payees[0]!)) - before).toBe(25n * 495n);
});

test("a payment that cannot be booked fails alone: who shares its commit is booked", async () => {
  const stranger = newId();
  const outcomes = await Promise.allSettled([
    settlePayments(database.db, [settlement("alone-0", 1_000n)], now),
    settlePayments(database.db, [settlement("alone-1", 1_000n)], now),
    settlePayments(database.db, [settlement("alone-2", 1_000n, [stranger])], now),
    settlePayments(database.db, [settlement("alone-3", 1_000n)], now),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect(await pendingOf(stranger)).toBe(0n);
});

test("a batch with payments settled or refunded before books the others only, entries included", async () => {
  await settlePayments(database.db, [settlement("mixed-old", 1_000n)], now);
  await settlePayments(database.db, [settlement("mixed-refunded", 1_000n)], now);
  await sql`update payment set status = 'refunded' where external_id = 'mixed-refunded'`.execute(database.db);
  const [entries, before] = [await countOf("journal_entry"), await pendingOf(payees[0]!)];
  const batch = ["mixed-new-1", "mixed-old", "mixed-refunded", "mixed-new-2"].map((id, index) =>
    settlement(id, id === "mixed-old" ? 9_999n : 1_000n * BigInt(index + 1)),
  );
  expect(await inTransaction(database.db, (tx) => settlePayments(tx, batch, now))).toBe(2);
  expect((await countOf("journal_entry")) - entries).toBe(2);
  expect((await pendingOf(payees[0]!)) - before).toBe(495n + 1_980n);
});

/** Coins that came to a wallet of ours and wait where payments of them take them from. */
const waiting = "suspense:deposits";
const arrival = (id: string, amount: bigint): JournalEntry => ({
  id,
  reason: "deposit_received",
  happenedAt: now,
  postings: [{ debit: "wallet:ethereum:0xabc", credit: waiting, money: { asset: ether.id, amount } }],
});
const fromWaiting = (...of: Parameters<typeof settlement>): BookingRequest => ({
  ...settlement(...of),
  source: waiting,
});

test("entries that come along are posted once, whatever became of the payments, and the payments spend what they bring", async () => {
  const along = (requests: BookingRequest[], entries: JournalEntry[]) =>
    inTransaction(database.db, (tx) => settleAlongside(tx, requests, entries, now));
  const [before, entries] = [await pendingOf(payees[0]!), await countOf("journal_entry")];
  const [first, second, third] = [newId(), newId(), newId()];
  expect(await along([fromWaiting("along", 1_000n)], [arrival(first, 1_000n)])).toBe(1);
  const again = [fromWaiting("along", 1_000n), fromWaiting("along-2", 400n)];
  expect(await along(again, [arrival(first, 1_000n), arrival(second, 500n)])).toBe(1);
  expect(await along([again[0]!], [arrival(third, 7n)])).toBe(0);
  expect(await along([], [arrival(third, 7n)])).toBe(0);
  expect((await pendingOf(payees[0]!)) - before).toBe(495n + 198n);
  expect((await countOf("journal_entry")) - entries).toBe(5);
  expect(await balanceOf(database.db, waiting, ether.id)).toBe(107n);
  // More than came, or an entry twice: none of it.
  await expect(along([fromWaiting("along-3", 200n)], [arrival(newId(), 50n)])).rejects.toMatchObject({
    code: "insufficient_funds",
  });
  const twice = arrival(newId(), 50n);
  await expect(along([fromWaiting("along-4", 100n)], [twice, twice])).rejects.toMatchObject({
    code: "entry_given_twice",
  });
  expect(await balanceOf(database.db, waiting, ether.id)).toBe(107n);
});

test("what comes and goes on in one call holds up nobody who does the same for other payees", async () => {
  const others = [newId(), newId()];
  await sql`
    insert into payee (id, request_hash, name, payout_mode, destination_asset, destination_address, threshold_asset,
      threshold_amount, status, created_at)
    select id, '', 'Payee', 'threshold', 'ethereum:USDT', '0x', 'ethereum:USDT', 1, 'active', now()
    from unnest(${others}::uuid[]) as id`.execute(database.db);
  const along = async (tx: Tx, name: string, payeeIds: string[]) => {
    await sql`set local lock_timeout = '5s'`.execute(tx);
    const parts = [0, 1, 2, 3].map((n) => fromWaiting(`${name}-${n}`, 1_000n, payeeIds));
    return settleAlongside(tx, parts, [arrival(newId(), 4_000n)], now);
  };
  await inTransaction(database.db, async (tx) => {
    await along(tx, "held", payees);
    expect(await inTransaction(database.db, (other) => along(other, "free", others))).toBe(4);
  });
  expect(await pendingOf(others[0]!)).toBe(4n * 495n);
});

test("each booked payment has its job, written with it", async () => {
  const jobs = await countOf("graphile_worker._private_jobs");
  await settlePayments(database.db, [settlement("job-1", 1_000n), settlement("job-2", 1_000n)], now);
  await settlePayments(database.db, [settlement("job-1", 1_000n)], now);
  const { rows } = await sql<{ payload: { payload: { id: string } } }>`
    select j.payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where t.identifier = 'payments.follow' order by j.id desc limit 2`.execute(database.db);
  expect((await countOf("graphile_worker._private_jobs")) - jobs).toBe(2);
  for (const { payload } of rows) expect(payload).toMatchObject({ payload: { id: expect.any(String) } });
});

test("an earning cannot be given to nobody, moved to another payee, or taken away with its payment", async () => {
  await settlePayments(database.db, [settlement("kept", 1_000n)], now);
  const refused = async (statement: ReturnType<typeof sql>): Promise<void> => {
    await expect(statement.execute(database.db)).rejects.toThrow(/is not there|is never deleted/);
  };
  await refused(sql`insert into earning (id, payment_id, payee_id, asset, amount, route, status, created_at)
    select gen_random_uuid(), id, gen_random_uuid(), 'ethereum:ETH', 1, 'threshold', 'pending', now() from payment limit 1`);
  await refused(sql`update earning set payee_id = ${payees[0]} where payee_id = ${payees[1]}`);
  await refused(sql`delete from payment where external_id = 'kept'`);
  await refused(sql`delete from payee`);
});
