import { afterEach, describe, expect, test } from "vitest";
import { changeSetting, eventually, type World } from "../support/index.ts";
import {
  claimIs,
  expectWhole,
  orderIn,
  orderIs,
  payQuote,
  paymentsOf,
  quoteIn,
  readOrder,
  startDirectWorld,
  verifiedAs,
  verify,
} from "./direct-orders.ts";

let world: World;
afterEach(async () => {
  await world.stop();
});

/** The very same transaction again, under the same hash, as a pool that kept it would include it. */
async function include(transaction: object): Promise<string> {
  const { from, to, value, input, nonce, gas, maxFeePerGas, maxPriorityFeePerGas } = transaction as Record<
    string,
    string
  >;
  const fees = { maxFeePerGas, maxPriorityFeePerGas };
  return world.sandbox.anvil.rpc<string>("eth_sendTransaction", [
    { from, to, value, data: input, nonce, gas, ...fees },
  ]);
}

describe("payments that are not final", () => {
  test("§7 19: a reorganisation before finality takes the credit back, and the same transaction in another block gives it again", async () => {
    world = await startDirectWorld({}, { sandbox: { blocks: "automine" } });
    const { anvil } = world.sandbox;
    const atOnce = [{ chain: "ethereum", below_usd: "100", confirmations: 1 }];
    await changeSetting(world, "direct_payments", { confirmations: atOnce });
    const order = await orderIn(world, ["ethereum:USDT"]);
    const hash = await payQuote(world, quoteIn(order, "ethereum:USDT"));
    const claim = await verifiedAs(world, order.id, "ethereum", hash, "credited");
    expect(claim.payments).toMatchObject([{ status: "credited", final: false }]);
    await orderIs(world, order.id, "paid");
    const transaction = await anvil.getTransaction(hash);
    await anvil.reorg(1);
    await orderIs(world, order.id, "open");
    expect(await paymentsOf(world, order.id)).toMatchObject([
      { status: "reversed", earnings: [{ status: "reversed" }] },
    ]);
    expect(await claimIs(world, claim.id, "not_found")).toMatchObject({ status: "waiting" });
    await anvil.mine(1);
    expect(await include(transaction!)).toBe(hash);
    await orderIs(world, order.id, "paid");
    await verifiedAs(world, order.id, "ethereum", hash, "credited");
    await anvil.mine(3);
    await eventually("final", async () => {
      const { body } = await verify(world, order.id, "ethereum", hash);
      return body.payments.every((one) => one.status === "credited" && one.final);
    });
    const payments = await paymentsOf(world, order.id);
    expect(payments.map((one) => one.status).toSorted()).toEqual(["reversed", "settled"]);
    expect(await readOrder(world, order.id)).toMatchObject({ status: "paid", paid_usd: "25" });
    await expectWhole(world);
  });

  test("§7 19: what is above the value for which few confirmations suffice waits for finality", async () => {
    world = await startDirectWorld({}, { sandbox: { blocks: "automine" } });
    const small = [{ chain: "ethereum", below_usd: "20", confirmations: 1 }];
    await changeSetting(world, "direct_payments", { confirmations: small });
    const [cheap, dear] = [
      await orderIn(world, ["ethereum:USDT"], { price_usd: "19" }),
      await orderIn(world, ["ethereum:USDT"], { price_usd: "21" }),
    ];
    const dearHash = await payQuote(world, quoteIn(dear, "ethereum:USDT"));
    await payQuote(world, quoteIn(cheap, "ethereum:USDT"));
    await orderIs(world, cheap.id, "paid");
    expect((await verify(world, dear.id, "ethereum", dearHash)).body).toMatchObject({
      status: "waiting",
      reason: "confirming",
      payments: [{ status: "confirming" }],
    });
    expect((await readOrder(world, dear.id)).status).toBe("open");
    await world.sandbox.anvil.mine(2);
    await orderIs(world, dear.id, "paid");
  });
});
