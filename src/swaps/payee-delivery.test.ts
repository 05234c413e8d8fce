import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startTron } from "../../sandbox/tron/index.ts";
import { eventually, findTrouble } from "../../tests/support/index.ts";
import type { ReceivingChain } from "../chains/receiving.ts";
import { createTronChain } from "../chains/tron/index.ts";
import { systemClock } from "../clock.ts";
import { registry } from "../money/index.ts";
import { attemptsOf } from "../payouts/index.ts";
import { acceptSwapDelivery, swapDesk, writeOffSwap, type Swap } from "./index.ts";
import { PayoutWorld, type Target } from "./testing/payout-world.ts";
import { hour } from "./testing/swap-world.ts";

const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const tron = { asset: "tron:USDT", address: "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8" };
const listed = { asset: "ethereum:USDC", address: "0x4444444444444444444444444444444444444444" };

let at: PayoutWorld;
beforeAll(async () => {
  at = await PayoutWorld.start();
});
afterAll(() => at.world.stop());
afterEach(async () => {
  at.ahead = 0;
  at.forget();
  expect(await findTrouble(at.world)).toEqual([]);
});

async function held(targets: readonly Target[]): Promise<{ ids: string[]; swaps: Swap[] }> {
  at.world.sandbox.changenow.nextOutcome({ kind: "hold" }, targets.length);
  const ids = (await at.payouts(targets)).map(({ id }) => id);
  return { ids, swaps: await at.untilSwaps(ids, "on_hold") };
}

/** The provider lets go and delivers. @returns by which transaction */
async function deliver({ provider_id }: Swap): Promise<string> {
  const { changenow } = at.world.sandbox;
  changenow.release(provider_id!);
  await eventually("delivered", () => changenow.exchange(provider_id!).status === "finished");
  return changenow.exchange(provider_id!)["payoutHash"] as string;
}

const delivered = (hash: string) => ({ status: "finished", payoutHash: hash, amountTo: 49 });
const code = (done: Promise<unknown>): Promise<string> =>
  done.then(
    () => "done",
    (error: { code?: string }) => error.code ?? String(error),
  );

test("a delivery that paid one payout pays no other one by its provider's word, and by one person's neither", async () => {
  const {
    ids: [first, second],
    swaps: [one, other],
  } = await held([tron, tron]);
  const hash = await deliver(one!);
  await at.until("first paid", async () => (await at.payout(first!)).status === "completed");
  at.says(other!, delivered(hash));
  await at.look(other!);
  expect(await at.swap(second!)).toMatchObject({
    status: "in_review",
    review_reason: "delivery_already_used",
  });
  at.says(other!, delivered(hash));
  expect(await code(acceptSwapDelivery(at.parts.swaps, other!.id, { by: "ada" }, soon()))).toBe(
    "second_person_needed",
  );
  at.ahead = 25 * hour;
  at.says(other!, delivered(hash));
  expect(await code(writeOffSwap(at.parts.swaps, other!.id, { by: "ada" }, soon()))).toBe(
    "second_person_needed",
  );
  at.ahead = 0;
  const own = await deliver(other!);
  await at.until("second paid", async () => (await at.payout(second!)).status === "completed");
  expect(own).not.toBe(hash);
  expect(await at.payout(first!)).toMatchObject({ transaction_hash: hash });
  expect(await at.payout(second!)).toMatchObject({ transaction_hash: own });
});

test("what the provider has just delivered is not written off, and the payee gets it once", async () => {
  const [made] = await at.inReview([tron]);
  const hash = await deliver(made!.swap);
  expect(await code(writeOffSwap(at.parts.swaps, made!.swap.id, { by: "ada" }, soon()))).toBe("swap_arrived");
  await at.until("paid", async () => (await at.payout(made!.id)).status === "completed");
  expect((await at.payout(made!.id)).transaction_hash).toBe(hash);
  expect(await attemptsOf(at.world.engine.db, made!.id)).toHaveLength(1);
});

