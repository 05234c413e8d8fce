import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, type World } from "../support/index.ts";
import {
  claimIs,
  expectWhole,
  orderIn,
  orderIs,
  payQuote,
  quoteIn,
  startDirectWorld,
  unitsOf,
  verify,
} from "./direct-orders.ts";

describe("a hash that the network does not show yet", () => {
  let world: World;
  beforeAll(async () => {
    world = await startDirectWorld({ bsc: true, solana: true, tron: true, aptos: true });
  });
  afterAll(async () => {
    await expectWhole(world);
    await world.stop();
  });

  const servers = [
    ["rpc", "ethereum:USDT"],
    ["bsc", "bnb-smart-chain:USDT"],
    ["solana", "solana:USDC"],
    ["tron", "tron:USDT"],
    ["aptos", "aptos:USDT"],
  ] as const;
  const rateLimited = { error: { code: -32005, message: "limit exceeded" } };
  const troubles = [
    ["is down", { kind: "lost_request" }],
    ["answers 503", { kind: "http", status: 503, body: "<html></html>" }],
    ["answers 429", { kind: "http", status: 429, body: rateLimited }],
    ["answers half a JSON", { kind: "malformed" }],
    ["answers 200 with an error", { kind: "http", status: 200, body: rateLimited }],
    ["answers 200 with nulls", { kind: "http", status: 200, body: { jsonrpc: "2.0", id: 1, data: null } }],
  ] as const;

  test.each(troubles)(
    "§7 2 32 34: a node %s while we ask, on any chain: nobody is blamed, and it is credited later by itself",
    async (_, fault) => {
      const { faults } = world.sandbox;
      const told = servers.map(async ([server, asset]) => {
        const own = await orderIn(world, [asset]);
        const { chain } = quoteIn(own, asset);
        faults.next(server, { ...fault, times: 10_000 });
        const hash = await payQuote(world, quoteIn(own, asset));
        const { status, body } = await verify(world, own.id, chain, hash);
        faults.heal(server);
        expect({ server, status, claim: body.status, reason: body.reason }).toEqual({
          server,
          status: 200,
          claim: "waiting",
          reason: "provider_unavailable",
        });
        expect(body.message).toBe(
          "We cannot read the network at the moment. Your payment is not lost; we keep trying.",
        );
        await claimIs(world, body.id, "credited");
        await orderIs(world, own.id, "paid");
      });
      await Promise.all(told);
    },
  );

  test("§7 25: first pending, then in a block, then credited, by itself", async () => {
    const own = await orderIn(world, ["aptos:USDT"]);
    const { address, amount } = quoteIn(own, "aptos:USDT");
    const asset = "0x357b0b74bc833e95a115ad22604854d6b0fca151cecd94111770e5d6ffc9dc2b";
    const sent = world.sandbox.aptos!.submit({
      to: address,
      asset,
      amount: unitsOf({ asset: "aptos:USDT", amount }),
    });
    const { body } = await verify(world, own.id, "aptos", sent.hash);
    expect(body).toMatchObject({ status: "waiting", reason: "pending" });
    sent.commit();
    await claimIs(world, body.id, "credited");
    await orderIs(world, own.id, "paid");
  });

  test("a node that forgot a payment as it was searched for has hidden it for a while, not for ever", async () => {
    const own = await orderIn(world, ["ethereum:USDT"]);
    world.sandbox.rpc.lie({ kind: "forget" });
    await payQuote(world, quoteIn(own, "ethereum:USDT"));
    const height = await world.sandbox.anvil.blockNumber();
    await eventually("searched past it", async () => (await world.sandbox.anvil.blockNumber()) > height + 3);
    world.sandbox.rpc.heal();
    await orderIs(world, own.id, "paid");
  });

  test("§7 2 25: what a node has never heard of is waited for, not refused, and is credited once it is there", async () => {
    const own = await orderIn(world, ["ethereum:USDT"]);
    await world.sandbox.anvil.setInterval(0);
    const hash = await payQuote(world, quoteIn(own, "ethereum:USDT"));
    world.sandbox.rpc.lie({ kind: "forget", hashes: [hash] });
    const { body } = await verify(world, own.id, "ethereum", hash);
    expect(body).toMatchObject({ status: "waiting", reason: "not_found" });
    expect(body.message).toContain("we keep looking");
    world.sandbox.rpc.heal();
    await claimIs(world, body.id, "pending");
    await world.sandbox.anvil.mine(1);
    await claimIs(world, body.id, "confirming");
    await world.sandbox.anvil.mine(3);
    await claimIs(world, body.id, "credited");
    await world.sandbox.anvil.setInterval(1);
    await orderIs(world, own.id, "paid");
  });
});
