import { afterEach, describe, expect, test } from "vitest";
import { eventually, type World } from "../support/index.ts";
import {
  claimIs,
  expectWhole,
  orderIn,
  orderIs,
  payQuote,
  quoteIn,
  startDirectWorld,
  verify,
} from "./direct-orders.ts";

let world: World;
afterEach(async () => {
  await world.stop();
});

describe("payments on chain through trouble", () => {
  test("§7 28: the engine is off while payers pay and three hundred blocks pass: nothing is lost, on any chain", async () => {
    world = await startDirectWorld({ bsc: true, solana: true, tron: true, aptos: true });
    const assets = [
      "ethereum:ETH",
      "ethereum:USDT",
      "bnb-smart-chain:USDT",
      "solana:USDC",
      "tron:USDT",
      "aptos:USDT",
    ];
    const orders = await Promise.all(
      assets.map(async (asset) => [asset, await orderIn(world, [asset])] as const),
    );
    const claimed = await orderIn(world, ["ethereum:USDT"]);
    const { anvil, bsc, solana, tron } = world.sandbox;
    await anvil.setInterval(0);
    const early = await payQuote(world, quoteIn(claimed, "ethereum:USDT"));
    const { body } = await verify(world, claimed.id, "ethereum", early);
    expect(body).toMatchObject({ status: "waiting", reason: "pending" });
    await world.restart(async () => {
      for (const [asset, order] of orders) await payQuote(world, quoteIn(order, asset));
      await anvil.mine(300);
      await bsc!.anvil.mine(300);
      solana!.advance(300);
      tron!.mine(300);
    });
    for (const [, order] of orders) await orderIs(world, order.id, "paid");
    await claimIs(world, body.id, "credited");
    await anvil.setInterval(1);
    await expectWhole(world);
  });

  test("§7 2: every node fails for a while: what was paid meanwhile is found afterwards, without anybody telling", async () => {
    world = await startDirectWorld({ bsc: true, solana: true, tron: true, aptos: true });
    const { faults, rpc } = world.sandbox;
    const assets = ["ethereum:USDT", "bnb-smart-chain:BNB", "solana:SOL", "tron:TRX", "aptos:APT"];
    const orders = await Promise.all(
      assets.map(async (asset) => [asset, await orderIn(world, [asset])] as const),
    );
    const servers = ["rpc", "bsc", "solana", "tron", "aptos"] as const;
    for (const server of servers) faults.outage(server);
    for (const [asset, order] of orders) await payQuote(world, quoteIn(order, asset));
    const askedInVain = () =>
      servers.slice(0, 3).every((server) => faults.applied.some((one) => one.server === server));
    await eventually("all asked in vain", askedInVain);
    for (const server of servers) faults.heal(server);
    for (const server of servers.slice(0, 4)) faults.next(server, { kind: "malformed", times: 3 });
    rpc.lie({ kind: "lagging_head", blocks: 5 });
    for (const [, order] of orders.slice(1)) await orderIs(world, order.id, "paid");
    rpc.heal();
    await orderIs(world, orders[0]![1].id, "paid");
    await expectWhole(world);
  });
});
