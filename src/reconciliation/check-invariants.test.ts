import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { driveUntil, giveEarnings, startWorld, type World } from "../../tests/support/index.ts";
import { checkConversions } from "../conversions/index.ts";
import { sql } from "../database/index.ts";
import { planPayouts } from "../payouts/index.ts";
import { checkInvariants, compareWallets } from "./index.ts";
import { plantFaults } from "./testing/plant-faults.ts";

let world: World;
const signal = () => AbortSignal.timeout(20_000);

/** A world with money at every place: pending, in a swap under way, available, held and paid. */
beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine", swapStepMs: 10 },
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
  const { db } = world.engine;
  const [paid, unpaid, held] = [
    await world.payee(),
    await world.payee({ threshold: "1000" }),
    await world.payee({ destination: { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" } }),
  ];
  const count = async (table: string, status: string): Promise<number> =>
    (
      await sql<{ n: number }>`
        select count(*) as n from ${sql.table(table)} where status = ${status}`.execute(db)
    ).rows[0]!.n;
  for (const payeeId of [paid, unpaid, held])
    await giveEarnings(world, "ethereum:USDT", [{ payeeId, amount: 30_000_000n }]);
  await checkConversions(world.engine.conversions, signal(), true);
  await driveUntil(world, "distributed", async () => (await count("conversion", "distributed")) === 1);
  world.sandbox.changenow.defaultOutcome({ kind: "stuck", at: "exchanging" });
  await planPayouts(world.engine.payouts, signal());
  await giveEarnings(world, "ethereum:ETH", [{ payeeId: paid, amount: 30n * 10n ** 15n }]);
  await checkConversions(world.engine.conversions, signal());
  await driveUntil(
    world,
    "one paid, two swaps under way",
    async () => (await count("payout", "completed")) === 1 && (await count("swap", "exchanging")) === 2,
  );
  await giveEarnings(world, "ethereum:DAI", [{ payeeId: paid, amount: 10n ** 18n }]);
});
afterAll(() => world.stop());

describe("planted faults", () => {
  afterEach(async () => {
    expect(await checkInvariants(world.engine.db)).toEqual([]);
  });

  test.each([
    {
      name: "an account's balance grows by itself",
      statements: [
        "update ledger_account set balance = balance + 1 where path like 'payee:%:available' and balance > 0",
      ],
      found: ["asset_balances", "payee_accounts"],
    },
    {
      name: "an account is overdrawn",
      statements: [
        "update ledger_account set lowest = null, balance = -1 where id = (select min(id) from ledger_account where path like 'payee:%:pending')",
      ],
      found: ["accounts_overdrawn", "asset_balances", "payee_accounts"],
    },
    {
      name: "a pending earning is gone",
      statements: ["delete from earning where status = 'pending'"],
      found: ["payee_accounts", "payment_shares"],
    },
    {
      name: "an available share is changed",
      statements: ["update earning set available_amount = available_amount - 1 where status = 'available'"],
      found: ["conversion_shares", "payee_accounts"],
    },
    {
      name: "a paid earning is gone",
      statements: ["delete from earning where status = 'paid'"],
      found: ["conversion_claims", "conversion_shares", "payment_shares", "payout_parts"],
    },
    {
      name: "a claimed earning is gone",
      statements: ["delete from earning where status = 'converting'"],
      found: ["conversion_claims", "payment_shares"],
    },
    {
      name: "a conversion under way is gone",
      statements: ["delete from conversion where status = 'swapping'"],
      found: ["orphans"],
    },
    {
      name: "a payout under way is gone",
      statements: ["delete from payout where status = 'sent'"],
      found: ["orphans"],
    },
    {
      name: "a payout's amount is changed",
      statements: ["update payout set amount = amount + 1 where status = 'completed'"],
      found: ["payout_parts"],
    },
    {
      name: "a conversion is called distributed and is not",
      statements: ["update conversion set status = 'released' where status = 'swapping'"],
      found: ["conversion_accounts", "orphans"],
    },
    {
      name: "a swap under way is forgotten",
      statements: [
        "update swap set status = 'expired' where status = 'exchanging' and purpose = 'conversion'",
      ],
      found: ["swap_accounts"],
    },
    {
      name: "a payment's settled amount is changed",
      statements: ["update payment set settled_amount = settled_amount + 1 where status = 'settled'"],
      found: ["payment_shares"],
    },
    {
      name: "a payment was refunded, and what of it was not paid yet stayed its payee's",
      statements: [
        "update payment set status = 'refunded' where id in (select payment_id from earning where status = 'pending')",
      ],
      found: ["refunded_earnings"],
    },
    {
      name: "a payment was refunded while a payout held of it, and nothing marks that",
      statements: [
        "update payment set status = 'refunded' where id in (select payment_id from earning where status = 'held')",
      ],
      found: ["refunded_earnings"],
    },
    {
      name: "a payee owes what the ledger does not know",
      statements: [
        "insert into recoverable (id, payee_id, asset, amount, created_at) select gen_random_uuid(), payee_id, available_asset, 5, now() from earning where status = 'paid' limit 1",
      ],
      found: ["recoverables"],
    },
    {
      name: "a debt is called collected, and no earning was kept for it",
      statements: [
        "insert into recoverable (id, payee_id, asset, amount, collected, created_at) select gen_random_uuid(), payee_id, available_asset, 5, 5, now() from earning where status = 'paid' limit 1",
      ],
      found: ["recoverables"],
    },
  ])("$name: named by $found", async ({ statements, found }) => {
    expect(await plantFaults(world.engine.db, ...statements)).toEqual(found);
  });
});

describe("wallets against their chain", () => {
  const differences = async () =>
    (await compareWallets(world.engine, signal())).filter((one) => one.difference !== 0n);

  test("coins that nobody booked, and coins that are gone, show to the unit; otherwise the difference is zero", async () => {
    expect(await differences()).toEqual([]);
    await world.sandbox.fundWallet(world.wallet, "ethereum:USDC", 7n);
    await world.sandbox.fundWallet(world.wallet, "ethereum:DAI", -1n);
    await world.sandbox.fundWallet(world.wallet, "ethereum:USDT", 2n);
    // A coin that the book has never heard of is nobody's question yet.
    expect((await differences()).map((one) => [one.asset, one.difference])).toEqual([
      ["ethereum:DAI", -1n],
      ["ethereum:USDT", 2n],
    ]);
    await world.sandbox.fundWallet(world.wallet, "ethereum:DAI", 1n);
    await world.sandbox.fundWallet(world.wallet, "ethereum:USDT", -2n);
  });

  test("a chain that gives no answer is an error, and never a balance of zero", async () => {
    world.sandbox.rpc.lie({ kind: "down" });
    await expect(compareWallets(world.engine, signal())).rejects.toThrow();
    world.sandbox.rpc.heal();
    expect(await differences()).toEqual([]);
  });
});
