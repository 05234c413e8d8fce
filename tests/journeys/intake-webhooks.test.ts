import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { connect, sql } from "../../src/database/index.ts";
import { enqueueNamed } from "../../src/jobs/index.ts";
import { eventually, startWorld, type World } from "../support/index.ts";
import {
  balance,
  eventsOf,
  expectWholeBooks,
  expectWholeWallets,
  newPaymentId,
  noticeOf,
  orderOf,
  paymentOf,
  paymentsOfOrder,
  post,
  send,
  tell,
} from "./intake-notices.ts";

const signatureOver = (world: World, body: string | Buffer): string =>
  createHmac("sha512", world.environment["NOWPAYMENTS_IPN_SECRET"] ?? "")
    .update(body)
    .digest("hex");

const signedRaw = (world: World, body: string, headers: Record<string, string> = {}): Promise<number> =>
  post(world, body, { "x-nowpayments-sig": signatureOver(world, body), ...headers });

describe("webhooks in", () => {
  let world: World;
  let payee: string;
  beforeAll(async () => {
    world = await startWorld({ worker: false });
    payee = await world.payee();
  });
  afterAll(async () => {
    await expectWholeWallets(world);
    await world.stop();
  });

  const newOrder = async (): Promise<string> => (await world.order({ payees: [payee] })).orderId;

  test("a notice without its signature, with a forged one, altered or cut short is refused and leaves nothing", async () => {
    const before = (await eventsOf(world)).length;
    const { body, signature } = world.sandbox.nowpayments.sign(noticeOf(await newOrder()));
    const altered = body.replace('"finished"', '"refunded"');
    expect(await post(world, body, {})).toBe(401);
    expect(await post(world, body, { "x-nowpayments-sig": "0".repeat(128) })).toBe(401);
    expect(await post(world, body, { "x-nowpayments-sig": signature.slice(0, 100) })).toBe(401);
    expect(await post(world, altered, { "x-nowpayments-sig": signature })).toBe(401);
    expect(await post(world, body.slice(0, -20), { "x-nowpayments-sig": signature })).toBe(401);
    expect(await post(world, "", { "x-nowpayments-sig": signature })).toBe(401);
    expect(await eventsOf(world)).toHaveLength(before);
  });

  test("a notice larger than we read is refused with 413, signed or not", async () => {
    const before = (await eventsOf(world)).length;
    const { body, signature } = world.sandbox.nowpayments.sign(
      noticeOf(null, { order_description: "x".repeat(300_000) }),
    );
    expect(await post(world, body, { "x-nowpayments-sig": signature })).toBe(413);
    expect(await eventsOf(world)).toHaveLength(before);
  });

  test("F23: what is signed and cannot be read is stored for a person and holds nothing else up", async () => {
    const order = await newOrder();
    const good = noticeOf(order);
    for (const odd of [
      "<html>502 Bad Gateway</html>",
      "[]",
      "null",
      '{"payment_id":5,"payment_status":null,"price_amount":25}',
      JSON.stringify({ ...noticeOf(order), pay_amount: "NaN" }),
      JSON.stringify({ ...noticeOf(order), actually_paid: -0.01 }),
    ])
      expect(await signedRaw(world, odd)).toBe(200);
    await tell(world, good);
    const read = (await eventsOf(world)).slice(0, 7);
    expect(read.map((event) => event.status)).toEqual(["processed", ...Array<string>(6).fill("in_review")]);
    expect((await orderOf(world, order)).status).toBe("paid");
  });

  test("one notice with a text that PostgreSQL cannot hold is for a person at once: its neighbours are booked", async () => {
    const order = await newOrder();
    const good = noticeOf(order);
    for (const odd of ["9\u00007", "9\ud8007"])
      expect(await send(world, noticeOf(order, { payment_id: odd, payment_status: "waiting" }))).toBe(200);
    await tell(world, good);
    expect((await paymentOf(world, good.payment_id)).status).toBe("settled");
    for (const odd of (await eventsOf(world)).slice(1, 3))
      expect(odd).toMatchObject({
        status: "in_review",
        outcome: expect.stringContaining("not one NOWPayments sends"),
      });
  });

  test("a notice whose numbers are spelled otherwise, or with a key twice, is the same notice about the same payment", async () => {
    const order = await newOrder();
    const id = newPaymentId();
    // Less than the price: one payment does not pay the order, and five of it would.
    const notice = noticeOf(order, {
      payment_id: id,
      payment_status: "partially_paid",
      actually_paid: 0.006,
    });
    const { body, signature } = world.sandbox.nowpayments.sign(notice);
    const owed = await balance(world, "processor:nowpayments");
    for (const spelling of [
      `${id}`,
      `${id}.0`,
      `${id}e0`,
      `${id}.${"0".repeat(300)}1`,
      `1,"payment_id":${id}`,
    ])
      expect(
        await post(world, String(body).replace(`"payment_id":${id}`, `"payment_id":${spelling}`), {
          "x-nowpayments-sig": signature,
        }),
      ).toBe(200);
    await world.drain();
    expect((await eventsOf(world))[0]).toMatchObject({ deliveries: 5 });
    expect(await paymentsOfOrder(world, order)).toHaveLength(1);
    expect((await orderOf(world, order)).status).toBe("partially_paid");
    expect((await balance(world, "processor:nowpayments")) - owed).toBe(BigInt(notice.outcome_amount * 1e18));
  });

  test("the signature decides, not the content type, nor the spacing, nor the order of the fields", async () => {
    const orders = await Promise.all([newOrder(), newOrder(), newOrder()]);
    const notices = orders.map((order) => noticeOf(order));
    const { signature } = world.sandbox.nowpayments.sign(notices[0]!);
    const spaced = JSON.stringify(Object.fromEntries(Object.entries(notices[0]!).toReversed()), null, 3);
    expect(await post(world, spaced, { "x-nowpayments-sig": signature.toUpperCase() })).toBe(200);
    expect(await signedRaw(world, JSON.stringify(notices[1]), { "content-type": "text/plain" })).toBe(200);
    const untyped = new TextEncoder().encode(JSON.stringify(notices[2]));
    const response = await fetch(new URL("/webhooks/nowpayments", world.engine.url ?? ""), {
      method: "POST",
      body: untyped,
      headers: { "x-nowpayments-sig": signatureOver(world, Buffer.from(untyped)) },
    });
    expect(response.status).toBe(200);
    await world.drain();
    for (const order of orders) expect((await orderOf(world, order)).status).toBe("paid");
  });

  test.each([
    ["years ahead", Date.parse("2039-01-01T00:00:00Z")],
    ["years behind", Date.parse("2015-01-01T00:00:00Z")],
    ["beyond any calendar", 8_640_000_000_000_001],
    ["absent", null],
  ])("a processor's clock that is %s books the payment all the same", async (_, updatedAt) => {
    const order = await newOrder();
    const notice = noticeOf(order, { updated_at: updatedAt });
    await tell(world, notice);
    expect(await paymentOf(world, notice.payment_id)).toMatchObject({ status: "settled" });
    expect((await orderOf(world, order)).status).toBe("paid");
  });

  test("F11, F26: a notice is durable before it is answered and processed only afterwards, whoever died between", async () => {
    const order = await newOrder();
    const notice = noticeOf(order);
    expect(await send(world, notice)).toBe(200);
    // Nothing has run since the answer: what is to be done is in the database, for any worker.
    const [stored] = await eventsOf(world);
    expect(stored).toMatchObject({ status: "received", source: "webhook", deliveries: 1 });
    const { rows } = await sql<{ n: number }>`
      select count(*)::integer as n from graphile_worker.jobs where task_identifier = 'payments.process_events'`.execute(
      world.database.db,
    );
    expect(rows[0]?.n).toBeGreaterThan(0);
    await world.drain();
    expect((await eventsOf(world))[0]).toMatchObject({ id: stored?.id, status: "processed" });
    expect((await orderOf(world, order)).status).toBe("paid");
  });

  test("F38: an event whose job was lost is found by the sweep", async () => {
    const notice = noticeOf(await newOrder());
    expect(await send(world, notice)).toBe(200);
    await sql`select graphile_worker.complete_jobs(array(select id from graphile_worker.jobs where task_identifier = 'payments.process_events'))`.execute(
      world.database.db,
    );
    await world.drain();
    expect((await eventsOf(world))[0]).toMatchObject({ status: "received" });
    await enqueueNamed(world.database.db, "payments.sweep", {});
    await world.drain();
    expect((await paymentOf(world, notice.payment_id)).status).toBe("settled");
  });

  test("F30: two hundred notices at once, duplicates among them, are each stored once and every delivery is counted", async () => {
    const orders = await Promise.all(Array.from({ length: 4 }, newOrder));
    const before = await balance(world, `payee:${payee}:pending`);
    const notices = Array.from({ length: 50 }, (_, index) => noticeOf(orders[index % 4]!));
    const shuffled = [...notices, ...notices, ...notices, ...notices].toSorted(
      (a, b) => ((a.payment_id * 7919) % 101) - ((b.payment_id * 7919) % 101),
    );
    const statuses = await Promise.all(shuffled.map((notice) => send(world, notice)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    const stored = (await eventsOf(world)).slice(0, 50);
    expect(stored.map((event) => [event.deliveries, event.status])).toEqual(
      Array.from({ length: 50 }, () => [4, "received"]),
    );
    await Promise.all([world.drain(), world.drain()]);
    expect((await eventsOf(world)).slice(0, 50).every((event) => event.status === "processed")).toBe(true);
    // 0.0099 ETH each, less the fee of 1 %.
    const each = await Promise.all(notices.map((notice) => paymentOf(world, notice.payment_id)));
    expect(each.every((payment) => payment.status === "settled" && payment.earnings.length === 1)).toBe(true);
    const shares = each.reduce(
      (sum, payment) => sum + 9_900_000_000_000_000n - weiOf(payment.platform_fee?.amount ?? "0"),
      0n,
    );
    expect((await balance(world, `payee:${payee}:pending`)) - before).toBe(shares);
    await expectWholeBooks(world);
  });

  test("F31, F32: while the database is away no notice is acknowledged, and the processor's retry is booked", async () => {
    const order = await newOrder();
    const notice = noticeOf(order, { payment_id: newPaymentId() });
    const admin = connect(inject("adminUrl"), { max: 1 });
    const name = new URL(world.database.url).pathname.slice(1);
    try {
      await sql`alter database ${sql.id(name)} with allow_connections false`.execute(admin.db);
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`.execute(
        admin.db,
      );
      expect(await send(world, notice)).toBeGreaterThanOrEqual(500);
    } finally {
      await sql`alter database ${sql.id(name)} with allow_connections true`.execute(admin.db);
      await admin.close();
    }
    await eventually("the retry is taken", async () => (await send(world, notice)) === 200);
    await world.drain();
    expect((await orderOf(world, order)).status).toBe("paid");
    expect((await paymentOf(world, notice.payment_id)).earnings).toHaveLength(1);
    await expectWholeBooks(world);
  });
});

function weiOf(ether: string): bigint {
  const [whole = "0", fraction = ""] = ether.split(".");
  return BigInt(whole + fraction.padEnd(18, "0"));
}
