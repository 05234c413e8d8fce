import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { driveUntil, findTrouble } from "../../tests/support/index.ts";
import { swapExposure } from "./index.ts";
import { amount, ETH, SwapWorld, USDT } from "./testing/swap-world.ts";

let at: SwapWorld;
let payeeId: string;

beforeAll(async () => {
  at = await SwapWorld.start({ simpleswap: true });
});
afterAll(() => at.world.stop());
beforeEach(async () => {
  at.ahead = 0;
  payeeId = await at.world.payee();
  at.world.sandbox.changenow.configure({ spreadBps: 40 });
  at.world.sandbox.simpleswap!.configure({ spreadBps: 80 });
});
afterEach(async () => {
  at.world.sandbox.heal();
  await at.set("swap_exposure", { per_provider_usd: "10000" });
  await driveUntil(at.world, "nothing under way", async () => (await swapExposure(at.deps.db)).length === 0, {
    jobs: at.jobs,
  });
  expect(await findTrouble(at.world)).toEqual([]);
});

const exchanges = (): string[] =>
  (["changenow", "simpleswap"] as const).flatMap((name) =>
    at.world.sandbox[name]!.exchanges().map(({ id }) => `${name} ${id}`),
  );

describe("which provider makes a swap", () => {
  test.each([
    { better: "changenow", spreads: [40, 80] },
    { better: "simpleswap", spreads: [80, 40] },
  ] as const)("the one that brings most, here $better; both offers are kept and explained", async (one) => {
    at.world.sandbox.changenow.configure({ spreadBps: one.spreads[0] });
    at.world.sandbox.simpleswap!.configure({ spreadBps: one.spreads[1] });
    const id = await at.claim(payeeId);
    const done = await at.untilConversion(id, "distributed");
    const swap = await at.swap(id);
    expect(swap.provider).toBe(one.better);
    const taken = swap.quotes!.find(({ problem }) => problem === null)!;
    const other = swap.quotes!.find(({ problem }) => problem === "another_brings_more")!;
    expect(taken.provider).toBe(one.better);
    expect(BigInt(taken.target_amount!) > BigInt(other.target_amount!)).toBe(true);
    expect(swap.quoted_target_amount).toBe(BigInt(taken.target_amount!));
    expect(await at.available(payeeId)).toBe(done.target_amount);
    const { swaps } = await at.world.client.get("/v1/conversions/{id}", { params: { path: { id } } });
    expect(swaps[0]!.quotes).toHaveLength(2);
  });

  test("F72 one provider is down: the other is chosen, and nothing waits", async () => {
    at.world.sandbox.faults.next("changenow", { kind: "http", status: 500, times: 50 });
    const id = await at.claim(payeeId);
    const swap = await at.untilSwap(id, { status: "delivered" });
    expect(swap).toMatchObject({ provider: "simpleswap", seq: 1 });
    expect(swap.quotes).toContainEqual(
      expect.objectContaining({ provider: "changenow", target_amount: null }),
    );
    await at.untilConversion(id, "distributed");
  });

  test("F71 the best offer is refused when it is taken: the next one is, in the same breath, and one exchange is made", async () => {
    at.world.sandbox.changenow.refuseNext("pair_is_inactive");
    const before = exchanges().length;
    const id = await at.claim(payeeId);
    await at.untilConversion(id, "distributed");
    const swap = await at.swap(id);
    expect(swap).toMatchObject({ provider: "simpleswap", seq: 1 });
    expect(swap.quotes).toContainEqual(
      expect.objectContaining({ provider: "changenow", problem: "pair_inactive" }),
    );
    expect(exchanges()).toHaveLength(before + 1);
  });

  test("F69 refunded: only then is another swap made, and it goes to the other provider", async () => {
    at.world.sandbox.changenow.nextOutcome({ kind: "refund" });
    const id = await at.claim(payeeId);
    await at.untilConversion(id, "released");
    expect((await at.swap(id)).provider).toBe("changenow");
    const next = await at.check();
    await at.untilConversion(next, "distributed");
    expect((await at.swap(next)).provider).toBe("simpleswap");
    expect(await at.pending(payeeId)).toBe(0n);
  });

  test("F36 F38 a swap under way keeps its provider, whatever the others offer meanwhile", async () => {
    at.world.sandbox.simpleswap!.configure({ spreadBps: 10 });
    at.world.sandbox.simpleswap!.nextOutcome({ kind: "stuck", at: "exchanging" });
    const id = await at.claim(payeeId);
    const swap = await at.untilSwap(id, { status: "exchanging" });
    expect(swap.provider).toBe("simpleswap");
    at.world.sandbox.simpleswap!.configure({ spreadBps: 500 });
    await at.world.drain({ future: true, maxRounds: 3 });
    expect(await at.swaps(id)).toHaveLength(1);
    at.world.sandbox.simpleswap!.release(swap.provider_id!);
    await at.untilConversion(id, "distributed");
  });
});

describe("the exposure limit", () => {
  test("a provider without room is passed over for the other; without any room the swap waits, and goes on by itself", async () => {
    // Each claim is worth about ninety dollars.
    await at.set("swap_exposure", { per_provider_usd: "150" });
    for (const name of ["changenow", "simpleswap"] as const)
      at.world.sandbox[name]!.nextOutcome({ kind: "stuck", at: "exchanging" });
    const stuck = [];
    for (const asset of ["ethereum:USDC", "ethereum:DAI"]) {
      const units = asset === "ethereum:DAI" ? 100n * 10n ** 18n : 100_000_000n;
      const id = await at.claim(payeeId, asset, units);
      stuck.push({ id, swap: await at.untilSwap(id, { status: "exchanging" }) });
    }
    expect(stuck.map(({ swap }) => swap.provider).toSorted()).toEqual(["changenow", "simpleswap"]);
    const id = await at.claim(payeeId, ETH, amount);
    const waiting = await at.untilSwap(id, { waiting_reason: "exposure_cap" });
    expect(waiting).toMatchObject({ status: "quoted", provider: null, transfer_id: null });
    for (const { swap } of stuck)
      at.world.sandbox[swap.provider as "changenow" | "simpleswap"]!.release(swap.provider_id!);
    for (const { id: one } of stuck) await at.untilConversion(one, "distributed");
    await at.untilConversion(id, "distributed");
  });

  test("a conversion larger than the limit is swapped in parts that fit, to the last base unit", async () => {
    await at.set("swap_exposure", { per_provider_usd: "40" });
    const before = await at.world.sandbox.balanceOf(at.world.wallet, USDT);
    const id = await at.claim(payeeId);
    const done = await at.untilConversion(id, "distributed");
    const swaps = await at.swaps(id);
    expect(swaps.length).toBeGreaterThan(1);
    expect(swaps.every((swap) => swap.source_usd_micros <= 40_000_000n)).toBe(true);
    expect(swaps.reduce((sum, swap) => sum + swap.source_amount, 0n)).toBe(amount);
    expect(done.target_amount).toBe((await at.world.sandbox.balanceOf(at.world.wallet, USDT)) - before);
  });
});
