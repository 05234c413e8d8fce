import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { inventAddress } from "../../sandbox/coins.ts";
import { balance, noticeOf, orderOf, paymentOf, tell } from "../../tests/journeys/intake-notices.ts";
import { driveUntil, findTrouble, startWorld, type World } from "../../tests/support/index.ts";
import { sql } from "../database/index.ts";
import { listReview } from "../desk/index.ts";
import { acceptShortSettlement, findPayment, type PaymentDeps } from "../payments/index.ts";
import { liveRefundOf, takeBackRefund } from "../refunds/index.ts";
import { dismissEvent } from "./replay-event.ts";
import { askProcessor } from "./sweep-payments.job.ts";
import { assignPayment, intakeJobs, listEvents, refundUnmatched } from "./index.ts";

const settled = 9_900_000_000_000_000n; // what a notice says settled, base units of ether
const ETH = "ethereum:ETH";

let world: World;
let payee: string;
let ahead = 0;
beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine" },
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
  payee = await world.payee();
});
afterAll(() => world.stop());
afterEach(() => {
  ahead = 0;
});

const signal = () => AbortSignal.timeout(20_000);
const clock = { now: () => new Date(Date.now() + ahead) };

/** The room as it is, and a processor that says of every payment what the given notice says. */
function toldBy(notice: object): PaymentDeps {
  const { payments } = world.engine;
  const real = payments.processors.get("nowpayments")!;
  const raw = JSON.stringify(notice);
  const parsed = real.parseEvent(Buffer.from(raw));
  if (parsed.kind !== "payment") throw new Error("the notice is of no payment");
  const fetchPayment = () => Promise.resolve({ payment: parsed.payment, raw });
  return { ...payments, clock, processors: new Map([["nowpayments", { ...real, fetchPayment }]]) };
}

async function deposit(amount: bigint): Promise<string> {
  const hash = await world.sandbox.deposit({ to: world.wallet, assetId: ETH, amount });
  await world.sandbox.anvil.mine(3);
  return hash;
}

const seen = (externalId: number) =>
  driveUntil(world, "coins seen", async () => (await paymentOf(world, externalId)).arrival === "seen");

/** Money without an order, whose coins are in our wallet. */
async function stray() {
  const notice = noticeOf(null, { payout_hash: await deposit(settled) });
  await tell(world, notice);
  await seen(notice.payment_id);
  const payment = await paymentOf(world, notice.payment_id);
  expect(payment).toMatchObject({ status: "in_review", review_reason: "unknown_order" });
  return { notice, paymentId: payment.id };
}

const itemOf = async (id: string) =>
  (await listReview({ ...world.engine, clock }, signal())).find((item) => item.id === id);
const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code,
  );

