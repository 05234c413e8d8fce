import { describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { inTransaction, sql, type Db } from "../database/index.ts";
import { newId } from "../ids.ts";
import { leastToPay, orderLife, type Order, type OrderStatus } from "./order.ts";
import { findOrder, insertOrder } from "./order-store.ts";
import { refreshOrder, targetStatus } from "./refresh-order.ts";

const expiresAt = new Date("2026-03-01T12:00:00Z");
const before = new Date("2026-03-01T11:59:59Z");
const after = new Date("2026-03-01T12:00:00Z");

const orderIn = (status: OrderStatus, toleranceBps = 100) => ({
  status,
  priceUsdMicros: 25_000_000n,
  toleranceBps,
  expiresAt,
});

test.each([
  ["open", 0n, "in time", "open"],
  ["open", 0n, "after its expiry", "expired"],
  ["open", 1n, "after its expiry", "partially_paid"],
  ["open", 24_749_999n, "in time", "partially_paid"], // one millionth of a dollar below the tolerance
  ["open", 24_750_000n, "in time", "paid"],
  ["open", 40_000_000n, "in time", "paid"],
  ["partially_paid", 24_750_000n, "after its expiry", "paid"],
  ["expired", 0n, "after its expiry", "expired"],
  ["expired", 25_000_000n, "after its expiry", "paid"],
  ["expired", 1n, "after its expiry", "partially_paid"],
  ["paid", 1n, "after its expiry", "partially_paid"],
  ["refunded", 25_000_000n, "after its expiry", "refunded"],
] as const)("F09: an order that is %s with %s paid becomes, %s, %s", (status, paid, when, target) => {
  const now = when === "in time" ? before : after;
  expect(targetStatus(orderIn(status), paid, { refunded: false }, now)).toBe(target);
});

test("an order that was cancelled stays so while nothing is paid, and is completed by what comes all the same", () => {
  const order = { ...orderIn("cancelled"), cancelledAt: before };
  for (const now of [before, after]) {
    expect(targetStatus(order, 0n, { refunded: false }, now)).toBe("cancelled");
    expect(targetStatus(order, 25_000_000n, { refunded: false }, now)).toBe("paid");
    // The processor takes its word back.
    expect(targetStatus({ ...order, status: "paid" }, 0n, { refunded: false }, now)).toBe("cancelled");
  }
});

test("an order that asks for next to nothing is not paid by nothing", () => {
  expect(targetStatus(orderIn("open", 10_000), 0n, { refunded: false }, after)).toBe("expired");
  expect(targetStatus(orderIn("open", 10_000), 1n, { refunded: false }, after)).toBe("paid");
});

test("every step an order can be told to take is a legal one", () => {
  for (const status of Object.keys(orderLife.next) as OrderStatus[])
    for (const cancelledAt of status === "cancelled" ? [before] : status === "open" ? [null] : [null, before])
      for (const paid of [0n, 1n, 25_000_000n])
        for (const refunded of [true, false])
          for (const now of [before, after]) {
            const order = { ...orderIn(status), cancelledAt };
            const target = targetStatus(order, paid, { refunded }, now);
            if (target !== status) expect(orderLife.next[status], `${status} to ${target}`).toContain(target);
          }
});

test("the least that counts as paid is rounded up against the payer", () => {
  expect(leastToPay({ priceUsdMicros: 1n, toleranceBps: 100 })).toBe(1n);
  expect(leastToPay({ priceUsdMicros: 10_001n, toleranceBps: 1 })).toBe(10_000n);
  expect(leastToPay({ priceUsdMicros: 25_000_000n, toleranceBps: 0 })).toBe(25_000_000n);
  expect(leastToPay({ priceUsdMicros: 25_000_000n, toleranceBps: 10_000 })).toBe(0n);
});

describe("against the database", () => {
  async function newOrder(db: Db, given: Partial<Order> = {}): Promise<string> {
    const payeeId = newId();
    await sql`
      insert into payee (id, request_hash, name, payout_mode, destination_asset, destination_address, threshold_asset,
        threshold_amount, status, created_at)
      values (${payeeId}, '', 'P', 'threshold', 'ethereum:USDT', '0x1', 'ethereum:USDT', 1, 'active', ${before})`.execute(
      db,
    );
    const order: Order = {
      id: newId(),
      externalId: null,
      purpose: "payment",
      description: "Payment",
      fee: { bps: 100, fixed: null },
      splits: [{ payeeId, weightBps: 10_000 }],
      processor: "nowpayments",
      createdAt: before,
      paidUsdMicros: 0n,
      acceptedUsdMicros: null,
      cancelledAt: null,
      metadata: {},
      checkout: { status: "pending", url: null, error: null },
      ...orderIn("open"),
      ...given,
    };
    await inTransaction(db, (tx) => insertOrder(tx, order, Buffer.from("terms")));
    return order.id;
  }

  const addPayment = (db: Db, orderId: string, status: string, paid: bigint) =>
    sql`
    insert into payment (id, processor, external_id, order_id, status, review_reason, processor_status, paid_currency,
      asked_amount, paid_amount, paid_usd_micros, settled_asset, settled_amount, settled_at, created_at, updated_at)
    values (${newId()}, 'nowpayments', ${newId()}, ${orderId}, ${status}, 'x', ${status}, 'eth', '1', '1', ${paid},
      'ethereum:ETH', 1, ${before}, ${before}, ${before})`.execute(db);

  const refresh = (db: Db, orderId: string, now: Date) =>
    inTransaction(db, (tx) => refreshOrder(tx, orderId, { kind: "job", ref: "test" }, now));

  test("F20: only what is confirmed or settled counts, refunds take away, and a refund of everything ends the order", async () => {
    const { db } = await freshDatabase();
    const id = await newOrder(db);
    for (const status of ["waiting", "confirming", "rejected", "expired"])
      await addPayment(db, id, status, 25_000_000n);
    expect((await refresh(db, id, before))?.status).toBe("open");
    await addPayment(db, id, "confirmed", 10_000_000n);
    expect((await refresh(db, id, before))?.status).toBe("partially_paid");
    await addPayment(db, id, "settled", 15_000_000n);
    expect(await refresh(db, id, before)).toMatchObject({ status: "paid", paidUsdMicros: 25_000_000n });
    await sql`update payment set status = 'expired' where status = 'confirming'`.execute(db);
    await sql`update payment set status = 'refunded' where status in ('confirmed', 'settled')`.execute(db);
    expect((await refresh(db, id, after))?.status).toBe("refunded");
    const { rows } = await sql<{ to_status: string }>`
      select to_status from status_change where thing = 'order' and thing_id = ${id} order by id`.execute(db);
    expect(rows.map((row) => row.to_status)).toEqual(["partially_paid", "paid", "refunded"]);
  });

  test("F28: refreshed twenty times at once, an order takes each step once", async () => {
    const { db } = await freshDatabase();
    const id = await newOrder(db);
    await addPayment(db, id, "settled", 25_000_000n);
    const results = await Promise.all(Array.from({ length: 20 }, () => refresh(db, id, before)));
    expect(new Set(results.map((order) => order?.status))).toEqual(new Set(["paid"]));
    const { rows } = await sql<{ n: number }>`
      select count(*)::integer as n from status_change where thing_id = ${id}`.execute(db);
    expect(rows[0]?.n).toBe(1);
    expect(await refresh(db, newId(), before)).toBeNull();
  });

  test("F13: no statement changes what was agreed", async () => {
    const { db } = await freshDatabase();
    const id = await newOrder(db);
    const was = await findOrder(db, id);
    for (const change of [
      "price_usd_micros = 1",
      "fee_bps = 0",
      "fee_fixed_amount = 5",
      "tolerance_bps = 10000",
      "expires_at = now()",
      "external_id = 'other'",
      "processor = 'other'",
    ])
      await expect(sql`update pay_order set ${sql.raw(change)}`.execute(db)).rejects.toThrow("never change");
    await expect(sql`update pay_order_split set weight_bps = 1`.execute(db)).rejects.toThrow();
    await expect(sql`delete from pay_order_split`.execute(db)).rejects.toThrow();
    await expect(sql`truncate pay_order_split`.execute(db)).rejects.toThrow();
    expect(await findOrder(db, id)).toEqual(was);
  });
});
