import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { getArrival, reattribute, type Recipient } from "../../src/arrivals/index.ts";
import { sql } from "../../src/database/index.ts";
import { accounts } from "../../src/ledger/index.ts";
import {
  acceptShortSettlement,
  findPayment,
  paymentIdOf,
  paymentJobs,
  type PaymentDeps,
} from "../../src/payments/index.ts";
import { driveUntil, findTrouble, startWorld, withJobs, type World } from "../support/index.ts";
import { balance, noticeOf, tell } from "./intake-notices.ts";

const ETH = "ethereum:ETH";
const settled = 9_900_000_000_000_000n; // what a notice says settled, base units of ether
const funding = accounts.platform("funding");
const variance = accounts.platform("variance");
const processor = accounts.processor("nowpayments");
const soon = () => AbortSignal.timeout(30_000);

let world: World;
beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine" },
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
});
afterAll(() => world.stop());
afterEach(async () => expect(await findTrouble(world)).toEqual([]));

async function transfer(amount = settled): Promise<string> {
  const hash = await world.sandbox.deposit({ to: world.wallet, assetId: ETH, amount });
  await world.sandbox.anvil.mine(3);
  return hash;
}

const idOf = ({ payment_id: id }: { payment_id: number }) => paymentIdOf("nowpayments", String(id));
const paymentOf = async (notice: { payment_id: number }) =>
  (await findPayment(world.engine.db, idOf(notice)))!;