test("one transaction named for two payouts on a chain that we do not read completes neither, whoever is asked first", async () => {
  const { ids, swaps } = await held([tron, tron]);
  const hash = await deliver(swaps[0]!);
  // The second is asked first, and its provider takes the first one's transaction for its own.
  at.says(swaps[1]!, delivered(hash), 3);
  await at.look(swaps[1]!);
  await at.look(swaps[0]!);
  for (const id of ids)
    expect(await at.swap(id)).toMatchObject({ status: "in_review", review_reason: "delivery_named_twice" });
  const desk = await swapDesk(at.parts.swaps).find({ now: at.clock.now(), signal: soon() });
  for (const [index, swap] of swaps.entries())
    expect(desk.find(({ id }) => id === swap.id)?.said).toContain(
      `${hash} is named for this and for payout ${ids[1 - index]} (tron:USDT to ${tron.address}`,
    );
  // One corrects itself: then the other one is named by one provider alone.
  at.forget();
  await deliver(swaps[1]!);
  await at.until("both paid", async () =>
    (await Promise.all(ids.map((id) => at.payout(id)))).every(({ status }) => status === "completed"),
  );
  expect((await at.payout(ids[0]!)).transaction_hash).toBe(hash);
  expect((await at.payout(ids[1]!)).transaction_hash).not.toBe(hash);
});

test("looked at together, two that are paid by one transaction both wait; two persons may say of each that it was paid", async () => {
  const other = { ...tron, address: "TLa2f6VPqDgRE67v1736s7bJ8Ray5wYjU7" };
  const { ids, swaps } = await held([tron, other]);
  const hash = await deliver(swaps[0]!);
  for (const swap of swaps) at.says(swap, delivered(hash), 20);
  await Promise.all(swaps.map((swap) => at.look(swap)));
  for (const id of ids)
    expect(await at.swap(id)).toMatchObject({ status: "in_review", review_reason: "delivery_named_twice" });
  const accept = (swap: Swap, by: string) =>
    code(acceptSwapDelivery(at.parts.swaps, swap.id, { by }, soon()));
  for (const swap of swaps) {
    expect(await accept(swap, "ada")).toBe("second_person_needed");
    expect(await accept(swap, "ada")).toBe("second_person_needed");
    expect(await accept(swap, "bob")).toBe("done");
  }
  await at.until("both paid", async () =>
    (await Promise.all(ids.map((id) => at.payout(id)))).every(({ status }) => status === "completed"),
  );
  for (const id of ids) expect((await at.payout(id)).transaction_hash).toBe(hash);
});

test("a provider that gives no answer about another payout holds this one up for an hour, and no longer", async () => {
  const { ids, swaps } = await held([tron, tron]);
  await deliver(swaps[0]!);
  at.says(swaps[1]!, "silence", 2);
  await at.look(swaps[0]!);
  expect(await at.swap(ids[0]!)).toMatchObject({ status: "on_hold" });
  at.ahead = 2 * hour;
  await at.look(swaps[0]!);
  expect(await at.swap(ids[0]!)).toMatchObject({ status: "delivered" });
  at.ahead = 0;
  at.forget();
  await deliver(swaps[1]!);
  await at.until("both paid", async () =>
    (await Promise.all(ids.map((id) => at.payout(id)))).every(({ status }) => status === "completed"),
  );
});

test("a provider that names the transfer that funded it, or one from before, is not believed", async () => {
  const { sandbox } = at.world;
  const before = await sandbox.deposit({
    to: listed.address,
    assetId: "ethereum:USDC",
    amount: 49_000_000n,
  });
  await sandbox.anvil.mine(3);
  const {
    ids: [id, foreign],
    swaps: [swap, unread],
  } = await held([listed, tron]);
  at.says(swap!, delivered(before));
  await at.look(swap!);
  expect(await at.swap(id!)).toMatchObject({
    status: "in_review",
    review_reason: "delivery_older_than_funding",
  });
  at.says(unread!, delivered(sandbox.changenow.exchange(unread!.provider_id!)["payinHash"] as string));
  await at.look(unread!);
  expect(await at.swap(foreign!)).toMatchObject({
    status: "in_review",
    review_reason: "delivery_already_used",
  });
  await deliver(swap!);
  await deliver(unread!);
  await at.until("paid", async () =>
    (await Promise.all([id!, foreign!].map((one) => at.payout(one)))).every(
      ({ status }) => status === "completed",
    ),
  );
});

