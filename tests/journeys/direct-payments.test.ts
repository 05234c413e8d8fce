import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseUsd, registry } from "../../src/money/index.ts";
import { type World } from "../support/index.ts";
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
  verify,
  verifiedAs,
} from "./direct-orders.ts";

/** To the nearest cent: a part of an amount is rounded down. */
const paidCents = ({ paid_usd }: { paid_usd: string }): bigint => (parseUsd(paid_usd) + 5_000n) / 10_000n;

const offered = [
  "ethereum:ETH",
  "ethereum:USDT",
  "bnb-smart-chain:BNB",
  "bnb-smart-chain:USDT",
  "solana:SOL",
  "solana:USDC",
  "solana:USDT",
  "tron:TRX",
  "tron:USDT",
  "aptos:APT",
  "aptos:USDT",
];

describe("paying straight on chain", () => {
  let world: World;
  beforeAll(async () => {
    world = await startDirectWorld(
      { bsc: true, solana: true, tron: true, aptos: true },
      { sandbox: { markets: true } },
    );
  });
  afterAll(async () => {
    await expectWhole(world);
    await world.stop();
  });

  test("§7 22 23: each offered coin and token is found by watching and pays its order and its payee, fee apart, to the base unit", async () => {
    const orders = await Promise.all(
      offered.map(async (asset) => [asset, await orderIn(world, [asset])] as const),
    );
    for (const [asset, order] of orders) await payQuote(world, quoteIn(order, asset));
    for (const [asset, order] of orders) {
      expect(await orderIs(world, order.id, "paid")).toMatchObject({ paid_usd: "25" });
      const payments = await paymentsOf(world, order.id);
      expect(
        payments.map((one) => one.status),
        asset,
      ).toEqual(["settled"]);
      const { settled, earnings } = payments[0]!;
      expect(settled).toEqual({ asset, amount: quoteIn(order, asset).amount });
      expect(earnings.map((one) => one.status)).toEqual(["pending"]);
      const fee = (unitsOf(settled!) * 300n + 9_999n) / 10_000n;
      const share = unitsOf(earnings[0]!.share);
      expect(share <= unitsOf(settled!) - fee + 1n && share >= unitsOf(settled!) - fee - 1n, asset).toBe(
        true,
      );
    }
    await expectWhole(world);
  });

  test.concurrent(
    "§7 15 16: each order has an address of its own, one on all EVM chains, and a page of the processor only where asked for",
    async () => {
      const assets = ["ethereum:USDT", "bnb-smart-chain:USDT", "tron:USDT"];
      const [one, other] = [await orderIn(world, assets), await orderIn(world, assets)];
      const address = (order: typeof one, asset: string) => quoteIn(order, asset).address;
      expect(address(one, "ethereum:USDT")).toBe(address(one, "bnb-smart-chain:USDT"));
      for (const asset of assets) expect(address(one, asset)).not.toBe(address(other, asset));
      expect(one).toMatchObject({ checkout_status: "none", checkout_url: null });
      expect(await orderIn(world, assets, { checkout: true })).toMatchObject({ checkout_status: "ready" });
      expect((await readOrder(world, one.id)).direct_payment).toEqual(one.direct_payment);
    },
  );

  test.concurrent(
    "§7 10 13: what is paid in parts, by several transfers of one transaction and by several transactions, is summed up",
    async () => {
      const order = await orderIn(world, ["solana:USDC"]);
      const { address, amount } = quoteIn(order, "solana:USDC");
      const fifth = unitsOf({ asset: "solana:USDC", amount }) / 5n;
      const solana = world.sandbox.solana!;
      const mint = registry.get("solana:USDC").contract!;
      const second = solana.openTokenAccount({ owner: address, mint });
      const two = [
        { mint, to: address, amount: fifth },
        { mint, to: address, amount: fifth, toAccount: second },
      ];
      const hash = solana.multisend(two);
      const first = await verifiedAs(world, order.id, "solana", hash, "underpaid");
      expect(first.payments.map((one) => one.status)).toEqual(["credited", "credited"]);
      const part = await orderIs(world, order.id, "partially_paid");
      expect(part.paid_usd).toMatch(/^(9\.99|10)/);
      solana.pay({ mint, to: address, amount: fifth * 3n });
      await orderIs(world, order.id, "paid");
      expect(await paymentsOf(world, order.id)).toHaveLength(3);
    },
  );

  test.concurrent(
    "§7 10: an underpaid order says what remains, and is paid once just that comes, in another coin it accepts",
    async () => {
      const order = await orderIn(world, ["ethereum:USDT", "bnb-smart-chain:BNB"]);
      const hash = await payQuote(world, quoteIn(order, "ethereum:USDT"), { permille: 600n });
      const claim = await verifiedAs(world, order.id, "ethereum", hash, "underpaid");
      expect(claim).toMatchObject({
        status: "accepted",
        message: expect.stringContaining("Send the rest") as string,
      });
      const open = await orderIs(world, order.id, "partially_paid");
      expect(open.remaining_usd).toMatch(/^(10|10\.0000\d\d|9\.99\d+)$/);
      const rest = quoteIn(open, "bnb-smart-chain:BNB");
      expect(rest.remaining).not.toBe(rest.amount);
      await payQuote(world, { ...rest, amount: rest.remaining! });
      const paid = await orderIs(world, order.id, "paid");
      expect(paidCents(paid)).toBe(25_00n);
      expect(paid).toMatchObject({ remaining_usd: "0", overpaid_usd: "0", overpaid: [] });
      expect(paid.direct_payment.map(({ remaining }) => remaining)).toEqual([null, null]);
    },
  );

  test.concurrent(
    "§7 9 12: one hundredth less pays within the tolerance, and a hundredth of the price does not",
    async () => {
      const [close, far] = [await orderIn(world, ["aptos:USDT"]), await orderIn(world, ["aptos:USDT"])];
      await payQuote(world, quoteIn(close, "aptos:USDT"), { permille: 991n });
      const hash = await payQuote(world, quoteIn(far, "aptos:USDT"), { permille: 10n });
      await verifiedAs(world, far.id, "aptos", hash, "underpaid");
      await orderIs(world, close.id, "paid");
      await orderIs(world, far.id, "partially_paid");
    },
  );

  test.concurrent(
    "§7 11: whoever overpays has paid, and what is beyond the price is kept apart, for the payee neither",
    async () => {
      const order = await orderIn(world, ["tron:USDT"]);
      const quote = quoteIn(order, "tron:USDT");
      const hash = await payQuote(world, quote, { permille: 2_500n });
      const { payments } = await verifiedAs(world, order.id, "tron", hash, "overpaid");
      expect(payments[0]).toMatchObject({ status: "credited" });
      const surplus = unitsOf({ asset: "tron:USDT", amount: payments[0]!.surplus.amount });
      await orderIs(world, order.id, "paid");
      const [payment] = await paymentsOf(world, order.id);
      expect(unitsOf(payment!.settled!) + surplus).toBe((unitsOf(quote) * 5n) / 2n);
      // Rounded up, so that the price is paid in full.
      expect(unitsOf(payment!.settled!) - unitsOf(quote)).toBeLessThanOrEqual(1n);
      expect(unitsOf(payment!.settled!)).toBeGreaterThanOrEqual(unitsOf(quote));
      await expectWhole(world);
    },
  );

  test.concurrent("§7 11: whoever pays a paid order again has it kept as surplus, whole", async () => {
    const order = await orderIn(world, ["bnb-smart-chain:USDT"]);
    const quote = quoteIn(order, "bnb-smart-chain:USDT");
    await payQuote(world, quote);
    await orderIs(world, order.id, "paid");
    const again = await payQuote(world, quote);
    const { payments } = await verifiedAs(world, order.id, "bnb-smart-chain", again, "overpaid");
    expect(payments[0]!.surplus.amount).toBe(quote.amount);
    expect(await paymentsOf(world, order.id)).toHaveLength(1);
    expect(await readOrder(world, order.id)).toMatchObject({
      status: "paid",
      paid_usd: "25",
      overpaid: [{ asset: quote.asset, amount: quote.amount }],
      overpaid_usd: expect.stringMatching(/^25(\.0\d+)?$/) as string,
    });
  });

  test.concurrent("§7 9: a transfer of nothing, and one of dust, pay nothing", async () => {
    const order = await orderIn(world, ["ethereum:USDT"]);
    const { address } = quoteIn(order, "ethereum:USDT");
    const send = (amount: bigint) =>
      world.sandbox.pay({ chain: "ethereum", asset: "USDT", to: address, amount });
    const [nothing, dust] = [await send(0n), await send(1_000n)];
    await verifiedAs(world, order.id, "ethereum", dust, "too_little");
    await verifiedAs(world, order.id, "ethereum", nothing, "wrong_recipient");
    expect(await readOrder(world, order.id)).toMatchObject({ status: "open", paid_usd: "0" });
    expect((await verify(world, order.id, "ethereum", dust)).body.status).toBe("rejected");
  });

  test.concurrent("§7 24: a payment among a hundred other transfers to the address is found", async () => {
    const order = await orderIn(world, ["solana:SOL"]);
    const { address, amount } = quoteIn(order, "solana:SOL");
    const solana = world.sandbox.solana!;
    for (let sent = 0; sent < 50; sent += 1) solana.pay({ mint: null, to: address, amount: 1n });
    solana.pay({ mint: null, to: address, amount: unitsOf({ asset: "solana:SOL", amount }) });
    for (let sent = 0; sent < 50; sent += 1) solana.pay({ mint: null, to: address, amount: 1n });
    await orderIs(world, order.id, "paid");
  });
});
