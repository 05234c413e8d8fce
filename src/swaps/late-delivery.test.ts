import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  dieAtEachStatement,
  driveUntil,
  eventually,
  findTrouble,
  giveEarnings,
} from "../../tests/support/index.ts";
import type { Db } from "../database/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { payoutPolicy } from "../policy/index.ts";
import { attemptsOf, payAgain, payoutJobs, resolvePayout } from "../payouts/index.ts";
import { swapJobs, writeOffSwap, type Swap } from "./index.ts";
import { PayoutWorld } from "./testing/payout-world.ts";
import { hour, USDT } from "./testing/swap-world.ts";

const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const tron = { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" };
let addresses = 0;
const usdc = () => ({
  asset: "ethereum:USDC",
  address: `0x5555555555555555555555555555555555555${String((addresses += 1)).padStart(3, "0")}`,
});

let at: PayoutWorld;
beforeAll(async () => {
  at = await PayoutWorld.start();
  // So that what is owed again can be sent again.
  const rich = await at.world.payee({ threshold: "100000" });
  await giveEarnings(at.world, USDT, [{ payeeId: rich, amount: 400_000_000n }]);
});
afterAll(() => at.world.stop());
afterEach(async () => {
  at.ahead = 0;
  at.forget();
  expect(await findTrouble(at.world)).toEqual([]);
});

const variance = () => balanceOf(at.world.engine.db, accounts.platform("variance"), USDT);
const failed = { status: "failed", actionsAvailable: false };

async function writtenOff(
  target: { asset: string; address: string },
  word: object = failed,
  ahead = 25 * hour,
): Promise<{ id: string; payeeId: string; swap: Swap; before: bigint }> {
  const before = await variance();
  const [made] = await at.inReview([target]);
  at.ahead = ahead;
  for (const by of ["ada", "bob"]) {
    at.says(made!.swap, word);
    await writeOffSwap(at.parts.swaps, made!.swap.id, { by }, soon()).catch((error: { code?: string }) => {
      if (!["second_person_needed", "swap_not_in_review"].includes(error.code ?? "")) throw error;
    });
    at.world.sandbox.heal();
  }
  expect((await at.swap(made!.id))?.status).toBe("written_off");
  await at.until("a person is asked", async () =>
    /^swap_(written_off|lost_unproved)$/.test((await at.payout(made!.id)).review_reason ?? ""),
  );
  expect(await variance()).toBe(before - 50_000_000n);
  return { ...made!, before };
}

/** The provider delivers after all. @returns by which transaction */
async function deliver({ provider_id }: Swap): Promise<string> {
  const { changenow, anvil } = at.world.sandbox;
  changenow.release(provider_id!);
  await eventually("delivered", () => changenow.exchange(provider_id!).status === "finished");
  await anvil.mine(3);
  return changenow.exchange(provider_id!)["payoutHash"] as string;
}

/** Hours later, twice at once, and everything that follows. */
async function lookLater(): Promise<void> {
  at.ahead += 7 * hour;
  const job = at.jobs.find(({ name }) => name === "swaps.follow_losses")!;
  const context = { signal: soon(), attempt: 1, log: at.parts.swaps.log };
  await Promise.all([job.run({}, context), job.run({}, context)]);
}

test("delivered after the loss was booked: it is no loss, and the payee is not paid again", async () => {
  const { id, swap, before } = await writtenOff(usdc());
  const hash = await deliver(swap);
  await lookLater();
  await at.until("completed", async () => (await at.payout(id)).status === "completed");
  expect(await at.payout(id)).toMatchObject({ transaction_hash: hash, review_reason: null });
  expect(await variance()).toBe(before);
  expect(await at.swap(id)).toMatchObject({
    status: "written_off",
    loss_finding: "delivered",
    alerts: ["written_off", "delivered_after_loss"],
  });
  expect(await attemptsOf(at.world.engine.db, id)).toMatchObject([
    { status: "succeeded", outcome: "delivered_after_loss" },
  ]);
});

test("delivered between the decision to pay again and the payment: the payment is not made", async () => {
  const { id, swap, before } = await writtenOff(usdc());
  await resolvePayout(at.parts.payouts, { payoutId: id, resolution: "retry", by: "ada" });
  const hash = await deliver(swap);
  await lookLater();
  const jobs = at.jobs.filter(({ name }) => name !== "payouts.advance");
  const completed = async (): Promise<boolean> => (await at.payout(id)).status === "completed";
  await driveUntil(at.world, "completed", completed, { jobs });
  expect((await at.payout(id)).transaction_hash).toBe(hash);
  expect(await attemptsOf(at.world.engine.db, id)).toHaveLength(1);
  expect(await variance()).toBe(before);
});

test("delivered while nobody looked, and asked to pay again: the provider is asked first, and waited for where it is silent", async () => {
  const { id, swap, before } = await writtenOff(usdc());
  const hash = await deliver(swap);
  const { faults } = at.world.sandbox;
  faults.outage("changenow");
  await resolvePayout(at.parts.payouts, { payoutId: id, resolution: "retry", by: "ada" });
  await at.world.drain({ future: true, maxRounds: 3 });
  expect(await at.payout(id)).toMatchObject({ status: "approved" });
  expect(await attemptsOf(at.world.engine.db, id)).toHaveLength(1);
  faults.heal();
  await at.until("completed", async () => (await at.payout(id)).status === "completed");
  expect(await at.payout(id)).toMatchObject({ transaction_hash: hash });
  expect(await attemptsOf(at.world.engine.db, id)).toHaveLength(1);
  expect(await variance()).toBe(before);
});

test("delivered while paying again waits for somebody's word: it is completed, and nobody is asked any more", async () => {
  const { client, api } = at.world;
  const { id, swap, before } = await writtenOff(usdc());
  const policy = async (value: object) =>
    expect((await api("PUT", "/v1/settings/payout_policy", { value })).status).toBe(200);
  const shipped = payoutPolicy.defaults as object;
  await policy({ ...shipped, without_approval: { payout_usd: "0", day_usd: "0", refund_usd: "0" } });
  onTestFinished(() => policy(shipped));
  const queued = async () =>
    (await client.get("/v1/approval-queue")).data.filter(({ subject_id }) => subject_id === id);
  at.ahead = 0;
  at.says(swap, failed, 9);
  await resolvePayout(at.parts.payouts, { payoutId: id, resolution: "retry", by: "ada" });
  await at.until("approval asked", async () => (await at.payout(id)).status === "awaiting_approval");
  expect(await queued()).toHaveLength(1);
  at.world.sandbox.heal();
  const hash = await deliver(swap);
  at.ahead = 26 * hour;
  await lookLater();
  await at.until("completed", async () => (await at.payout(id)).status === "completed");
  expect(await at.payout(id)).toMatchObject({ transaction_hash: hash });
  expect(await attemptsOf(at.world.engine.db, id)).toHaveLength(1);
  expect(await variance()).toBe(before);
  expect(await queued()).toEqual([]);
});

test("delivered after the payee was paid again: they owe it back, once, and the desk shows it", async () => {
  const { db } = at.world.engine;
  const { id, payeeId, swap, before } = await writtenOff(usdc());
  await resolvePayout(at.parts.payouts, { payoutId: id, resolution: "retry", by: "ada" });
  at.ahead = 0;
  at.says(swap, failed, 9);
  await at.until("paid again", async () => (await at.payout(id)).status === "completed");
  at.world.sandbox.heal();
  const again = await at.payout(id);
  await deliver(swap);
  at.ahead = 26 * hour;
  await lookLater();
  const owed = () => balanceOf(db, accounts.payee(payeeId, "recoverable"), USDT);
  await at.until("it is owed back", async () => (await owed()) === 50_000_000n);
  expect(await at.payout(id)).toEqual(again);
  expect(await variance()).toBe(before);
  const { data } = await at.world.client.get("/v1/review");
  expect(data.filter(({ thing }) => thing === "recoverable")).toEqual([
    expect.objectContaining({ reason: "paid_twice", actions: ["forgive"] }),
  ]);
  // A look that is repeated owes nothing twice.
  await lookLater();
  expect(await owed()).toBe(50_000_000n);
});

/** Has the swap found, and then its payout booked, by processes that die after each statement; then by twenty at once. */
async function bookDying(attemptId: string, unbooked: () => Promise<void>): Promise<void> {
  const { db } = at.world.engine;
  const context = () => ({ signal: soon(), attempt: 1, log: at.parts.swaps.log });
  const look = (given: Db) =>
    swapJobs({ ...at.parts.swaps, db: given })
      .find(({ name }) => name === "swaps.follow_losses")!
      .run({}, context());
  const book = (given: Db) =>
    payoutJobs({ ...at.parts.payouts, db: given })
      .find(({ name }) => name === "payouts.attempt_ended")!
      .run({ id: attemptId }, context());
  at.ahead += 7 * hour;
  expect(await dieAtEachStatement(db, look, unbooked)).toBeGreaterThan(4);
  expect(await dieAtEachStatement(db, book, unbooked)).toBeGreaterThan(4);
  await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? look(db) : book(db))));
}

