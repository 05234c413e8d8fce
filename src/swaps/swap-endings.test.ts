import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually, findTrouble } from "../../tests/support/index.ts";
import { sql } from "../database/index.ts";
import { accounts } from "../ledger/index.ts";
import { acceptSwapDelivery, acceptSwapRefund, writeOffSwap } from "./index.ts";
import { amount, ETH, hour, SwapWorld, USDT } from "./testing/swap-world.ts";

const by = { by: "api_key:tests" };
const soon = (): AbortSignal => AbortSignal.timeout(10_000);

let at: SwapWorld;
let payeeId: string;

beforeAll(async () => {
  at = await SwapWorld.start();
});
afterAll(() => at.world.stop());
beforeEach(async () => {
  at.ahead = 0;
  payeeId = await at.world.payee();
});
const provider = () => at.world.sandbox.changenow;

async function expectDistributed(id: string): Promise<bigint> {
  const done = await at.untilConversion(id, "distributed");
  expect(await at.available(payeeId)).toBe(done.target_amount);
  expect(await at.balance(accounts.swap("changenow"), ETH)).toBe(0n);
  return done.target_amount!;
}
async function expectReleased(id: string): Promise<void> {
  await at.untilConversion(id, "released");
  expect(await at.pending(payeeId)).toBe(amount);
  expect(await at.balance(accounts.swap("changenow"), ETH)).toBe(0n);
  // So that nothing of this test is claimed by the next one.
  await expectDistributed(await at.check());
}
/** Of what nobody can tell two persons say the same. */
async function writeOffAsTwo(swapId: string): Promise<void> {
  const code = "second_person_needed";
  await expect(writeOffSwap(at.deps, swapId, { by: "ada" }, soon())).rejects.toMatchObject({ code });
  await writeOffSwap(at.deps, swapId, { by: "bob" }, soon());
}
/** Of the last transaction that brought ether to our wallet. */
async function lastHash(): Promise<string> {
  const { anvil } = at.world.sandbox;
  for (let height = await anvil.blockNumber(); height > 0; height--) {
    const { transactions } = await anvil.rpc<{ transactions: { hash: string; to: string | null }[] }>(
      "eth_getBlockByNumber",
      [`0x${height.toString(16)}`, true],
    );
    const found = transactions.find(({ to }) => to?.toLowerCase() === at.world.wallet.toLowerCase());
    if (found) return found.hash;
  }
  throw new Error("no ether came");
}
const decision = async (swapId: string): Promise<unknown> =>
  (
    await sql<{ cause: unknown }>`
      select cause from status_change where thing = 'swap' and thing_id = ${swapId} order by id desc limit 1`.execute(
      at.world.engine.db,
    )
  ).rows[0]!.cause;