/** A payment whose coins are here. */
async function seen(terms: { mode?: "instant" | "threshold"; hash?: string; amount?: number } = {}) {
  const destination = { asset: ETH, address: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" };
  const payee = await world.payee({
    mode: terms.mode ?? "threshold",
    ...(terms.mode === "instant" && { destination }),
  });
  const { orderId } = await world.order({ payees: [payee] });
  const hash = terms.hash ?? (await transfer());
  const notice = noticeOf(orderId, {
    payout_hash: hash,
    updated_at: Date.now() - 60_000,
    ...(terms.amount !== undefined && { outcome_amount: terms.amount }),
  });
  await tell(world, notice);
  await driveUntil(world, "seen", async () => (await paymentOf(notice)).arrival === "seen");
  return { hash, notice, payee };
}

/** Two persons give it away. */
async function give(hash: string, to: Recipient): Promise<void> {
  const asked = (by: string) =>
    reattribute(
      world.engine,
      {
        at: { chain: "ethereum", transactionHash: hash, index: "native" },
        to,
        reason: "not theirs",
        proof: `ticket ${hash}`,
        by,
      },
      soon(),
    );
  await expect(asked("ada")).rejects.toMatchObject({ code: "second_person_needed" });
  await asked("bob");
}
const arrivalOf = (hash: string) =>
  getArrival(world.engine.db, { chain: "ethereum", transactionHash: hash, index: "native" });

const earningsOf = async (notice: { payment_id: number }) =>
  (
    await sql<{ status: string; spendable: boolean }>`
      select status, spendable from earning where payment_id = ${idOf(notice)} order by id`.execute(
      world.engine.db,
    )
  ).rows;

/** The processor names another transfer from now on. */
function naming(notice: object, payout_hash: string): PaymentDeps {
  const { payments } = world.engine;
  const real = payments.processors.get("nowpayments")!;
  const raw = JSON.stringify({ ...notice, payout_hash });
  const parsed = real.parseEvent(Buffer.from(raw));
  if (parsed.kind !== "payment") throw new Error("the notice is of no payment");
  const fetchPayment = (id: string, signal: AbortSignal) =>
    id === parsed.payment.externalId
      ? Promise.resolve({ payment: parsed.payment, raw })
      : real.fetchPayment(id, signal);
  return { ...payments, processors: new Map([["nowpayments", { ...real, fetchPayment }]]) };
}
const arrivesBy = async (notice: { payment_id: number }, hash: string): Promise<void> =>
  driveUntil(world, "its own coins", async () => (await paymentOf(notice)).arrival === "seen", {
    jobs: withJobs(world, paymentJobs(naming(notice, hash))),
  }).then(() => undefined);

describe("a settlement whose coins are somebody else's", () => {
  test("is owed by its processor again: nothing of it can be spent until its own coins come, and nothing is lost", async () => {
    const before = { variance: await balance(world, variance), owed: await balance(world, processor) };
    const { hash, notice } = await seen();
    const funds = await balance(world, funding);
    await give(hash, { kind: "top_up" });
    expect(await balance(world, funding)).toBe(funds + settled);
    expect(await balance(world, variance)).toBe(before.variance);
    expect(await balance(world, processor)).toBe(before.owed + settled);
    expect(await paymentOf(notice)).toMatchObject({
      status: "settled",
      arrival: "expected",
      arrived_amount: null,
    });
    expect(await earningsOf(notice)).toEqual([{ status: "pending", spendable: false }]);
    expect(await arrivalOf(hash)).toMatchObject({ purpose: "top_up", lost: 0n });
    const own = await transfer();
    await arrivesBy(notice, own);
    expect(await earningsOf(notice)).toEqual([{ status: "pending", spendable: true }]);
    expect(await balance(world, processor)).toBe(before.owed);
    expect(await balance(world, variance)).toBe(before.variance);
    expect(await arrivalOf(hash)).toMatchObject({ purpose: "top_up" });
  });

  test("does not take them back by the word that two persons did not believe; they may give them back", async () => {
    const { hash, notice } = await seen();
    for (const times of [1, 2]) {
      await give(hash, { kind: "unclaimed" });
      const again = withJobs(world, paymentJobs(naming(notice, hash)));
      await driveUntil(
        world,
        "looked again",
        async () => (await paymentOf(notice)).settlement_hash === hash,
        {
          jobs: again,
        },
      );
      for (let turn = 0; turn < 3; turn++) await world.drain({ future: true, maxRounds: 2 });
      expect(await arrivalOf(hash)).toMatchObject({ purpose: "unclaimed" });
      expect(await paymentOf(notice)).toMatchObject({ arrival: "expected" });
      await give(hash, { kind: "payment", id: idOf(notice) });
      await driveUntil(world, "given back", async () => (await paymentOf(notice)).arrival === "seen");
      expect(await earningsOf(notice)).toEqual([{ status: "pending", spendable: true }]);
      expect(await paymentOf(notice)).toMatchObject({ arrivals_lost: times });
    }
  });

  test("its payee was paid from them: they owe nothing, the processor does", async () => {
    const before = { variance: await balance(world, variance), owed: await balance(world, processor) };
    const { hash, notice, payee } = await seen({ mode: "instant" });
    await driveUntil(world, "paid", async () => (await earningsOf(notice))[0]?.status === "paid");
    await give(hash, { kind: "top_up" });
    expect(await balance(world, accounts.payee(payee, "recoverable"))).toBe(0n);
    expect(await balance(world, variance)).toBe(before.variance);
    expect(await balance(world, processor)).toBe(before.owed + settled);
    await arrivesBy(notice, await transfer());
    expect(await balance(world, processor)).toBe(before.owed);
    expect((await earningsOf(notice))[0]?.status).toBe("paid");
  });

  test("of two payments of one transfer both wait; one accepted short is owed in full again", async () => {
    const before = { variance: await balance(world, variance), owed: await balance(world, processor) };
    const hash = await transfer(17_000_000_000_000_000n);
    const one = await seen({ hash });
    const destined = await world.order({ payees: [await world.payee()] });
    const other = noticeOf(destined.orderId, { payout_hash: hash, updated_at: Date.now() - 60_000 });
    await tell(world, other);
    await world.drain({ future: true, maxRounds: 2 });
    await acceptShortSettlement(world.engine.payments, { paymentId: idOf(other) }, soon());
    expect(await balance(world, variance)).toBe(before.variance - 2_800_000_000_000_000n);
    await give(hash, { kind: "top_up" });
    for (const notice of [one.notice, other])
      expect(await paymentOf(notice)).toMatchObject({ arrival: "expected", arrived_amount: null });
    expect(await balance(world, variance)).toBe(before.variance);
    expect(await balance(world, processor)).toBe(before.owed + 2n * settled);
    for (const notice of [one.notice, other]) await arrivesBy(notice, await transfer());
    expect(await balance(world, processor)).toBe(before.owed);
  });

  test("asked for by twenty at once it is given away once", async () => {
    const { hash, notice } = await seen();
    const funds = await balance(world, funding);
    const asked = Array.from({ length: 20 }, (_, n) =>
      reattribute(
        world.engine,
        {
          at: { chain: "ethereum", transactionHash: hash, index: "native" },
          to: { kind: "top_up" },
          reason: "not theirs",
          proof: "ticket 20",
          by: n % 2 === 0 ? "ada" : "bob",
        },
        soon(),
      ).then(
        () => "done",
        (error: { code?: string }) => error.code ?? String(error),
      ),
    );
    const outcomes = new Set(await Promise.all(asked));
    expect(
      [...outcomes].filter(
        (one) => !["done", "second_person_needed", "receipt_already_attributed"].includes(one),
      ),
    ).toEqual([]);
    expect(await balance(world, funding)).toBe(funds + settled);
    expect(await paymentOf(notice)).toMatchObject({ arrival: "expected", arrivals_lost: 1 });
  });
});
