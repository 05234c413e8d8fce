import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { manualClock } from "../clock.ts";
import { sql, type Database } from "../database/index.ts";
import { newId } from "../ids.ts";
import { parseProviderUnits, registry } from "../money/index.ts";
import type { PaymentProcessor } from "../providers/port.ts";
import { silentLogger } from "../telemetry/index.ts";
import { createOrder, type CreateOrder } from "./create-order.ts";
import { fillAddressesJob, registerSharedAddress } from "../addresses/index.ts";
import type { OrderDeps } from "./deps.ts";
import type { Order } from "./order.ts";
import { amountFor, remainingOf } from "./quote-order.ts";

const clock = manualClock(new Date("2026-05-01T12:00:00Z"));
const usdt = "ethereum:USDT";
let database: Database;
let payeeId: string;
let prices: Record<string, string>;

beforeEach(async () => {
  database = await freshDatabase({ max: 20 });
  payeeId = newId();
  prices = { [usdt]: "0.999", "ethereum:ETH": "2500.123", "bnb-smart-chain:USDT": "1.001" };
  await sql`
    insert into payee (id, request_hash, name, payout_mode, destination_asset, destination_address, threshold_asset,
      threshold_amount, status, created_at)
    values (${payeeId}, '', 'Payee', 'threshold', 'ethereum:USDT', '0x', 'ethereum:USDT', 1, 'active', now())`.execute(
    database.db,
  );
});

const depsWith = (sharedAddresses: Readonly<Record<string, string>> = {}): OrderDeps => ({
  db: database.db,
  clock,
  log: silentLogger,
  registry,
  processor: { name: "nowpayments" } as PaymentProcessor, // never asked: no order here wants its page
  direct: {
    chains: new Map([
      ["ethereum", { family: "evm" }],
      ["bnb-smart-chain", { family: "evm" }],
    ]),
    sharedAddresses: new Map(Object.entries(sharedAddresses)),
    keys: { address: (family, index) => `${family}-${index}` },
    observe: (assets) =>
      Promise.resolve(
        new Map(
          assets.flatMap((asset) => {
            const usd = prices[asset.id];
            const observed = {
              asset,
              usd: usd ?? "",
              source: "test",
              sourceTime: null,
              fetchedAt: clock.now(),
            };
            return usd === undefined ? [] : [[asset.id, observed] as const];
          }),
        ),
      ),
    readQuoteMs: () => Promise.resolve(3_600_000),
  },
  settings: { publicUrl: null, checkoutTimeoutMs: 8_000 },
});

const terms = (changes: Partial<CreateOrder> = {}): CreateOrder => ({
  externalId: null,
  purpose: "payment",
  description: "Payment",
  priceUsdMicros: 25_000_000n,
  splits: [{ payeeId, weightBps: 10_000 }],
  fee: { bps: 100, fixed: null },
  toleranceBps: 100,
  expiresInMs: 86_400_000,
  acceptAssets: [usdt],
  checkout: false,
  requestedBy: "tests",
  ...changes,
});

const fill = (deps: OrderDeps) =>
  fillAddressesJob(deps).run({}, { signal: new AbortController().signal, attempt: 1, log: silentLogger });

