import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inventAddress } from "../../sandbox/coins.ts";
import { eventually, type World } from "../support/index.ts";
import {
  expectWhole,
  orderIn,
  orderIs,
  payQuote,
  paymentsOf,
  quoteIn,
  startDirectWorld,
  unitsOf,
} from "./direct-orders.ts";

const USDT = "ethereum:USDT";

/** From many small payments on two chains to one payout: gathered, converted per chain and asset, paid to the last unit. */
describe("what was paid on chain, on to the payee", () => {
  let world: World;
  beforeAll(async () => {
    world = await startDirectWorld({ bsc: true }, { gathers: true });
  });
  afterAll(() => world.stop());

  test("deposits of both EVM chains are swept, converted once per chain and asset, and paid out exactly", async () => {
    const address = inventAddress("evm", "payee of direct payments");
    const payee = await world.payee({ destination: { asset: USDT, address }, threshold: "10" });
    const splits = [{ payee_id: payee, share_bps: 10_000 }];
    const assets = ["bnb-smart-chain:USDT", "bnb-smart-chain:USDT", "bnb-smart-chain:BNB", USDT, USDT];
    const orders = await Promise.all(
      assets.map(
        async (asset) => [asset, await orderIn(world, [asset], { splits, price_usd: "40" })] as const,
      ),
    );
    for (const [asset, order] of orders) await payQuote(world, quoteIn(order, asset));
    for (const [, order] of orders) await orderIs(world, order.id, "paid");
    await eventually("all gathered in the hot wallet", async () => {
      const payments = await Promise.all(orders.map(([, order]) => paymentsOf(world, order.id)));
      return payments.flat().every((one) => one.arrival === "seen");
    });
    await expectWhole(world);
    await eventually("every asset claimed", async () => {
      await world.client.post("/v1/conversion-checks");
      return (await world.client.get("/v1/conversions")).data.length === 3;
    });
    const conversions = await eventually("distributed", async () => {
      const { data } = await world.client.get("/v1/conversions");
      if (data.some((one) => one.status !== "distributed")) return null;
      return Promise.all(
        data.map(({ id }) => world.client.get("/v1/conversions/{id}", { params: { path: { id } } })),
      );
    });
    const swapsOf = new Map(conversions.map((one) => [one.source.asset, one.swaps.length]));
    expect(swapsOf).toEqual(
      new Map([
        [USDT, 0],
        ["bnb-smart-chain:USDT", 1],
        ["bnb-smart-chain:BNB", 1],
      ]),
    );
    for (const { target, shares } of conversions)
      expect(shares.reduce((sum, share) => sum + unitsOf(share.target!), 0n)).toBe(unitsOf(target!));
    await world.client.post("/v1/payout-plans");
    const total = conversions.reduce((sum, { target }) => sum + unitsOf(target!), 0n);
    await eventually("paid out", async () => (await world.sandbox.balanceOf(address, USDT)) === total);
    await expectWhole(world);
  });
});