describe("money that no order explains", () => {
  test("§7 41: it waits at the desk, is booked by the order a person names, once, and leaves nothing in suspense", async () => {
    const { notice, paymentId } = await stray();
    expect(await itemOf(paymentId)).toMatchObject({
      owner: "operator",
      money: [{ asset: ETH, amount: settled }],
      actions: ["check", "assign", "refund"],
    });
    const { orderId } = await world.order({ payees: [payee] });
    const input = { paymentId, orderId, by: "api_key:tests" };
    expect(await codeOf(assignPayment(toldBy(notice), { ...input, orderId: paymentId }, signal()))).toBe(
      "unknown_order",
    );
    await assignPayment(toldBy(notice), input, signal());
    expect(await codeOf(assignPayment(toldBy(notice), input, signal()))).toBe("payment_not_unmatched");
    await seen(notice.payment_id);
    const payment = await paymentOf(world, notice.payment_id);
    expect(payment).toMatchObject({ status: "settled", order_id: orderId });
    expect(payment.earnings).toMatchObject([{ payee_id: payee, status: "pending" }]);
    expect(await balance(world, "suspense:unmatched")).toBe(0n);
    expect(await itemOf(paymentId)).toBeUndefined();
    expect(
      await listEvents(world.engine.db, { filters: { status: "unmatched" }, before: null, limit: 9 }),
    ).toEqual([]);
    await driveUntil(world, "order paid", async () => (await orderOf(world, orderId)).status === "paid");
    const { rows } = await sql<{ cause: { ref: string } }>`
      select cause from status_change where thing_id = ${paymentId} and to_status = 'settled'`.execute(
      world.engine.db,
    );
    expect(rows).toMatchObject([{ cause: { kind: "operator", ref: "api_key:tests" } }]);
    expect(await findTrouble(world)).toEqual([]);
  });

  test("the processor is asked first: when it says something else by now, nothing is assigned or sent back", async () => {
    const { notice, paymentId } = await stray();
    const { orderId } = await world.order({ payees: [payee] });
    const before = await balance(world, "suspense:unmatched");
    for (const news of [{ outcome_amount: 0.0098 }, { payment_status: "refunded" }]) {
      const deps = toldBy({ ...notice, ...news });
      const by = "cli";
      expect(await codeOf(assignPayment(deps, { paymentId, orderId, by }, signal()))).toBe(
        "settlement_changed",
      );
      const toAddress = inventAddress("evm", "payer 0");
      expect(await codeOf(refundUnmatched(deps, { paymentId, toAddress, by }, signal()))).toBe(
        "settlement_changed",
      );
    }
    expect(await balance(world, "suspense:unmatched")).toBe(before);
    await refundUnmatched(
      toldBy(notice),
      { paymentId, toAddress: inventAddress("evm", "payer 1"), by: "cli" },
      signal(),
    );
  });

  test("refunded to the address a person names, it reaches the payer once and the books are whole", async () => {
    const { notice, paymentId } = await stray();
    const toAddress = inventAddress("evm", "payer 2");
    const input = { paymentId, toAddress, by: "cli" };
    const deps = toldBy(notice);
    const outcomes = await Promise.all([1, 2, 3].map(() => codeOf(refundUnmatched(deps, input, signal()))));
    expect(outcomes.toSorted()).toEqual(["done", "payment_not_unmatched", "payment_not_unmatched"]);
    const chain = world.engine.chains.get("ethereum")!;
    const arrived = () => chain.balance(toAddress, world.engine.payments.registry.get(ETH), signal());
    await driveUntil(world, "the payer has it", async () => (await arrived()) === settled);
    await driveUntil(world, "booked", async () => (await findTrouble(world)).length === 0);
    expect(await arrived()).toBe(settled);
    expect((await findPayment(world.engine.db, paymentId))?.status).toBe("refunded");
    expect(await balance(world, "suspense:unmatched")).toBe(0n);
    // Its processor sends it back, too: a person is told, and the books say what we did.
    await tell(world, { ...notice, payment_status: "refunded" });
    const { rows } = await sql`select status, outcome from processor_event order by id desc limit 1`.execute(
      world.engine.db,
    );
    expect(rows).toEqual([{ status: "in_review", outcome: expect.stringContaining("ourselves") }]);
    expect(await findTrouble(world)).toEqual([]);
  });

  test("a refund that cannot be sent is taken back: nobody's money again, and refunded anew", async () => {
    const { notice, paymentId } = await stray();
    const { db, refunds } = world.engine;
    const bad = inventAddress("evm", "a contract that takes no ether");
    await world.sandbox.anvil.rpc("anvil_setCode", [bad, "0xfe"]);
    await refundUnmatched(toldBy(notice), { paymentId, toAddress: bad, by: "cli" }, signal());
    const refund = await driveUntil(world, "stopped", async () => {
      const live = await liveRefundOf(db, "payment", paymentId);
      return live?.status === "stopped" ? live : null;
    });
    expect([await balance(world, "suspense:unmatched"), await balance(world, "suspense:refunds")]).toEqual([
      0n,
      settled,
    ]);
    const takeBack = () => codeOf(takeBackRefund(refunds, { refundId: refund.id, by: "cli" }));
    expect((await Promise.all([takeBack(), takeBack()])).toSorted()).toEqual(["done", "refund_ended"]);
    expect(await itemOf(paymentId)).toMatchObject({
      money: [{ asset: ETH, amount: settled }],
      actions: ["check", "assign", "refund"],
    });
    expect([await balance(world, "suspense:unmatched"), await balance(world, "suspense:refunds")]).toEqual([
      settled,
      0n,
    ]);
    expect(await findTrouble(world)).toEqual([]);
    const toAddress = inventAddress("evm", "payer 4");
    await refundUnmatched(toldBy(notice), { paymentId, toAddress, by: "cli" }, signal());
    await driveUntil(
      world,
      "the payer has it",
      async () => (await world.sandbox.balanceOf(toAddress, ETH)) > 0n,
    );
    await driveUntil(world, "booked", async () => (await findTrouble(world)).length === 0);
    expect(await world.sandbox.balanceOf(toAddress, ETH)).toBe(settled);
    expect(await balance(world, "suspense:unmatched")).toBe(0n);
  });

  test("refunded by its processor while we sent it back, set aside, and not sent after all: a check finds the refund", async () => {
    const { notice, paymentId } = await stray();
    const { db, refunds } = world.engine;
    const bad = inventAddress("evm", "another contract that takes no ether");
    await world.sandbox.anvil.rpc("anvil_setCode", [bad, "0xfe"]);
    await refundUnmatched(toldBy(notice), { paymentId, toAddress: bad, by: "cli" }, signal());
    const refund = await driveUntil(world, "stopped", async () => {
      const live = await liveRefundOf(db, "payment", paymentId);
      return live?.status === "stopped" ? live : null;
    });
    const asked = toldBy({ ...notice, payment_status: "refunded" });
    const check = async () => {
      expect(await askProcessor(asked, await findPayment(db, paymentId).then((one) => one!), signal())).toBe(
        true,
      );
      await world.drain();
    };
    await check();
    const [event] = await listEvents(db, { filters: { status: "in_review" }, before: null, limit: 1 });
    await dismissEvent(db, { eventId: event!.id, by: "cli" });
    await takeBackRefund(refunds, { refundId: refund.id, by: "cli" });
    expect(await paymentOf(world, notice.payment_id)).toMatchObject({ status: "in_review" });
    await check();
    expect(await paymentOf(world, notice.payment_id)).toMatchObject({ status: "refunded" });
    await check();
    expect(await findTrouble(world)).toEqual([]);
  });

  test("coins that have not reached us are not sent back by us", async () => {
    const notice = noticeOf(null);
    await tell(world, notice);
    const { id: paymentId } = await paymentOf(world, notice.payment_id);
    expect((await itemOf(paymentId))?.actions).toEqual(["check", "assign"]);
    const input = { paymentId, toAddress: inventAddress("evm", "payer 3"), by: "cli" };
    expect(await codeOf(refundUnmatched(toldBy(notice), input, signal()))).toBe("coins_not_here");
  });
});

