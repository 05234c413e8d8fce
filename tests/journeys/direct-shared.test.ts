import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inventAddress } from "../../sandbox/coins.ts";
import { loadConfig } from "../../src/config/index.ts";
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
  verifiedAs,
} from "./direct-orders.ts";

const shared = {
  "ethereum:USDT": inventAddress("evm", "the operator's own"),
  "solana:USDC": "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM",
} as const;

describe("one address of the operator's for everybody", () => {
  let world: World;
  beforeAll(async () => {
    const env = {
      ETHEREUM_DEPOSIT_ADDRESS: shared["ethereum:USDT"].toLowerCase(),
      SOLANA_DEPOSIT_ADDRESS: shared["solana:USDC"],
    };
    world = await startDirectWorld({ solana: true }, { env });
  });
  afterAll(async () => {
    await expectWhole(world);
    await world.stop();
  });

  const assets = ["ethereum:USDT", "solana:USDC"] as const;

  test.concurrent.each(assets)(
    "§7 15: orders of one price ask for different amounts of %s, and each amount pays its own order alone",
    async (asset) => {
      const orders = await Promise.all(Array.from({ length: 12 }, () => orderIn(world, [asset])));
      const quotes = orders.map((order) => quoteIn(order, asset));
      expect(new Set(quotes.map(({ address }) => address))).toEqual(new Set([shared[asset]]));
      expect(quotes.every((quote) => quote.exact_amount)).toBe(true);
      expect(new Set(quotes.map(({ amount }) => amount)).size).toBe(12);
      const [first, second, ...others] = orders;
      await payQuote(world, quoteIn(second!, asset));
      await orderIs(world, second!.id, "paid");
      await payQuote(world, quoteIn(first!, asset));
      await orderIs(world, first!.id, "paid");
      expect(await paymentsOf(world, first!.id)).toHaveLength(1);
      for (const other of others)
        expect(await readOrder(world, other.id)).toMatchObject({ status: "open", paid_usd: "0" });
    },
  );

  test.concurrent(
    "§7 13 15: an amount that nobody was asked for is kept and pays no order, whoever claims it",
    async () => {
      const order = await orderIn(world, ["ethereum:USDT"]);
      const { address, amount } = quoteIn(order, "ethereum:USDT");
      const other = unitsOf({ asset: "ethereum:USDT", amount }) + 4_000_000n;
      const hash = await world.sandbox.pay({ chain: "ethereum", asset: "USDT", to: address, amount: other });
      expect(await verifiedAs(world, order.id, "ethereum", hash, "needs_review")).toMatchObject({
        status: "in_review",
        payments: [],
      });
      expect(await readOrder(world, order.id)).toMatchObject({ status: "open", paid_usd: "0" });
    },
  );

  test("§7 33: an address that is none stops the start, and says which", () => {
    const address = `${shared["solana:USDC"].slice(0, -1)}0`;
    expect(() => loadConfig({ ...world.environment, SOLANA_DEPOSIT_ADDRESS: address })).toThrow(
      /SOLANA_DEPOSIT_ADDRESS must be an address of yours on Solana/,
    );
  });
});
