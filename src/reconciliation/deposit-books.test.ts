import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startGatheringWorld, DAI, USDT, type GatheringWorld } from "../../tests/journeys/gathering-world.ts";
import { quoteIn, unitsOf, type DirectOrder } from "../../tests/journeys/direct-orders.ts";
import { sql } from "../database/index.ts";
import { findUnowned, listReview } from "../desk/index.ts";
import { checkInvariants, compareWallets } from "./index.ts";
import { plantFaults } from "./testing/plant-faults.ts";

let gathering: GatheringWorld;
let unswept: DirectOrder;
const signal = () => AbortSignal.timeout(9_000);
const db = () => gathering.world.engine.db;

/** A world with a payment gathered, one not gathered, a surplus, a deposit in review and dust. */
beforeAll(async () => {
  gathering = await startGatheringWorld();
  const [paid, odd] = [await gathering.order(), await gathering.order()];
  unswept = await gathering.order();
  await gathering.pay(paid, USDT, unitsOf(quoteIn(paid, USDT)) * 2n);
  await gathering.swept(paid);
  await gathering.pay(odd, DAI, 300n * 10n ** 18n);
  await gathering.pay(odd, USDT, 50_000n);
  await gathering.pay(unswept, USDT);
  const judged = async (): Promise<boolean> => {
    const rows = [...(await gathering.deposits(odd)), ...(await gathering.deposits(unswept))];
    return rows.length === 3 && rows.every((row) => row.status !== "confirming" && row.final);
  };
  await gathering.until("all judged", judged, ["payments.sweep_addresses"]);
});
afterAll(() => gathering.world.stop());

describe("planted faults", () => {
  afterEach(async () => {
    expect(await checkInvariants(db())).toEqual([]);
  });

  test.each([
    {
      name: "a deposit in review is gone",
      statements: ["delete from deposit where status = 'in_review'"],
      found: ["deposit_suspense"],
    },
    {
      name: "dust is called our own transfer",
      statements: ["update deposit set reason = 'own_transfer' where reason = 'dust'"],
      found: ["deposit_suspense"],
    },
    {
      name: "a credited deposit's amount is changed",
      statements: ["update deposit set amount = amount + 1 where status = 'credited' and surplus_amount = 0"],
      found: ["deposit_shares"],
    },
    {
      name: "a credited deposit is put into review",
      statements: [
        "update deposit set status = 'in_review', reason = 'late', next_check_at = now(), deadline_at = now() where surplus_amount = 0 and status = 'credited'",
      ],
      found: ["deposit_suspense", "direct_payments"],
    },
    {
      name: "a direct payment has no deposit",
      statements: ["update deposit set payment_id = null where surplus_amount = 0 and status = 'credited'"],
      found: ["deposit_shares", "direct_payments"],
    },
    {
      name: "a surplus is changed",
      statements: ["update deposit set surplus_amount = surplus_amount - 1 where surplus_amount > 0"],
      found: ["deposit_shares", "surplus_accounts"],
    },
    {
      name: "an earning can be spent before its coins are gathered",
      statements: ["update earning set spendable = true where not spendable"],
      found: ["spendable_early"],
    },
    {
      name: "a deposit is called gathered and is not",
      statements: ["update deposit set swept_at = now() where swept_at is null"],
      found: ["sweeps"],
    },
    {
      name: "a sweep is called swept and its transfer is not final",
      statements: ["update transfer set status = 'reverted' where purpose = 'sweep'"],
      found: ["sweeps"],
    },
    {
      name: "a direct payment is gone",
      statements: ["delete from payment where processor = 'chain'"],
      found: ["deposit_shares"],
    },
  ])("$name: named by $found", async ({ statements, found }) => {
    expect(await plantFaults(db(), ...statements)).toEqual(found);
  });
});

describe("payers' addresses against their chain", () => {
  const differences = async () =>
    (await compareWallets(gathering.parts, signal())).filter((one) => one.difference !== 0n);
  const shown = async () =>
    (await listReview(gathering.parts, signal())).filter(({ thing }) => thing === "wallet_difference");

  test("coins that are gone from there, or lie there unbooked, show to the unit, and nothing can be booked of them by hand", async () => {
    expect(await differences()).toEqual([]);
    expect(await shown()).toEqual([]);
    const address = gathering.addressOf(unswept);
    await gathering.world.sandbox.fundWallet(address, USDT, -3n);
    expect(await differences()).toMatchObject([{ address, asset: USDT, difference: -3n }]);
    expect(await shown()).toMatchObject([
      { status: "less_on_chain", money: [{ asset: USDT, amount: -3n }], actions: [] },
    ]);
    await gathering.world.sandbox.fundWallet(address, USDT, 5n);
    expect(await shown()).toMatchObject([{ status: "more_on_chain", actions: [] }]);
    await gathering.world.sandbox.fundWallet(address, USDT, -2n);
    expect(await differences()).toEqual([]);
  });

  test("a chain that gives no answer is an error to the comparison, and hides only its addresses from the desk", async () => {
    gathering.world.sandbox.rpc.lie({ kind: "down" });
    await expect(compareWallets(gathering.parts, signal())).rejects.toThrow();
    expect(await shown()).toEqual([]);
    expect((await listReview(gathering.parts, signal())).some(({ thing }) => thing === "deposit")).toBe(true);
    gathering.world.sandbox.rpc.heal();
    expect(await differences()).toEqual([]);
  });

  test("a payment whose coins wait for lower fees says so when its time has passed, and nobody is asked to accept less", async () => {
    gathering.world.sandbox.prices.lie("ethereum", "missing");
    await gathering.forward(11);
    await gathering.look();
    await gathering.until("put off", async () => Boolean((await gathering.sweeps(unswept))[0]?.reason));
    await gathering.forward(40 * 24 * 60);
    const { rows } = await sql<{ id: string }>`
      select id::text from payment where order_id = ${unswept.id}`.execute(db());
    const items = await listReview(gathering.parts, signal());
    expect(items.find(({ id }) => id === rows[0]!.id)).toMatchObject({
      thing: "payment",
      reason: "price_unavailable",
      actions: ["check"],
    });
    gathering.world.sandbox.prices.heal();
    await gathering.look();
    await gathering.swept(unswept);
    await gathering.expectWhole();
    const late = await findUnowned(gathering.parts, gathering.parts.clock.now(), {
      lateMs: 60 * 24 * 3_600_000,
    });
    expect(late.filter(({ thing }) => thing !== "event")).toEqual([]);
  });
});