describe("coins that are not what was announced", () => {
  test("F54: a short settlement, accepted, makes the earnings spendable as booked; what lacks is the platform's cost", async () => {
    const { orderId } = await world.order({ payees: [payee] });
    const notice = noticeOf(orderId, { payout_hash: await deposit(settled / 2n) });
    await tell(world, notice);
    await world.drain({ future: true, maxRounds: 2 });
    const { id: paymentId } = await paymentOf(world, notice.payment_id);
    ahead = 25 * 3_600_000;
    expect(await itemOf(paymentId)).toMatchObject({
      status: "settled",
      reason: "deadline_passed",
      owner: "provider",
      actions: ["check", "accept_short"],
    });
    const before = await balance(world, "platform:variance");
    await acceptShortSettlement(toldBy(notice), { paymentId }, signal());
    expect(await codeOf(acceptShortSettlement(toldBy(notice), { paymentId }, signal()))).toBe(
      "payment_not_awaited",
    );
    expect(before - (await balance(world, "platform:variance"))).toBe(settled - settled / 2n);
    expect(await paymentOf(world, notice.payment_id)).toMatchObject({ arrival: "seen", status: "settled" });
    expect(await itemOf(paymentId)).toBeUndefined();
    expect(await findTrouble(world)).toEqual([]);
  });

  test("where the chain shows nothing for it, a settlement is not accepted", async () => {
    const { orderId } = await world.order({ payees: [payee] });
    const notice = noticeOf(orderId, { payout_hash: `0x${"ab".repeat(32)}` });
    await tell(world, notice);
    const { id: paymentId } = await paymentOf(world, notice.payment_id);
    expect(await codeOf(acceptShortSettlement(toldBy(notice), { paymentId }, signal()))).toBe(
      "settlement_not_seen",
    );
  });

  test("F20: coins that come after a refund wrote them off are booked as owed back, not left as a difference", async () => {
    const { orderId } = await world.order({ payees: [payee] });
    const hash = await deposit(settled);
    const notice = noticeOf(orderId, { payment_status: "finished" });
    await tell(world, notice, { ...notice, payment_status: "refunded" });
    expect(await paymentOf(world, notice.payment_id)).toMatchObject({ status: "refunded", arrival: "none" });
    const owed = await balance(world, "suspense:refunds");
    await sql`update payment set settlement_hash = ${hash} where external_id = ${String(notice.payment_id)}`.execute(
      world.engine.db,
    );
    const [sweep] = world.jobs.filter((job) => job.name === "payments.sweep");
    await sweep!.run({}, { signal: signal(), attempt: 1, log: world.engine.log });
    await seen(notice.payment_id);
    expect(await balance(world, "suspense:refunds")).toBe(owed + settled);
    expect(await itemOf(`refunds:${ETH}`)).toMatchObject({ thing: "suspense", reason: "suspense:refunds" });
    expect(await findTrouble(world)).toEqual([]);
  });

  test.each([
    ["the refund itself names their transaction", ["waiting", "refunded"]],
    ["the notice that it had finished comes late", ["waiting", "refunded with no hash", "finished"]],
  ])("coins of a payment that we never heard had settled are owed back: %s", async (_how, words) => {
    const { orderId } = await world.order({ payees: [payee] });
    const owed = await balance(world, "suspense:refunds");
    const hash = await deposit(settled);
    const first = noticeOf(orderId, { payout_hash: hash, updated_at: Date.now() - 3_600_000 });
    const refundedAt = Date.now() - 1_800_000;
    const told: Record<string, object> = {
      waiting: { payment_status: "waiting", payout_hash: null, actually_paid: 0 },
      refunded: { payment_status: "refunded", updated_at: refundedAt },
      "refunded with no hash": { payment_status: "refunded", payout_hash: null, updated_at: refundedAt },
      finished: {},
    };
    for (const word of words) await tell(world, { ...first, ...told[word] });
    await seen(first.payment_id);
    expect(await paymentOf(world, first.payment_id)).toMatchObject({
      status: "refunded",
      settlement_hash: hash,
    });
    expect(await balance(world, "suspense:refunds")).toBe(owed + settled);
    expect(await itemOf(`refunds:${ETH}`)).toMatchObject({ thing: "suspense", reason: "suspense:refunds" });
    expect(await findTrouble(world)).toEqual([]);
    // Said again, it changes nothing.
    for (const word of words) await tell(world, { ...first, ...told[word] });
    expect(await balance(world, "suspense:refunds")).toBe(owed + settled);
  });

  test("a notice of a refund names no transaction: its processor is asked for what it had sent before", async () => {
    const { orderId } = await world.order({ payees: [payee] });
    const owed = await balance(world, "suspense:refunds");
    const notice = noticeOf(orderId, { payment_status: "refunded", updated_at: Date.now() });
    await tell(world, { ...notice, payment_status: "waiting", actually_paid: 0 }, notice);
    const asked = toldBy({ ...notice, payout_hash: await deposit(settled) });
    ahead = 11 * 60_000;
    const sweep = intakeJobs(asked).find(({ name }) => name === "payments.sweep");
    await sweep!.run({}, { signal: signal(), attempt: 1, log: world.engine.log });
    await seen(notice.payment_id);
    expect(await paymentOf(world, notice.payment_id)).toMatchObject({ status: "refunded" });
    expect(await balance(world, "suspense:refunds")).toBe(owed + settled);
    expect(await findTrouble(world)).toEqual([]);
  });
});