test("whoever dies as a late delivery is found or booked leaves nothing of it; the next, or twenty at once, do it once", async () => {
  const { id, swap, before } = await writtenOff(usdc());
  const [attempt] = await attemptsOf(at.world.engine.db, id);
  const hash = await deliver(swap);
  await bookDying(attempt!.id, async () => {
    expect(await variance()).toBe(before - 50_000_000n);
    expect((await at.payout(id)).status).toBe("in_review");
  });
  expect(await at.payout(id)).toMatchObject({ status: "completed", transaction_hash: hash });
  expect(await variance()).toBe(before);
});

test("whoever dies as a payee turns out to be paid twice leaves nothing of it; the next, or twenty at once, owe it once", async () => {
  const { db } = at.world.engine;
  const { id, payeeId, swap, before } = await writtenOff(usdc());
  const [lost] = await attemptsOf(db, id);
  await resolvePayout(at.parts.payouts, { payoutId: id, resolution: "retry", by: "ada" });
  at.ahead = 0;
  at.says(swap, failed, 9);
  await at.until("paid again", async () => (await at.payout(id)).status === "completed");
  at.world.sandbox.heal();
  await deliver(swap);
  at.ahead = 26 * hour;
  const owed = () => balanceOf(db, accounts.payee(payeeId, "recoverable"), USDT);
  await bookDying(lost!.id, async () => {
    expect(await owed()).toBe(0n);
    expect(await variance()).toBe(before - 50_000_000n);
  });
  expect(await owed()).toBe(50_000_000n);
  expect(await variance()).toBe(before);
});

