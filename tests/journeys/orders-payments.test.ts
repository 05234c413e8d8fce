import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Schemas } from "../../client/index.ts";
import { sql } from "../../src/database/index.ts";
import { drainJobs, enqueueNamed } from "../../src/jobs/index.ts";
import { orderJobs } from "../../src/orders/index.ts";
import { eventually, startWorld, type World } from "../support/index.ts";
import {
  expectWholeBooks,
  expectWholeWallets,
  noticeOf,
  orderOf,
  paymentOf,
  tell,
  type Order,
} from "./intake-notices.ts";

const wei = (ether: string): bigint => {
  const [whole = "0", fraction = ""] = ether.split(".");
  return BigInt(whole + fraction.padEnd(18, "0"));
};

describe("orders and what is paid on them", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ worker: false });
  });
  afterAll(async () => {
    await expectWholeWallets(world);
    await world.stop();
  });

  const orderWith = (
    given: Omit<Schemas["CreateOrder"], "price_usd"> & { price_usd?: string },
  ): Promise<Order> => world.client.post("/v1/orders", { body: { price_usd: "25", ...given } });
  const paying = (orderId: string, part: number) => noticeOf(orderId, { actually_paid: part / 100 });

  test("F09: what falls short within the tolerance pays, what falls short of it does not, and more than asked is all shared", async () => {
    const payee = await world.payee();
    const splits = [{ payee_id: payee, share_bps: 10_000 }];
    const [short, shorter, over] = [
      await orderWith({ splits, tolerance_bps: 500 }),
      await orderWith({ splits, tolerance_bps: 500 }),
      await orderWith({ splits, tolerance_bps: 0 }),
    ];
    const more = { ...paying(over.id, 2), outcome_amount: 0.0198 };
    await tell(world, paying(short.id, 0.95), paying(shorter.id, 0.9499), more);
    expect((await orderOf(world, short.id)).status).toBe("paid");
    expect((await orderOf(world, shorter.id)).status).toBe("partially_paid");
    expect(await orderOf(world, over.id)).toMatchObject({ status: "paid", paid_usd: "50" });
    const { settled, platform_fee, earnings } = await paymentOf(world, more.payment_id);
    expect(settled?.amount).toBe("0.0198");
    expect(wei(earnings[0]?.share.amount ?? "0") + wei(platform_fee?.amount ?? "0")).toBe(wei("0.0198"));
  });

  test("F20: an order expires by itself, and a payment that comes after all pays it and its payees", async () => {
    const payee = await world.payee();
    const order = await orderWith({
      splits: [{ payee_id: payee, share_bps: 10_000 }],
      expires_in_minutes: 5,
    });
    const paid = await orderWith({ splits: [{ payee_id: payee, share_bps: 10_000 }], expires_in_minutes: 5 });
    await tell(world, noticeOf(paid.id));
    // Five minutes pass: the terms cannot be moved, so the engine's jobs are given a later clock.
    const jobs = laterJobs(world, 6 * 60_000);
    await enqueueNamed(world.database.db, "orders.sweep", {});
    await drainWith(world, jobs);
    expect((await orderOf(world, order.id)).status).toBe("expired");
    expect((await orderOf(world, paid.id)).status).toBe("paid");
    const late = noticeOf(order.id);
    await tell(world, late);
    expect((await orderOf(world, order.id)).status).toBe("paid");
    expect((await paymentOf(world, late.payment_id)).earnings.map((one) => one.payee_id)).toEqual([payee]);
  });

  test("one order with an instant and a threshold payee: one is paid at once in the coin that came, the other waits for the batch", async () => {
    const instant = await world.payee({
      mode: "instant",
      destination: { asset: "ethereum:ETH", address: "0x1111111254EEB25477B68fb85Ed929f73A960582" },
    });
    const patient = await world.payee();
    const { id } = await orderWith({
      price_usd: "60",
      splits: [
        { payee_id: instant, share_bps: 5_000 },
        { payee_id: patient, share_bps: 5_000 },
      ],
    });
    const invoice = world.sandbox.nowpayments.invoices().find((one) => one.orderId === id);
    const handle = await world.sandbox.nowpayments.pay({ invoiceId: invoice?.id ?? "", payCurrency: "eth" });
    await handle.settled;
    await eventually("the instant payee paid", async () => {
      await world.drain({ future: true, maxRounds: 1 });
      const { earnings } = await paymentOf(world, handle.paymentId);
      return earnings.find((one) => one.payee_id === instant)?.status === "paid";
    });
    const { earnings } = await paymentOf(world, handle.paymentId);
    expect(earnings.find((one) => one.payee_id === patient)).toMatchObject({
      status: "pending",
      route: "threshold",
    });
    const share = earnings.find((one) => one.payee_id === instant)?.share.amount ?? "0";
    expect(await world.sandbox.balanceOf("0x1111111254EEB25477B68fb85Ed929f73A960582", "ethereum:ETH")).toBe(
      wei(share),
    );
    await expectWholeWallets(world);
  });

  test("forty-nine payees of ten units: nobody is owed nothing, and the parts are the whole", async () => {
    const payees = await Promise.all(Array.from({ length: 49 }, () => world.payee()));
    const splits = payees.map((payee_id, index) => ({
      payee_id,
      share_bps: index === 0 ? 10_000 - 48 * 204 : 204,
    }));
    const { id } = await orderWith({ splits, fee: { bps: 0 } });
    const notice = noticeOf(id, { outcome_amount: 1e-17 });
    await tell(world, notice);
    const { earnings, settled, status } = await paymentOf(world, notice.payment_id);
    expect(status).toBe("settled");
    expect(settled?.amount).toBe("0.00000000000000001");
    expect(earnings.map((one) => one.share.amount)).toEqual(
      Array.from({ length: 10 }, () => "0.000000000000000001"),
    );
    await expectWholeBooks(world);
  });

  test("the fee is the order's own: a changed setting touches only later orders, and a fixed part counts in its asset", async () => {
    const payee = await world.payee();
    const splits = [{ payee_id: payee, share_bps: 10_000 }];
    const fee = { bps: 100, fixed: { asset: "ethereum:ETH", amount: "0.0001" } };
    const [own, all] = [await orderWith({ splits, fee }), await orderWith({ splits, fee: { bps: 10_000 } })];
    const [a, b] = [noticeOf(own.id), noticeOf(all.id)];
    await tell(world, a, b);
    expect((await paymentOf(world, a.payment_id)).platform_fee?.amount).toBe("0.000199");
    expect(await paymentOf(world, b.payment_id)).toMatchObject({
      platform_fee: { amount: "0.0099" },
      earnings: [],
    });
    await expectWholeBooks(world);
  });

  test("F12: two payments of one order are two payments, each with its own earnings", async () => {
    const payee = await world.payee();
    const { id } = await orderWith({ splits: [{ payee_id: payee, share_bps: 10_000 }] });
    const [a, b] = [noticeOf(id), noticeOf(id, { outcome_amount: 0.005 })];
    await tell(world, a, b);
    expect(await orderOf(world, id)).toMatchObject({ status: "paid", paid_usd: "50" });
    const settled = await Promise.all([a, b].map((one) => paymentOf(world, one.payment_id)));
    expect(settled.map((one) => one.settled?.amount)).toEqual(["0.0099", "0.005"]);
    const { rows } = await sql<{ n: number }>`
      select count(*)::integer as n from earning where payee_id = ${payee}`.execute(world.database.db);
    expect(rows[0]?.n).toBe(2);
  });

  test("explain: what settled is fee and shares, an earning leads back to its payment, an unknown id is said to be one", async () => {
    const payees = [await world.payee(), await world.payee(), await world.payee()];
    const { orderId } = await world.order({ payees });
    const notice = noticeOf(orderId, { outcome_amount: 0.00990001 });
    await tell(world, notice);
    const { id } = await paymentOf(world, notice.payment_id);
    const explain = (of: string) =>
      world.client.get("/v1/payments/{id}/explain", { params: { path: { id: of } } });
    const { payment, earnings, platform_fee } = await explain(id);
    expect(payment).toMatchObject({ order_id: orderId, invoiced: { amount: "25" } });
    const shares = earnings.reduce((sum, one) => sum + wei(one.share.amount), 0n);
    expect(earnings).toHaveLength(3);
    expect(shares + wei(platform_fee!.amount)).toBe(wei(payment.settled!.amount));
    await expect(explain("01890000-0000-7000-8000-000000000001")).rejects.toMatchObject({
      status: 404,
      code: "unknown_payment",
    });
  });
});

/** The engine's own jobs, as they would run some time from now. */
function laterJobs(world: World, ms: number): World["jobs"] {
  const clock = { now: () => new Date(world.engine.clock.now().getTime() + ms) };
  return orderJobs({ ...world.engine.orders, clock });
}

async function drainWith(world: World, jobs: World["jobs"]): Promise<void> {
  await drainJobs({ database: world.database, jobs, clock: world.engine.clock, log: world.engine.log });
}