async function orders(): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from pay_order`.execute(database.db);
  return rows[0]!.count;
}

describe("the amount asked", () => {
  test.each(["ethereum:USDT", "ethereum:ETH", "bnb-smart-chain:USDT", "aptos:APT", "solana:SOL"])(
    "of %s is worth the price, and less than one shown digit more",
    (id) => {
      const asset = registry.get(id);
      fc.assert(
        fc.property(
          fc.bigInt(1n, 10n ** 12n),
          fc.tuple(fc.bigInt(0n, 99_999n), fc.bigInt(1n, 10n ** 9n - 1n)),
          (price, [whole, part]) => {
            const usd = `${whole}.${String(part).padStart(9, "0")}`;
            const amount = amountFor(price, asset, usd);
            const worth = (units: bigint) => units * parseProviderUnits(usd, 18, "down");
            const needed = price * 10n ** BigInt(asset.decimals + 12);
            const step = 10n ** BigInt(Math.max(0, asset.decimals - 8));
            return worth(amount) >= needed && worth(amount - step) < needed && amount % step === 0n;
          },
        ),
      );
    },
  );
});

describe("an order that is paid straight on a chain", () => {
  test("§7 15 each has its own address, the same one on every chain of a family, also fifty at once", async () => {
    const deps = depsWith();
    await Promise.all([fill(deps), fill(deps)]);
    const made = await Promise.all(
      Array.from({ length: 50 }, () =>
        createOrder(deps, terms({ acceptAssets: [usdt, "ethereum:ETH", "bnb-smart-chain:USDT"] })),
      ),
    );
    const addresses = made.map(({ quotes }) => [...new Set(quotes.map((quote) => quote.address))]);
    expect(addresses.every((of) => of.length === 1)).toBe(true);
    expect(new Set(addresses.flat()).size).toBe(50);
    expect(made[0]!.quotes.map(({ asset, amount, shared }) => [asset, amount, shared])).toEqual([
      ["bnb-smart-chain:USDT", 24_975_024_980_000_000_000n, false],
      ["ethereum:ETH", 9_999_510_000_000_000n, false],
      [usdt, 25_025_026n, false],
    ]);
  });

  test("the same external id returns the first order with its first amounts, whatever the price is now", async () => {
    const deps = depsWith();
    await fill(deps);
    const first = await createOrder(deps, terms({ externalId: "order-1" }));
    prices[usdt] = "0.5";
    const again = await createOrder(deps, terms({ externalId: "order-1" }));
    expect(again).toMatchObject({ created: false, order: { id: first.order.id } });
    expect(again.quotes.map(({ amount }) => amount)).toEqual(first.quotes.map(({ amount }) => amount));
    const other = terms({ externalId: "order-1", acceptAssets: ["ethereum:ETH"] });
    await expect(createOrder(deps, other)).rejects.toMatchObject({ code: "order_exists" });
  });

  test.each<[string, Partial<CreateOrder>, string]>([
    ["an asset without a price", { acceptAssets: ["bnb-smart-chain:USDC"] }, "price_unavailable"],
    ["an asset of a chain that is not ours", { acceptAssets: ["solana:USDC"] }, "asset_not_accepted"],
    ["an asset that does not exist", { acceptAssets: ["ethereum:NOPE"] }, "unknown_asset"],
    ["nothing to pay with", { acceptAssets: [] }, "no_way_to_pay"],
  ])("§7 33 %s is refused, and nothing is written", async (_name, changes, code) => {
    const deps = depsWith();
    await fill(deps);
    await expect(createOrder(deps, terms(changes))).rejects.toMatchObject({ code });
    expect(await orders()).toBe(0);
  });

  test.each<[string, Partial<CreateOrder>, string]>([
    ["a price of less than a cent", { priceUsdMicros: 9_999n }, "invalid_price"],
    ["a price of more than ten millions", { priceUsdMicros: 10_000_000_000_001n }, "invalid_price"],
    [
      "a fixed fee of the whole price",
      { fee: { bps: 0, fixed: { asset: usdt, amount: 25_000_000n } } },
      "invalid_fee",
    ],
    [
      "a fixed fee that leaves nothing beside the other",
      { fee: { bps: 5_000, fixed: { asset: usdt, amount: 12_500_000n } } },
      "invalid_fee",
    ],
  ])("%s is taken for a slip, and nothing is written", async (_name, changes, code) => {
    await expect(createOrder(depsWith(), terms(changes))).rejects.toMatchObject({ code });
    expect(await orders()).toBe(0);
  });

  test("what remains of a quote pays the rest and is told apart where many share an address", () => {
    const bnb = registry.get("bnb-smart-chain:BNB");
    const order = {
      status: "partially_paid",
      priceUsdMicros: 3_000_000n,
      paidUsdMicros: 1_000_000n,
    } as Order;
    const quote = { amount: 10n ** 16n, shared: false };
    expect(remainingOf(order, quote, bnb)).toBe(6_666_670_000_000_000n); // eight digits, up
    expect(remainingOf({ ...order, paidUsdMicros: 0n }, quote, bnb)).toBe(10n ** 16n);
    expect(remainingOf(order, { ...quote, shared: true }, bnb)).toBeNull();
    expect(remainingOf({ ...order, status: "paid" }, quote, bnb)).toBeNull();
  });

  test("without an address ready there is no order, rather than a stranger's address", async () => {
    await expect(createOrder(depsWith(), terms())).rejects.toMatchObject({ code: "no_deposit_address" });
    expect(await orders()).toBe(0);
  });

  test("§7 15 at a shared address fifty orders of one price at once ask for fifty amounts, none below the price", async () => {
    const deps = depsWith({ ethereum: "0xours" });
    await registerSharedAddress(database.db, { family: "evm", address: "0xours", now: clock.now() });
    const made = await Promise.all(Array.from({ length: 50 }, () => createOrder(deps, terms())));
    const amounts = made.map(({ quotes }) => quotes[0]!.amount);
    expect(new Set(amounts).size).toBe(50);
    for (const { quotes } of made) expect(quotes).toMatchObject([{ address: "0xours", shared: true }]);
    for (const amount of amounts) {
      expect(amount).toBeGreaterThanOrEqual(25_025_026n);
      expect(amount).toBeLessThan(25_025_026n + 10_000n);
    }
  });

  test("a tail that another open order has is passed over, however many there are", async () => {
    const deps = depsWith({ ethereum: "0xours" });
    await registerSharedAddress(database.db, { family: "evm", address: "0xours", now: clock.now() });
    // Every other one of the amounts that orders of this price can ask for.
    await sql`
      with taken as (
        insert into pay_order (id, request_hash, purpose, description, price_usd_micros, fee_bps, tolerance_bps, expires_at,
          created_at, status, checkout_status, processor)
        select gen_random_uuid(), '', 'test', '', 25000000, 0, 0, now(), now(), 'open', 'none', 'nowpayments'
        from generate_series(1, 5000) returning id)
      insert into order_quote (order_id, asset, amount, address, shared, price, expires_at)
      select id, ${usdt}, 25025026 + 2 * row_number() over (), '0xours', true, '{}', now() from taken`.execute(
      database.db,
    );
    const made = await Promise.all(Array.from({ length: 20 }, () => createOrder(deps, terms())));
    const tails = made.map(({ quotes }) => quotes[0]!.amount - 25_025_026n);
    expect(new Set(tails).size).toBe(20);
    expect(tails.every((tail) => tail > 0n && tail % 2n === 1n)).toBe(true);
  });
});
