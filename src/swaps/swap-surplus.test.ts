import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { driveUntil, findTrouble } from "../../tests/support/index.ts";
import { sql } from "../database/index.ts";
import { accounts } from "../ledger/index.ts";
import { bookTopUp } from "../arrivals/index.ts";
import { acceptSwapDelivery, writeOffSwap } from "./index.ts";
import { newPaymentId, noticeOf, paymentOf, tell } from "../../tests/journeys/intake-notices.ts";
import { registry } from "../money/index.ts";
import { hour, SwapWorld, USDT } from "./testing/swap-world.ts";

const by = { by: "api_key:tests" };
const soon = (): AbortSignal => AbortSignal.timeout(10_000);
const DAI = "ethereum:DAI";
const sixtyDai = 60n * 10n ** 18n;

let at: SwapWorld;
let payeeId: string;

beforeAll(async () => {
  at = await SwapWorld.start();
});
afterAll(() => at.world.stop());
beforeEach(async () => {
  at.ahead = 0;
  // The clock went back, so what was searched in a later hour is searched again.
  await sql`delete from swap_surplus_search`.execute(at.world.engine.db);
  payeeId = await at.world.payee();
});
const provider = () => at.world.sandbox.changenow;
const surplus = (): Promise<bigint> => at.balance(accounts.suspense("swap_surplus"), USDT);
const difference = async (): Promise<number> => (await findTrouble(at.world)).length;

describe("coins for a swap that has ended", () => {
  afterEach(async () => {
    at.world.sandbox.heal();
    expect(await findTrouble(at.world)).toEqual([]);
  });

  // First in its world: the sender is not known from an earlier swap.
  test("simulation seed 17: twice, and searched for before the first of them was booked: it is not passed over", async () => {
    provider().nextOutcome({ kind: "twice" });
    const { sandbox, wallet } = at.world;
    const before = { surplus: await surplus(), onChain: await sandbox.balanceOf(wallet, USDT) };
    const id = await at.claim(payeeId);
    const planned = await driveUntil(at.world, "the funding", () => at.funding(id), { jobs: at.jobs });
    // Nobody can tell us of the deliveries while they come.
    sandbox.faults.outage("changenow");
    const arrivals = async (): Promise<bigint> => (await sandbox.balanceOf(wallet, USDT)) - before.onChain;
    const bothCame = async (): Promise<boolean> =>
      (await arrivals()) > (3n * planned.quoted_target_amount!) / 2n;
    await driveUntil(at.world, "both deliveries", bothCame, { jobs: at.jobs });
    await sandbox.anvil.mine(3);
    await at.run("swaps.find_surplus");
    sandbox.faults.heal();

    const done = await at.untilConversion(id, "distributed");
    expect(await arrivals()).toBe(2n * done.target_amount!);
    at.ahead = 2 * hour;
    await at.run("swaps.find_surplus");
    expect((await surplus()) - before.surplus).toBe(done.target_amount);
  });

  test("delivered twice: the second arrival is noticed, kept apart from anybody's money, and told once", async () => {
    provider().nextOutcome({ kind: "twice" });
    const before = await surplus();
    const id = await at.claim(payeeId);
    const done = await at.untilConversion(id, "distributed");
    await at.world.sandbox.anvil.mine(3);
    expect(await at.available(payeeId)).toBe(done.target_amount);
    expect(await difference()).toBe(1);

    await at.run("swaps.find_surplus");
    expect(await surplus(), "it may still be claimed by whatever it is").toBe(before);
    at.ahead = 2 * hour;
    await Promise.all([at.run("swaps.find_surplus"), at.run("swaps.find_surplus")]);
    expect((await surplus()) - before).toBe(done.target_amount);
    expect((await at.swap(id)).alerts).toEqual(["surplus_arrived"]);
    expect(await at.available(payeeId)).toBe(done.target_amount);

    at.ahead = 4 * hour;
    await at.run("swaps.find_surplus");
    expect((await surplus()) - before).toBe(done.target_amount);
  });

  test("while another swap may still claim it, it is left alone; then it is booked", async () => {
    provider().nextOutcome({ kind: "twice" });
    const before = await surplus();
    const first = await at.claim(payeeId);
    const done = await at.untilConversion(first, "distributed");
    await at.world.sandbox.anvil.rpc("evm_increaseTime", [60]);
    provider().nextOutcome({ kind: "stuck", at: "sending" });
    const second = await at.claim(payeeId);
    const stuck = await at.untilSwap(second, { provider_status: "sending" });
    at.ahead = 2 * hour;
    await at.run("swaps.find_surplus");
    expect(await surplus()).toBe(before);
    provider().release(stuck.provider_id!);
    await at.untilConversion(second, "distributed");
    at.ahead = 3 * hour;
    await at.run("swaps.find_surplus");
    expect((await surplus()) - before).toBe(done.target_amount);
    expect((await at.swap(second)).alerts).toEqual([]);
  });

  test("F69 delivered late, after it was written off and its claim converted again: nobody is paid twice", async () => {
    provider().nextOutcome({ kind: "fail" });
    const before = await surplus();
    const id = await at.claim(payeeId);
    const failed = await at.untilSwap(id, { status: "in_review" });
    at.ahead = 25 * hour;
    await writeOffSwap(at.deps, failed.id, by, soon());
    await at.untilConversion(id, "released");
    at.ahead = 0;
    const again = await at.untilConversion(await at.check(), "distributed");
    provider().release(failed.provider_id!);
    const arrived = async (): Promise<boolean> => (await difference()) === 1;
    for (let round = 0; round < 100 && !(await arrived()); round++) await at.world.sandbox.anvil.mine(3);
    await at.world.sandbox.anvil.mine(3);
    at.ahead = 2 * hour;
    await at.run("swaps.find_surplus");
    expect(await surplus()).toBeGreaterThan(before);
    expect(await at.available(payeeId)).toBe(again.target_amount);
  });

  test("a stranger's coins are no surplus of a swap: they stay a difference until a person books them", async () => {
    const id = await at.claim(payeeId);
    await at.untilConversion(id, "distributed");
    const before = await surplus();
    const gift = { to: at.world.wallet, assetId: USDT, amount: 5_000_000n };
    const hash = await at.world.sandbox.deposit(gift);
    await at.world.sandbox.anvil.mine(3);
    at.ahead = 2 * hour;
    await at.run("swaps.find_surplus");
    expect(await surplus()).toBe(before);
    expect(await difference()).toBe(1);
    await bookTopUp(at.world.engine, { chain: "ethereum", transactionHash: hash, by: "test" }, soon());
  });
});

