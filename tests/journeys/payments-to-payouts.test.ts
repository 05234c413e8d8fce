import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explainPayment, explainPayout } from "../../src/explain/index.ts";
import { registry } from "../../src/money/index.ts";
import { eventually, startWorld, type World } from "../support/index.ts";
import { noticeOf, paymentsOfOrder, send } from "./intake-notices.ts";

/** The main job, through public interfaces only: payments in, one swap, exact shares, paid out on two routes. */
describe("payments to payouts", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  test("what customers pay reaches payees in exact shares, directly and through a swap, and what one has back is nobody's; every wallet equals the book, and what is owed is there", async () => {
    const direct = await world.payee({ threshold: "10" });
    const swapped = await world.payee({
      threshold: "10",
      destination: { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" },
    });
    for (const coin of ["btc", "eth", "usdttrc20"]) {
      const { invoiceId } = await world.order({ payees: [direct, swapped], price: "20.00" });
      await (
        await world.sandbox.nowpayments.pay({ invoiceId, payCurrency: coin })
      ).settled;
    }
    await eventually("three arrivals", async () => {
      const { data } = await world.client.get("/v1/payments");
      return (
        data.filter((payment) => payment.status === "settled" && payment.arrival === "seen").length === 3
      );
    });
    const check = await world.client.post("/v1/conversion-checks", { body: {} });
    expect(check.data.map((one) => one.decision)).toEqual(["converted"]);
    const id = check.data[0]!.conversion_id ?? "";
    const conversion = await eventually("the conversion distributed", async () => {
      const now = await world.client.get("/v1/conversions/{id}", { params: { path: { id } } });
      return now.status === "distributed" ? now : null;
    });
    expect(conversion.swaps).toHaveLength(1);
    await world.client.post("/v1/payout-plans");
    const payouts = await eventually("both payouts completed", async () => {
      const { data } = await world.client.get("/v1/payouts");
      return data.length === 2 && data.every((payout) => payout.status === "completed") ? data : null;
    });
    expect(payouts.map((payout) => payout.route).toSorted()).toEqual(["direct", "swap"]);
    for (const payout of payouts) {
      const { id: payoutId } = payout;
      const explained = await world.client.get("/v1/payouts/{id}/explain", {
        params: { path: { id: payoutId } },
      });
      expect(explained).toEqual(await explainPayout(world.engine.db, registry, payoutId)); // no field is lost on the way
      expect(explained.parts).toHaveLength(3);
      expect(explained.parts_total).toEqual(payout.amount);
    }
    for (const { id: paymentId } of (await world.client.get("/v1/payments")).data) {
      const explained = await world.client.get("/v1/payments/{id}/explain", {
        params: { path: { id: paymentId } },
      });
      expect(explained).toEqual(await explainPayment(world.engine.db, registry, paymentId));
    }
    const { orderId } = await world.order({ payees: [direct] });
    const returned = noticeOf(orderId);
    for (const status of ["settled", "refunded"]) {
      const told = status === "refunded" ? { ...returned, payment_status: status } : returned;
      expect(await send(world, told)).toBe(200);
      await eventually(
        status,
        async () => (await paymentsOfOrder(world, orderId)).map((one) => one.status).join() === status,
      );
    }
    const books = await world.client.get("/v1/reconciliation");
    expect(books.differences).toEqual([]);
    expect(books.wallets.every((wallet) => wallet.difference === "0")).toBe(true);
  });
});
