import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { findTrouble, giveEarnings } from "../../tests/support/index.ts";
import { sql } from "../database/index.ts";
import { accounts } from "../ledger/index.ts";
import { ETH, SwapWorld, USDT } from "./testing/swap-world.ts";

const finney = 10n ** 15n;
let at: SwapWorld;

beforeAll(async () => {
  at = await SwapWorld.start();
});
afterAll(() => at.world.stop());
afterEach(async () => {
  at.world.sandbox.heal();
  expect(await findTrouble(at.world)).toEqual([]);
});

test.each([
  { name: "refused", later: () => at.world.sandbox.changenow.refuseNext("pair_is_inactive") },
  { name: "refunded", later: () => at.world.sandbox.changenow.nextOutcome({ kind: "refund" }) },
])(
  "F68 the second of several swaps is $name: what was swapped is distributed, the rest is pending, to the base unit",
  async ({ later }) => {
    const payees = [await at.world.payee(), await at.world.payee(), await at.world.payee()];
    await at.set("swap_exposure", { per_provider_usd: "40" });
    const gifts = [7n * finney + 7n, 12n * finney + 1n, 14n * finney + 5n];
    for (const [index, gift] of gifts.entries())
      await giveEarnings(at.world, ETH, [{ payeeId: payees[index]!, amount: gift }]);
    const claimed = 33n * finney + 13n;
    const before = await at.world.sandbox.balanceOf(at.world.wallet, USDT);
    const id = await at.check();
    await at.untilSwap(id, { seq: 1, status: "funding" });
    later();
    const done = await at.untilConversion(id, "distributed");

    const [first] = await at.swaps(id);
    expect(first!.status).toBe("delivered");
    expect(done).toMatchObject({
      source_amount: first!.source_amount,
      released_amount: claimed - first!.source_amount,
      target_amount: first!.delivered_amount,
    });
    expect((await at.world.sandbox.balanceOf(at.world.wallet, USDT)) - before).toBe(done.target_amount);
    const sums = async (part: "pending" | "available", asset: string): Promise<bigint> => {
      const balances = await Promise.all(payees.map((one) => at.balance(accounts.payee(one, part), asset)));
      return balances.reduce((sum, balance) => sum + balance, 0n);
    };
    expect(await sums("available", USDT)).toBe(done.target_amount);
    expect(await sums("pending", ETH)).toBe(done.released_amount);
    expect(await at.balance(accounts.conversion(id), ETH)).toBe(0n);
    const { rows } = await sql<{ parts: number }>`
      select max(part) + 1 as parts from earning where asset = ${ETH} and payee_id = any (${payees}::uuid[])`.execute(
      at.world.engine.db,
    );
    expect(rows[0]!.parts, "one earning is divided").toBe(2);

    await at.set("swap_exposure", { per_provider_usd: null });
    await at.untilConversion(await at.check(), "distributed");
    expect(await sums("pending", ETH)).toBe(0n);
  },
);