test("while another swap should bring the same payee the like, a person's word does not make its delivery this one's", async () => {
  const [first, second] = await at.inReview([listed, listed]);
  at.ahead = 25 * hour;
  const hash = await deliver(second!.swap);
  await at.world.sandbox.anvil.mine(3);
  const accept = (by: string, transactionHash = hash) =>
    code(acceptSwapDelivery(at.parts.swaps, first!.swap.id, { by, transactionHash }, soon()));
  expect(await accept("ada")).toBe("arrival_expected_elsewhere");
  at.ahead = 100 * hour;
  expect(await accept("ada")).toBe("second_person_needed");
  expect(await accept("ada")).toBe("second_person_needed");
  expect(await at.swap(first!.id)).toMatchObject({ status: "in_review" });
  // Its provider names it meanwhile: then no number of persons makes it another one's.
  await at.until("the right one is paid", async () => (await at.payout(second!.id)).status === "completed");
  expect(await accept("bob")).toBe("delivery_already_used");
  expect((await at.payout(second!.id)).transaction_hash).toBe(hash);
  const own = await deliver(first!.swap);
  await at.until("paid", async () => (await at.payout(first!.id)).status === "completed");
  expect((await at.payout(first!.id)).transaction_hash).toBe(own);
});

describe("where we read the chain, it says what reached a payee, and no provider's word", () => {
  test("of a native coin on a chain that shows what calls moved", async () => {
    const { sandbox } = at.world;
    const native = { asset: "ethereum:ETH", address: "0x5555555555555555555555555555555555555555" };
    const { ids, swaps } = await held([native, native]);
    // What reached somebody else.
    const elsewhere = await sandbox.deposit({
      to: listed.address,
      assetId: "ethereum:ETH",
      amount: 10n ** 16n,
    });
    await sandbox.anvil.mine(3);
    at.says(swaps[0]!, { status: "finished", payoutHash: elsewhere, amountTo: 0.01 });
    await at.look(swaps[0]!);
    expect(await at.swap(ids[0]!)).toMatchObject({
      status: "on_hold",
      waiting_reason: "delivery_not_seen_on_chain",
    });
    const hashes = [await deliver(swaps[0]!), await deliver(swaps[1]!)];
    await at.until("both paid", async () =>
      (await Promise.all(ids.map((id) => at.payout(id)))).every(({ status }) => status === "completed"),
    );
    for (const [index, id] of ids.entries())
      expect((await at.payout(id)).transaction_hash).toBe(hashes[index]);
  });

  test("of a token on a chain that we only read: what is named for two payees is who got it", async () => {
    const node = await startTron({ clock: systemClock });
    onTestFinished(() => node.stop());
    const apiUrls = [node.url];
    const { genesisHash } = node;
    const shared = { registry, clock: systemClock, requestTimeoutMs: 5_000, listLagMs: 0 };
    const chain = createTronChain({ apiUrls, apiKey: null, genesisHash, ...shared });
    (at.parts.swaps.depositChains as Map<string, ReceivingChain>).set("tron", chain);
    const other = { ...tron, address: "TLa2f6VPqDgRE67v1736s7bJ8Ray5wYjU7" };
    const { ids, swaps } = await held([tron, other]);
    node.mine(1);
    const contract = registry.get("tron:USDT").contract!;
    const first = node.pay({ to: tron.address, contract, amount: 49_000_000n });
    const looked = async (hash: string) => {
      for (const swap of swaps) {
        at.says(swap, delivered(hash));
        await at.look(swap);
      }
    };
    await looked(first);
    for (const id of ids)
      expect(await at.swap(id)).toMatchObject({ waiting_reason: "delivery_not_seen_on_chain" });
    node.mine(25);
    await looked(first);
    expect(await at.swap(ids[0]!)).toMatchObject({ status: "delivered", delivered_amount: 49_000_000n });
    expect(await at.swap(ids[1]!)).toMatchObject({ waiting_reason: "delivery_not_seen_on_chain" });
    // One transaction that did pay two payees completes the other one by its own part.
    const both = node.payByContract({
      tokens: [tron, other].map(({ address: to }) => ({ contract, to, amount: 49_000_000n })),
    });
    node.mine(25);
    at.says(swaps[1]!, delivered(both));
    await at.look(swaps[1]!);
    await at.until("both paid", async () =>
      (await Promise.all(ids.map((id) => at.payout(id)))).every(({ status }) => status === "completed"),
    );
    expect((await at.payout(ids[1]!)).transaction_hash).toBe(both);
  });
});