test("in doubt no more once the provider says that it failed and the chain lists nothing: one person ends it", async () => {
  const { id, swap } = await writtenOff(usdc(), { status: "exchanging" }, 32 * 24 * hour);
  const resolve = () => resolvePayout(at.parts.payouts, { payoutId: id, resolution: "retry", by: "ada" });
  expect(await at.payout(id)).toMatchObject({ review_reason: "swap_lost_unproved" });
  at.says(swap, { status: "exchanging" }, 2);
  await lookLater();
  await expect(resolve()).rejects.toMatchObject({ code: "payout_in_doubt" });
  at.world.sandbox.heal();
  at.says(swap, failed, 2);
  await lookLater();
  await at.until("no doubt", async () => (await at.payout(id)).review_reason === "swap_written_off");
  expect((await at.swap(id))?.loss_finding).toBe("absent");
  await expect(payAgain(at.parts.payouts, { payoutId: id, by: "ada" })).rejects.toMatchObject({
    code: "payout_not_in_doubt",
  });
  await resolve();
  at.ahead = 0;
  at.says(swap, failed, 9);
  await at.until("paid", async () => (await at.payout(id)).status === "completed");
});

test("absence is proved no more once the provider is at work again: one person does not pay again, two do", async () => {
  const { id, swap } = await writtenOff(usdc());
  await resolvePayout(at.parts.payouts, { payoutId: id, resolution: "retry", by: "ada" });
  at.says(swap, { status: "exchanging" }, 9);
  await at.until("in doubt", async () => (await at.payout(id)).review_reason === "swap_lost_unproved");
  expect(await at.payout(id)).toMatchObject({ status: "in_review" });
  expect(await attemptsOf(at.world.engine.db, id)).toHaveLength(1);
  expect((await at.swap(id))?.loss_finding).toBe("cannot_tell");
  await expect(
    resolvePayout(at.parts.payouts, { payoutId: id, resolution: "retry", by: "ada" }),
  ).rejects.toMatchObject({ code: "payout_in_doubt" });
  // It fails again, and nothing came: absence is proved, and one person pays.
  at.world.sandbox.heal();
  at.says(swap, failed, 9);
  await lookLater();
  await at.until("no doubt", async () => (await at.payout(id)).review_reason === "swap_written_off");
  // The same of one that waits for a person.
  at.world.sandbox.heal();
  at.says(swap, { status: "exchanging" }, 9);
  await lookLater();
  await at.until("in doubt again", async () => (await at.payout(id)).review_reason === "swap_lost_unproved");
  await expect(payAgain(at.parts.payouts, { payoutId: id, by: "ada" })).rejects.toMatchObject({
    code: "second_person_needed",
  });
  await payAgain(at.parts.payouts, { payoutId: id, by: "bob" });
  at.ahead = 0;
  await at.until("paid", async () => (await at.payout(id)).status === "completed");
});

test("coins that came back after the loss prove that the payee did not get them, on a chain that we do not read too", async () => {
  const { id, swap, before } = await writtenOff(tron);
  expect(await at.payout(id)).toMatchObject({ review_reason: "swap_lost_unproved" });
  const { sandbox, wallet } = at.world;
  // A provider that is configured no more is not asked, and keeps nobody waiting.
  const without = swapJobs({ ...at.parts.swaps, swapProviders: new Map() });
  const context = { signal: soon(), attempt: 1, log: at.parts.swaps.log };
  await without.find(({ name }) => name === "swaps.follow_losses")!.run({}, context);
  const refundHash = await sandbox.deposit({ to: wallet, assetId: USDT, amount: 49_000_000n });
  await sandbox.anvil.mine(3);
  at.says(swap, { status: "refunded", refundHash }, 2);
  await lookLater();
  await at.until("no doubt", async () => (await at.payout(id)).review_reason === "swap_written_off");
  expect(await at.swap(id)).toMatchObject({
    loss_finding: "absent",
    refunded_amount: 49_000_000n,
    alerts: ["lost_unproved", "refunded_after_loss"],
  });
  expect(await variance()).toBe(before - 1_000_000n);
});