describe("a provider that keeps to no promise: the books hold, and each swap ends", () => {
  afterEach(async () => {
    at.world.sandbox.heal();
    expect(await findTrouble(at.world)).toEqual([]);
  });

  test("F75 the provider lets the exchange expire before we fund it: nothing is sent, and a new quote is", async () => {
    const id = await at.claim(payeeId);
    provider().nextOutcome({ kind: "expire" });
    const first = await at.openOnly(id);
    expect(first.status).toBe("created");
    await eventually(
      "expired over there",
      () => provider().exchange(first.provider_id!).status === "expired",
    );
    await at.run("swaps.advance", { id: first.id });
    expect(await at.swap(id)).toMatchObject({ status: "expired", transfer_id: null });
    at.ahead = 2 * 60_000;
    await expectDistributed(id);
    const swaps = await at.swaps(id);
    expect(swaps.map(({ status }) => status)).toEqual(["expired", "delivered"]);
    expect(provider().exchange(first.provider_id!)["payinHash"]).toBeNull();
  });

  test("F75 funded late: it expired there while our coins were on their way, and what it delivers all the same counts", async () => {
    const id = await at.claim(payeeId);
    provider().nextOutcome({ kind: "late" });
    provider().configure({ stepMs: 3_000 }); // so long the exchange waits for its deposit
    const swap = await at.openOnly(id);
    await at.run("swaps.advance", { id: swap.id });
    expect((await at.swap(id)).status).toBe("funding");
    provider().configure({ stepMs: 10 });
    await eventually("expired over there", () => provider().exchange(swap.provider_id!).status === "expired");
    await expectDistributed(id);
    expect(await at.swaps(id)).toHaveLength(1);
  });

  test.each(["0.9", "1.1"])(
    "F69 the provider counts %s of our deposit: told to a person, and booked is what arrives",
    async (fraction) => {
      provider().nextOutcome({ kind: "miscount", fraction });
      const before = await at.world.sandbox.balanceOf(at.world.wallet, USDT);
      const id = await at.claim(payeeId);
      const got = await expectDistributed(id);
      const swap = await at.swap(id);
      expect(swap.alerts).toContain("deposit_mismatch");
      expect(swap.received_amount).toBe(fraction === "0.9" ? (amount * 9n) / 10n : (amount * 11n) / 10n);
      expect(got).toBe((await at.world.sandbox.balanceOf(at.world.wallet, USDT)) - before);
    },
  );

  test("F69 held for verification past the deadline: shown for review, and delivered when it is let go", async () => {
    provider().nextOutcome({ kind: "hold" });
    const id = await at.claim(payeeId);
    await at.untilSwap(id, { status: "on_hold" });
    at.ahead = 25 * hour;
    const swap = await at.untilSwap(id, { status: "in_review" });
    expect(swap.review_reason).toBe("deadline_passed");
    await expect(writeOffSwap(at.deps, swap.id, by, soon())).rejects.toMatchObject({ code: "swap_not_dead" });
    provider().release(swap.provider_id!);
    await expectDistributed(id);
  });

  test("delivered 10 % below the quote: the variance is kept, an alert raised once, and the payees get what arrived", async () => {
    provider().nextOutcome({ kind: "less", fraction: "0.9" });
    const before = await at.failures("delivered_below_quote");
    const id = await at.claim(payeeId);
    await expectDistributed(id);
    const swap = await at.swap(id);
    expect(swap.alerts).toEqual(["delivered_below_quote"]);
    expect(swap.delivered_amount! * 100n < swap.quoted_target_amount! * 97n).toBe(true);
    expect(await at.failures("delivered_below_quote")).toBe(before + 1);
  });

  test("delivered as quoted: no alert", async () => {
    const id = await at.claim(payeeId);
    await expectDistributed(id);
    expect((await at.swap(id)).alerts).toEqual([]);
  });

  test("a status that goes back after it was finished un-books nothing", async () => {
    provider().nextOutcome({ kind: "backwards" });
    const id = await at.claim(payeeId);
    await expectDistributed(id);
    await at.world.drain({ future: true, maxRounds: 3 });
    expect((await at.swap(id)).status).toBe("delivered");
  });

  test("F69 half of it refunded: accepted by a person, the lost half is the platform's, the earnings are whole", async () => {
    provider().nextOutcome({ kind: "partial_refund", fraction: "0.5" });
    const before = await at.variance(ETH);
    const id = await at.claim(payeeId);
    const review = await at.untilSwap(id, { status: "in_review" });
    expect(review.review_reason).toBe("refund_too_small");
    await acceptSwapRefund(at.deps, review.id, by, soon());
    await at.untilConversion(id, "released");
    const swap = await at.swap(id);
    expect(swap).toMatchObject({ status: "refunded", alerts: ["refund_shortfall"] });
    expect((await at.variance(ETH)) - before).toBe(swap.refunded_amount! - amount);
    expect(await decision(swap.id)).toMatchObject({ kind: "operator", ref: by.by });
    await expectReleased(id);
  });

  test("F69 refunded by a transaction that the provider never names: a person names it, the chain proves it", async () => {
    provider().nextOutcome({ kind: "refund", untold: true });
    const id = await at.claim(payeeId);
    await at.untilSwap(id, { waiting_reason: "refund_not_seen_on_chain" });
    at.ahead = 25 * hour;
    const swap = await at.untilSwap(id, { status: "in_review" });
    await expect(acceptSwapRefund(at.deps, swap.id, by, soon())).rejects.toMatchObject({
      code: "nothing_arrived",
    });
    const lie = { ...by, transactionHash: swap.payin_address! };
    await expect(acceptSwapRefund(at.deps, swap.id, lie, soon())).rejects.toMatchObject({
      code: "nothing_arrived",
    });
    await at.world.sandbox.anvil.mine(3);
    await acceptSwapRefund(at.deps, swap.id, { ...by, transactionHash: await lastHash() }, soon());
    await expectReleased(id);
  });

  test("F69 F68 failed for good: written off past its deadline only; the loss is the platform's, the claim whole", async () => {
    provider().nextOutcome({ kind: "fail" });
    const before = await at.variance(ETH);
    const id = await at.claim(payeeId);
    const swap = await at.untilSwap(id, { status: "in_review" });
    await expect(writeOffSwap(at.deps, swap.id, by, soon())).rejects.toMatchObject({ code: "swap_not_dead" });
    at.ahead = 25 * hour;
    await expect(acceptSwapDelivery(at.deps, swap.id, by, soon())).rejects.toMatchObject({
      code: "nothing_arrived",
    });
    await Promise.allSettled([1, 2, 3].map(() => writeOffSwap(at.deps, swap.id, by, soon())));
    expect(await at.swap(id)).toMatchObject({ status: "written_off", alerts: ["written_off"] });
    expect((await at.variance(ETH)) - before).toBe(-amount);
    await expectReleased(id);
    await expect(writeOffSwap(at.deps, swap.id, by, soon())).rejects.toMatchObject({
      code: "swap_not_in_review",
    });
  });

  test("F68 a provider that is for ever at work is written off after thirty days, by two persons", async () => {
    provider().nextOutcome({ kind: "stuck", at: "exchanging" });
    const id = await at.claim(payeeId);
    await at.untilSwap(id, { provider_status: "exchanging" });
    at.ahead = 25 * hour;
    const swap = await at.untilSwap(id, { status: "in_review" });
    await expect(writeOffSwap(at.deps, swap.id, by, soon())).rejects.toMatchObject({ code: "swap_not_dead" });
    at.ahead = 32 * 24 * hour;
    await writeOffAsTwo(swap.id);
    await expectReleased(id);
  });

  test("written off, and delivered after all: what comes makes the loss good, once, and the claim is whole", async () => {
    provider().nextOutcome({ kind: "hold" });
    const id = await at.claim(payeeId);
    const { id: swapId } = await at.untilSwap(id, { status: "on_hold" });
    at.ahead = 25 * hour;
    await at.untilSwap(id, { status: "in_review" });
    at.ahead = 32 * 24 * hour;
    await writeOffAsTwo(swapId);
    await expectReleased(id);
    const before = await at.variance(USDT);
    const swap = await at.swap(id);
    provider().release(swap.provider_id!);
    await eventually("sent", () => provider().exchange(swap.provider_id!).status === "finished");
    await at.world.sandbox.anvil.mine(3);
    for (let looks = 0; looks < 2; looks++) {
      at.ahead += 7 * hour;
      await at.run("swaps.follow_losses", {});
    }
    expect(await at.swap(id)).toMatchObject({
      status: "written_off",
      loss_finding: "delivered",
      alerts: ["lost_unproved", "delivered_after_loss"],
    });
    expect((await at.variance(USDT)) - before).toBe((await at.swap(id)).delivered_amount);
  });
});
