import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registry, valueInUsd, formatUsd } from "../../src/money/index.ts";
import { changeSetting, type World } from "../support/index.ts";
import {
  expectWhole,
  orderIn,
  orderIs,
  payQuote,
  paymentsOf,
  quoteIn,
  readOrder,
  startDirectWorld,
  unitsOf,
  verifiedAs,
  type DirectOrder,
} from "./direct-orders.ts";

const minute = 60;

/** The chain's clock is moved on, which is what decides; one step after the other, since it never goes back. */
describe("payments that come late", () => {
  let world: World;
  let early: DirectOrder;
  let kept: DirectOrder;
  beforeAll(async () => {
    world = await startDirectWorld({}, { sandbox: { blocks: "automine" } });
    await changeSetting(world, "direct_payments", { quote_minutes: 5 });
    early = await orderIn(world, ["ethereum:ETH"]);
    kept = await orderIn(world, ["ethereum:ETH"]);
  });
  afterAll(async () => {
    await world.sandbox.anvil.mine(3);
    await expectWhole(world);
    await world.stop();
  });

  /** Told, and made final. */
  async function payFinally(order: DirectOrder): Promise<string> {
    const hash = await payQuote(world, quoteIn(order, "ethereum:ETH"));
    await world.sandbox.anvil.mine(3);
    return hash;
  }

  test("§7 12 31: while the quote holds, the price may move: the quoted amount pays", async () => {
    await world.restart(async () => world.sandbox.prices.set({ ethereum: "1000" }));
    await payFinally(kept);
    expect(await orderIs(world, kept.id, "paid")).toMatchObject({ paid_usd: "25" });
  });

  test("§7 12 17: after the quote ran out the amount counts at the price of its arrival", async () => {
    await world.sandbox.anvil.increaseTime(15 * minute);
    // A price is remembered for some seconds, but not by another engine.
    await world.restart(async () => world.sandbox.prices.set({ ethereum: "1562.75" }));
    const hash = await payFinally(early);
    await verifiedAs(world, early.id, "ethereum", hash, "underpaid");
    const worth = valueInUsd(
      unitsOf(quoteIn(early, "ethereum:ETH")),
      registry.get("ethereum:ETH"),
      "1562.75",
      "down",
    );
    expect(await orderIs(world, early.id, "partially_paid")).toMatchObject({ paid_usd: formatUsd(worth) });
    await payFinally(early);
    await orderIs(world, early.id, "paid");
    expect(await paymentsOf(world, early.id)).toHaveLength(2);
  });

  test("§7 17: after the order expired it is still credited, as long as the operator wants that", async () => {
    const order = await orderIn(world, ["ethereum:ETH"], { expires_in_minutes: 5 });
    await payFinally(order);
    await orderIs(world, order.id, "paid");
  });

  test("§7 17: where late payments are a person's business, the coins are kept and the payer is told", async () => {
    const policy = { policy: "review", within_hours: 72 } as const;
    await changeSetting(world, "direct_payments", { late_payments: policy });
    const order = await orderIn(world, ["ethereum:ETH"], { expires_in_minutes: 5 });
    const hash = await payFinally(order);
    const claim = await verifiedAs(world, order.id, "ethereum", hash, "late");
    expect(claim).toMatchObject({ status: "in_review", payments: [{ status: "in_review" }] });
    expect(await readOrder(world, order.id)).toMatchObject({ paid_usd: "0" });
    expect(await paymentsOf(world, order.id)).toEqual([]);
  });

  test("what is paid for an order that was cancelled is late, however long it would have waited", async () => {
    const order = await orderIn(world, ["ethereum:ETH"]);
    const params = { path: { id: order.id } };
    expect(await world.client.post("/v1/orders/{id}/cancel", { params })).toMatchObject({
      status: "cancelled",
      remaining_usd: "0",
    });
    const hash = await payFinally(order);
    await verifiedAs(world, order.id, "ethereum", hash, "late");
    expect(await readOrder(world, order.id)).toMatchObject({ status: "cancelled", paid_usd: "0" });
  });

  test("§7 18: a payment from the future waits for a person", async () => {
    await world.sandbox.anvil.increaseTime(180 * minute);
    const order = await orderIn(world, ["ethereum:ETH"]);
    const hash = await payFinally(order);
    const claim = await verifiedAs(world, order.id, "ethereum", hash, "needs_review");
    expect(claim).toMatchObject({ status: "in_review", payments: [{ status: "in_review" }] });
    expect(await readOrder(world, order.id)).toMatchObject({ status: "open", paid_usd: "0" });
  });
});