test("a settlement that we hear of late is the payment's, though its sender once delivered a swap and the search had it", async () => {
  const { world } = at;
  const done = await at.untilConversion(await at.claim(payeeId), "distributed");
  expect(done.target_amount).toBeGreaterThan(0n);
  const { rows } = await sql<{ from: string }>`
    select from_address as "from" from wallet_receipt where purpose = 'swap' and asset = ${USDT} limit 1`.execute(
    world.engine.db,
  );
  const { from } = rows[0]!;
  await world.sandbox.fundWallet(from, "ethereum:ETH", 10n ** 18n);
  await world.sandbox.fundWallet(from, USDT, 20_000_000n);
  const words = [BigInt(world.wallet), 20_000_000n].map((part) => part.toString(16).padStart(64, "0"));
  const to = registry.get(USDT).contract!;
  const hash = await world.sandbox.anvil.sendAs({ from, to, data: `0xa9059cbb${words.join("")}` });
  await world.sandbox.anvil.mine(3);
  const before = await surplus();
  at.ahead = 2 * hour;
  await at.run("swaps.find_surplus");
  expect(await surplus()).toBe(before + 20_000_000n);
  at.ahead = 0;

  const { orderId } = await world.order({ payees: [payeeId] });
  const paid = { pay_currency: "usdterc20", pay_amount: 20, actually_paid: 20 };
  const settled = { outcome_currency: "usdterc20", outcome_amount: 20, payout_hash: hash };
  const notice = noticeOf(orderId, { payment_id: newPaymentId(), ...paid, ...settled });
  await tell(world, notice);
  const seen = async (): Promise<boolean> => (await paymentOf(world, notice.payment_id)).arrival === "seen";
  await driveUntil(world, "the payment's coins", seen, { jobs: world.jobs });
  expect(await surplus()).toBe(before);
  expect(await findTrouble(world)).toEqual([]);
});

