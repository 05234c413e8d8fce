import { afterAll, beforeAll, expect, test } from "vitest";
import { inventAddress } from "../../sandbox/coins.ts";
import { registry } from "../../src/money/index.ts";
import { answerTo, eventually, type World } from "../support/index.ts";
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
const USDC = "solana:USDC";

let world: World;
beforeAll(async () => {
  world = await startDirectWorld({ solana: true });
});
afterAll(() => world.stop());

test("coins on a chain that nothing is sent from: the operator sells them, and the payee is paid to the last unit", async () => {
  const address = inventAddress("evm", "payee of coins on Solana");
  const payee = await world.payee({ destination: { asset: USDT, address }, threshold: "10" });
  const order = await orderIn(world, [USDC], { splits: [{ payee_id: payee, share_bps: 10_000 }] });
  const quote = quoteIn(order, USDC);
  await payQuote(world, quote);
  await orderIs(world, order.id, "paid");
  const hash = await world.sandbox.deposit({ to: world.wallet, assetId: USDT, amount: 24_000_000n });
  const sell = () =>
    answerTo(
      world.client.post("/v1/conversions/by-hand", {
        body: { source_asset: USDC, transaction_hashes: [hash] },
      }),
    );
  await eventually("the coins are asked for", async () => (await sell()).body.code === "coins_still_there");
  expect(await paymentsOf(world, order.id)).toMatchObject([
    { arrival: "expected", earnings: [{ status: "pending" }] },
  ]);
  const solana = world.sandbox.solana!;
  const mint = registry.get(USDC).contract!;
  const operator = solana.newWallet();
  solana.pay({ mint: null, to: operator, amount: 10n ** 9n });
  const moved = { mint, from: quote.address, to: operator, amount: unitsOf(quote) };
  solana.pay(moved, { feePayer: operator });
  const conversion = await eventually("sold", async () => {
    const { body } = await sell();
    return body.status === "distributed" && body;
  });
  expect(conversion.target).toEqual({ asset: USDT, amount: "23.28" });
  expect((await sell()).body).toMatchObject({ id: conversion.id });
  expect(await paymentsOf(world, order.id)).toMatchObject([
    { arrival: "seen", earnings: [{ status: "available" }] },
  ]);
  await world.client.post("/v1/payout-plans");
  await eventually("paid out", async () => (await world.sandbox.balanceOf(address, USDT)) === 23_280_000n);
  await expectWhole(world);
});