describe("less arrived than the provider says it sent", () => {
  test("F70 half of it: distributed is what the chain shows, once a person accepts it", async () => {
    provider().nextOutcome({ kind: "short", fraction: "0.5" });
    const before = await at.world.sandbox.balanceOf(at.world.wallet, USDT);
    const id = await at.claim(payeeId, "ethereum:USDC", 60_000_000n);
    const swap = await at.untilSwap(id, { status: "in_review" });
    expect(swap.review_reason).toBe("delivery_less_than_told");
    await expect(writeOffSwap(at.deps, swap.id, by, soon())).rejects.toMatchObject({ code: "swap_not_dead" });
    at.ahead = 25 * hour;
    await expect(writeOffSwap(at.deps, swap.id, by, soon())).rejects.toMatchObject({ code: "swap_arrived" });
    await Promise.allSettled([1, 2, 3].map(() => acceptSwapDelivery(at.deps, swap.id, by, soon())));
    const done = await at.untilConversion(id, "distributed");
    expect(done.target_amount).toBe((await at.world.sandbox.balanceOf(at.world.wallet, USDT)) - before);
    expect(await at.available(payeeId)).toBe(done.target_amount);
    const ended = await at.swap(id);
    expect(ended.told_amount! > (ended.delivered_amount! * 19n) / 10n).toBe(true);
    expect(ended.alerts).toEqual(["delivered_below_quote"]);
    expect(await findTrouble(at.world)).toEqual([]);
  });

  test("while the provider does not answer, nothing is decided", async () => {
    provider().nextOutcome({ kind: "fail" });
    const id = await at.claim(payeeId);
    const swap = await at.untilSwap(id, { status: "in_review" });
    at.ahead = 25 * hour;
    at.world.sandbox.faults.next("changenow", { kind: "http", status: 500, times: 3 });
    await expect(writeOffSwap(at.deps, swap.id, by, soon())).rejects.toMatchObject({
      code: "provider_error",
    });
    at.world.sandbox.heal();
    expect((await at.swap(id)).status).toBe("in_review");
    await writeOffSwap(at.deps, swap.id, by, soon());
    await at.untilConversion(id, "released");
    await at.untilConversion(await at.check(), "distributed");
    expect(await findTrouble(at.world)).toEqual([]);
  });

  // Last, because its coins are lost: what is owed for them cannot be converted again here.
  test("F70 finished by an invented hash: nothing to accept, and two persons write it off after thirty days", async () => {
    provider().nextOutcome({ kind: "short", fraction: "0" });
    const id = await at.claim(payeeId, DAI, sixtyDai);
    await at.untilSwap(id, { waiting_reason: "delivery_not_seen_on_chain" });
    at.ahead = 25 * hour;
    const swap = await at.untilSwap(id, { status: "in_review" });
    await expect(acceptSwapDelivery(at.deps, swap.id, by, soon())).rejects.toMatchObject({
      code: "nothing_arrived",
    });
    await expect(writeOffSwap(at.deps, swap.id, by, soon())).rejects.toMatchObject({ code: "swap_not_dead" });
    at.ahead = 32 * 24 * hour;
    await expect(writeOffSwap(at.deps, swap.id, { by: "ada" }, soon())).rejects.toMatchObject({
      code: "second_person_needed",
    });
    await writeOffSwap(at.deps, swap.id, { by: "bob" }, soon());
    await at.untilConversion(id, "released");
    expect(await at.pending(payeeId, DAI)).toBe(sixtyDai);
    expect(await at.variance(DAI)).toBe(-sixtyDai);
    expect(await findTrouble(at.world)).toEqual([]);
  });
});
