import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Schemas } from "../../client/index.ts";
import { inventAddress } from "../../sandbox/coins.ts";
import {
  answerTo,
  changeSetting,
  dieAtEachStatement,
  driveUntil,
  findTrouble,
  givePayment,
  startWorld,
  type World,
} from "../../tests/support/index.ts";
import { checkConversions } from "../conversions/index.ts";
import { inTransaction, sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import { accounts, balanceOf, postEntry } from "../ledger/index.ts";
import { createApiKey, type Scope } from "../operators/index.ts";
import { planPayouts } from "../payouts/index.ts";
import { liveAuthorisation } from "../policy/index.ts";
import { refundJobs, refundSettings } from "../refunds/index.ts";
import { findPayment, refundOrder } from "./index.ts";
import { refundPayment } from "./refund-payment.ts";
import { reversePayment } from "./reverse-payment.ts";

const USDT = "ethereum:USDT";
const ETH = "ethereum:ETH";
let world: World;
let people = 0;
const signal = () => AbortSignal.timeout(20_000);

beforeAll(async () => {
  world = await startWorld({
    worker: false,
    sandbox: { blocks: "automine", swapStepMs: 10 },
    env: { TRANSFER_POLL_MS: "60000", SWAP_POLL_MS: "60000" },
  });
});
afterAll(() => world.stop());
afterEach(async () => expect(await findTrouble(world)).toEqual([]));

type Refund = Schemas["RefundWithHistory"];
type Asked = Partial<Schemas["RefundOrder"]>;

const newAddress = (): string => inventAddress("evm", `payer of a refund ${++people}`);
const newPayee = (): Promise<string> =>
  world.payee({
    threshold: "1",
    destination: { asset: USDT, address: inventAddress("evm", `payee ${++people}`) },
  });
const ask = (orderId: string, body: Asked = {}) =>
  world.client.post("/v1/orders/{id}/refunds", {
    params: { path: { id: orderId } },
    body: { rate: "original", reason: "the course was cancelled", to_address: newAddress(), ...body },
  });
const read = (id: string): Promise<Refund> =>
  world.client.get("/v1/refunds/{id}", { params: { path: { id } } });
const cancel = (id: string) => world.client.post("/v1/refunds/{id}/cancel", { params: { path: { id } } });
const orderOf = (id: string) => world.client.get("/v1/orders/{id}", { params: { path: { id } } });
const until = (id: string, ...statuses: string[]): Promise<Refund> =>
  driveUntil(world, `a refund ${statuses.join(" or ")}`, async () => {
    const refund = await read(id);
    return statuses.includes(refund.status) && refund;
  });
const usdt = (amount: string) => ({ asset: USDT, amount });
const booked = (path: string, asset = USDT): Promise<bigint> => balanceOf(world.engine.db, path, asset);
const has = async (payeeId: string, asset = USDT) => ({
  pending: await booked(accounts.payee(payeeId, "pending"), asset),
  available: await booked(accounts.payee(payeeId, "available"), asset),
  held: await booked(accounts.payee(payeeId, "held"), asset),
  owes: await booked(accounts.payee(payeeId, "recoverable"), asset),
});
const nothing = { pending: 0n, available: 0n, held: 0n, owes: 0n };

interface Earned {
  readonly status: string;
  readonly amount: bigint;
  readonly refund_id: string | null;
}
const earningsOf = async (paymentId: string): Promise<Earned[]> =>
  (
    await sql<Earned>`select status, amount, refund_id from earning where payment_id = ${paymentId} order by payee_id, part`.execute(
      world.engine.db,
    )
  ).rows;

/** A key of somebody else's, and what they say to the API. */
async function personWith(scopes: readonly Scope[]) {
  const owner = `person ${++people}`;
  const { key } = await createApiKey(world.engine.db, { name: owner, owner, scopes, now: new Date() });
  return (path: string, body: unknown) =>
    world.api<{ code?: string }>("POST", path, body, { authorization: `Bearer ${key}` });
}
async function decide(refundId: string, decision: "approve" | "reject") {
  const row = (await liveAuthorisation(world.engine.db, { subject: "refund", subjectId: refundId }))!;
  const items = [{ id: row.id, terms_hash: row.terms_hash.toString("hex") }];
  const say = await personWith(["payouts:approve"]);
  return say("/v1/approval-decisions", { decision, items, ...(decision === "reject" && { reason: "no" }) });
}
const askingFor = (refundUsd: string) =>
  changeSetting(world, "payout_policy", {
    without_approval: { payout_usd: "100000", day_usd: "100000", refund_usd: refundUsd },
  });
const waitingForApproval = (id: string): Promise<Refund> =>
  driveUntil(world, "waiting for approval", async () => {
    const refund = await read(id);
    return refund.attempts.at(-1)?.waiting_reason === "awaiting_approval" && refund;
  });

/** Coins of the operator's own, so that what payees have in their hands can be put up for them. */
async function topUp(asset: string, amount: bigint): Promise<void> {
  await world.sandbox.fundWallet(world.wallet, asset, amount);
  await inTransaction(world.engine.db, (tx) =>
    postEntry(tx, {
      id: newId(),
      reason: "operator_funding",
      happenedAt: new Date(),
      postings: [
        {
          debit: accounts.wallet("ethereum", world.wallet),
          credit: accounts.platform("funding"),
          money: { asset, amount },
        },
      ],
    }),
  );
}

const convert = async (paymentId: string): Promise<void> => {
  await checkConversions(world.engine.conversions, signal(), true);
  await driveUntil(world, "converted", async () =>
    (await earningsOf(paymentId)).every(({ status }) => status !== "pending" && status !== "converting"),
  );
};

const pay = async (paymentId: string): Promise<void> => {
  await planPayouts(world.engine.payouts, signal());
  await driveUntil(world, "paid", async () =>
    (await earningsOf(paymentId)).every(({ status }) => status === "paid" || status === "reversed"),
  );
};

describe("a payment goes back to its payer", () => {
  test("whole: the payer has all that came, our fee and each share are taken back, and the order says so", async () => {
    const payees = [await newPayee(), await newPayee(), await newPayee()];
    const fees = await booked("platform:fees");
    const { orderId, paymentId } = await givePayment(world, USDT, { payees, amount: 10_000_001n });
    const to = newAddress();
    const { id, status, amount, share, fee, link } = await ask(orderId, { to_address: to });
    expect({ status, amount, share, fee, link }).toEqual({
      status: "waiting",
      amount: usdt("10.000001"),
      share: usdt("10.000001"),
      fee: usdt("0.3"),
      link: null,
    });
    const refund = await until(id, "sent");
    expect(await world.sandbox.balanceOf(to, USDT)).toBe(10_000_001n);
    expect(refund.history.map((step) => step.to)).toEqual(["waiting", "sending", "sent"]);
    expect(refund).toMatchObject({
      order_id: orderId,
      subject_id: paymentId,
      reason: "the course was cancelled",
      transaction_hash: expect.stringMatching(/^0x/),
      attempts: [{ seq: 1, outcome: "sent", to_address: to, transaction_hash: refund.transaction_hash }],
    });
    for (const payee of payees) expect(await has(payee)).toEqual(nothing);
    expect(await booked("platform:fees")).toBe(fees);
    expect(await booked("suspense:refunds")).toBe(0n);
    await world.drain();
    expect(await orderOf(orderId)).toMatchObject({
      status: "refunded",
      refund_status: "refunded",
      refunded_usd: "25",
    });
    expect((await answerTo(ask(orderId))).body.code).toBe("nothing_to_refund");
    const found = await world.client.get("/v1/search", {
      params: { query: { q: refund.transaction_hash! } },
    });
    expect(found.data).toMatchObject([{ kind: "refund", id }]);
  });

  test("in parts: each takes its proportion of the fee and of every share, to the base unit, and the last one what is left", async () => {
    const payees = [await newPayee(), await newPayee(), await newPayee()];
    const amount = 1_000_003n;
    const { orderId, paymentId } = await givePayment(world, USDT, { payees, amount });
    const whole = await Promise.all(payees.map(async (payee) => (await has(payee)).pending));
    let gone = 0n;
    for (const part of [333_333n, 1n, 400_000n]) {
      const { id } = await ask(orderId, { share: usdt(`0.${part.toString().padStart(6, "0")}`) });
      await until(id, "sent");
      gone += part;
      for (const [index, payee] of payees.entries()) {
        const left = (await has(payee)).pending;
        const exact = (whole[index]! * (amount - gone)) / amount;
        expect([exact - 2n <= left, left <= exact + 2n]).toEqual([true, true]);
      }
      expect(await findTrouble(world)).toEqual([]);
    }
    expect(await orderOf(orderId)).toMatchObject({ status: "paid", refund_status: "partly_refunded" });
    const last = await ask(orderId);
    expect(last.amount).toEqual(usdt("0.266669"));
    await until(last.id, "sent");
    for (const payee of payees) expect(await has(payee)).toEqual(nothing);
    expect((await findPayment(world.engine.db, paymentId))?.status).toBe("refunded");
    expect((await orderOf(orderId)).refund_status).toBe("refunded");
  });

  test("of twenty parts asked for at once as many go as what came covers, and never more", async () => {
    const payees = [await newPayee(), await newPayee()];
    const { orderId, paymentId } = await givePayment(world, USDT, { payees, amount: 10_000_000n });
    const to = newAddress();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => answerTo(ask(orderId, { share: usdt("1"), to_address: to }))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status !== 200).map(({ body }) => body.code);
    expect(new Set(refused)).toEqual(
      new Set(["refund_above_paid", "nothing_to_refund"].filter((one) => refused.includes(one))),
    );
    expect(refused).toHaveLength(10);
    await driveUntil(
      world,
      "all sent",
      async () => (await world.sandbox.balanceOf(to, USDT)) === 10_000_000n,
    );
    await driveUntil(
      world,
      "booked",
      async () => (await findPayment(world.engine.db, paymentId))?.status === "refunded",
    );
    for (const payee of payees) expect(await has(payee)).toEqual(nothing);
  });

  test("the database itself refuses more than came, whatever the code thinks", async () => {
    const { paymentId } = await givePayment(world, USDT, { payees: [await newPayee()], amount: 5n });
    await expect(
      sql`update payment set refund_reserved = 6 where id = ${paymentId}`.execute(world.engine.db),
    ).rejects.toThrow("refunded_within_settled");
  });

  test("with the fee kept, the payer has that much less and our fee stays", async () => {
    const [terms] = refundSettings;
    await changeSetting(world, terms!.key as "refund_terms", { fee: "kept" });
    const payee = await newPayee();
    const fees = await booked("platform:fees");
    const { orderId } = await givePayment(world, USDT, { payees: [payee], amount: 10_000_000n });
    const half = await ask(orderId, { share: usdt("5") });
    await changeSetting(world, "refund_terms", { fee: "refunded" });
    expect(half).toMatchObject({ amount: usdt("4.85"), fee: usdt("0.15"), fee_kept: true });
    await until(half.id, "sent");
    expect(await has(payee)).toEqual({ ...nothing, pending: 4_850_000n });
    expect((await booked("platform:fees")) - fees).toBe(300_000n);
    const rest = await ask(orderId);
    expect(rest).toMatchObject({ amount: usdt("5"), fee: usdt("0.15"), fee_kept: false });
    await until(rest.id, "sent");
    expect(await has(payee)).toEqual(nothing);
    expect((await booked("platform:fees")) - fees).toBe(150_000n);
  });

  test("at the current rate: fewer units when the coin rose, and never more than came when it fell", async () => {
    const payee = await newPayee();
    const { orderId, paymentId } = await givePayment(world, ETH, {
      payees: [payee],
      amount: 4n * 10n ** 15n,
    });
    const { db } = world.engine;
    const worthThen = async (times: bigint, divisor: bigint) =>
      sql`update payment set settled_usd_micros = div(settled_usd_micros * ${times}, ${divisor}) where id = ${paymentId}`.execute(
        db,
      );
    const share = { asset: ETH, amount: "0.002" };
    await worthThen(1n, 2n);
    const risen = await ask(orderId, { share, rate: "current" });
    expect([risen.amount.amount, risen.share?.amount]).toEqual([
      expect.stringMatching(/^0\.00(1|099999)/),
      "0.002",
    ]);
    await worthThen(10n, 1n);
    const fallen = await ask(orderId, { share, rate: "current" });
    expect(fallen.amount).toEqual(share);
    await until(risen.id, "sent");
    await until(fallen.id, "sent");
    // What the payer did not get of the first part stays with whom it was earned by, and is refunded no more.
    expect((await has(payee, ETH)).pending).toBeGreaterThan(9n * 10n ** 14n);
    expect((await answerTo(ask(orderId))).body.code).toBe("nothing_to_refund");
    expect((await orderOf(orderId)).refund_status).toBe("refunded");
  });
});

/** Where the payee's share is when half of its payment is refunded, and what they have when all is over. */
const points: readonly {
  readonly when: string;
  readonly before: (paymentId: string, payeeId: string) => Promise<unknown>;
  readonly after: (paymentId: string, payeeId: string) => Promise<unknown>;
  readonly left: Partial<typeof nothing>;
}[] = [
  { when: "pending", before: async () => null, after: async () => null, left: { pending: 4_850_000n } },
  { when: "available", before: convert, after: async () => null, left: { available: 4_850_000n } },
  {
    when: "claimed by a conversion",
    before: () => checkConversions(world.engine.conversions, signal(), true),
    after: convert,
    left: { available: 4_850_000n },
  },
  {
    when: "held by a payout that has not left",
    before: async (paymentId) => {
      await convert(paymentId);
      await planPayouts(world.engine.payouts, signal());
    },
    after: pay,
    left: {},
  },
  {
    when: "paid",
    before: async (paymentId) => {
      await convert(paymentId);
      await pay(paymentId);
    },
    after: async () => null,
    left: { owes: 4_850_000n },
  },
];

describe("half of a payment whose share is", () => {
  test.each(points)(
    "$when: exactly its proportion is taken back, and the rest stays the payee's",
    async (point) => {
      await topUp(USDT, 10_000_000n);
      const payee = await newPayee();
      const { orderId, paymentId } = await givePayment(world, USDT, { payees: [payee], amount: 10_000_000n });
      await point.before(paymentId, payee);
      const { id } = await ask(orderId, { share: usdt("5") });
      expect(await findTrouble(world)).toEqual([]);
      await until(id, "sent");
      await point.after(paymentId, payee);
      expect(await has(payee)).toEqual({ ...nothing, ...point.left });
      expect(await booked("suspense:refunds")).toBe(0n);
      const earnings = await earningsOf(paymentId);
      expect(earnings.reduce((sum, { amount }) => sum + amount, 0n)).toBe(9_700_000n);
      expect(earnings.filter((one) => one.refund_id === id && one.status === "reversed")).toHaveLength(1);
    },
  );
});

describe("a refund that cannot set out waits, and says why", () => {
  test("for its coins, which are not here yet", async () => {
    const { orderId, paymentId } = await givePayment(world, USDT, {
      payees: [await newPayee()],
      amount: 5_000_000n,
    });
    const { db } = world.engine;
    const arrival = (state: string) =>
      sql`update payment set arrival = ${state}, next_check_at = now(), deadline_at = now() where id = ${paymentId}`.execute(
        db,
      );
    await arrival("custody");
    const { id } = await ask(orderId);
    await driveUntil(world, "looked at", async () => (await read(id)).waiting_reason === "coins_not_here");
    expect((await read(id)).attempts).toEqual([]);
    await arrival("seen");
    await until(id, "sent");
  });

  test("for money of our own, where its payee was paid: never out of what others are owed", async () => {
    const [payee, other] = [await newPayee(), await newPayee()];
    const mine = await givePayment(world, USDT, { payees: [payee], amount: 500_000_000n, feeBps: 0 });
    await convert(mine.paymentId);
    await pay(mine.paymentId);
    await givePayment(world, USDT, { payees: [other], amount: 30_000_000n, feeBps: 0 });
    const { id } = await ask(mine.orderId);
    await driveUntil(
      world,
      "looked at",
      async () => (await read(id)).waiting_reason === "not_enough_of_our_own",
    );
    expect(await has(payee)).toEqual(nothing);
    await topUp(USDT, 500_000_000n);
    await until(id, "sent");
    expect(await has(payee)).toEqual({ ...nothing, owes: 500_000_000n });
    expect((await has(other)).pending).toBe(30_000_000n);
  });
});

describe("nobody lets it leave", () => {
  test("above the policy's amount it waits for somebody else's word, and leaves by it", async () => {
    await askingFor("0");
    const to = newAddress();
    const { orderId } = await givePayment(world, USDT, { payees: [await newPayee()], amount: 7_000_000n });
    const { id } = await ask(orderId, { to_address: to });
    await waitingForApproval(id);
    await world.drain();
    expect(await world.sandbox.balanceOf(to, USDT)).toBe(0n);
    expect((await decide(id, "approve")).status).toBe(200);
    await until(id, "sent");
    expect(await world.sandbox.balanceOf(to, USDT)).toBe(7_000_000n);
    await askingFor("1000");
  });

  test.each([
    ["rejected", (id: string) => decide(id, "reject"), "not_approved"],
    ["taken back by whoever asked", cancel, null],
  ] as const)(
    "%s: every share, our fee and the order are as they were, and it can be asked for anew",
    async (_, end, reason) => {
      await askingFor("0");
      const [one, two] = [await newPayee(), await newPayee()];
      const fees = await booked("platform:fees");
      const { orderId, paymentId } = await givePayment(world, USDT, {
        payees: [one, two],
        amount: 9_000_001n,
      });
      await convert(paymentId);
      const before = [await has(one), await has(two)];
      const { id } = await ask(orderId, { share: usdt("4") });
      await waitingForApproval(id);
      expect((await has(one)).available).toBeLessThan(before[0]!.available);
      await end(id);
      const refund = await until(id, "given_back");
      expect(refund.waiting_reason).toBe(reason);
      expect([await has(one), await has(two)]).toEqual(before);
      expect((await booked("platform:fees")) - fees).toBe(270_000n);
      expect(await liveAuthorisation(world.engine.db, { subject: "refund", subjectId: id })).toBeNull();
      expect((await answerTo(cancel(id))).body.code).toBe("refund_ended");
      await askingFor("1000");
      await until((await ask(orderId)).id, "sent");
      expect([await has(one), await has(two)]).toEqual([nothing, nothing]);
    },
  );

  test("once a transfer is signed it cannot be taken back", async () => {
    const { orderId } = await givePayment(world, USDT, { payees: [await newPayee()], amount: 1_000_000n });
    const { id } = await ask(orderId);
    const signed = async () =>
      ["signed", "broadcast", "included"].includes((await read(id)).attempts.at(-1)?.transfer_status ?? "");
    await driveUntil(world, "signed", signed);
    expect((await answerTo(cancel(id))).body.code).toBe("refund_under_way");
    await until(id, "sent");
  });

  test("an amount or address that somebody writes into the rows is not signed", async () => {
    const { db } = world.engine;
    await askingFor("0");
    const thief = newAddress();
    for (const table of ["refund", "refund_attempt"]) {
      const { orderId } = await givePayment(world, USDT, { payees: [await newPayee()], amount: 2_000_000n });
      const { id } = await ask(orderId, { share: usdt("1") });
      await waitingForApproval(id);
      await decide(id, "approve");
      const change =
        table === "refund" ? sql`amount = 1000001, share_amount = 1000001` : sql`to_address = ${thief}`;
      const own = table === "refund" ? sql`id = ${id}` : sql`refund_id = ${id}`;
      const transfers = table === "refund" ? sql`amount = 1000001` : sql`to_address = ${thief}`;
      const write = (set: typeof change, transfer: typeof change) =>
        inTransaction(db, async (tx) => {
          await sql`set local session_replication_role = replica`.execute(tx);
          await sql`update ${sql.table(table)} set ${set} where ${own}`.execute(tx);
          await sql`
            update transfer set ${transfer} where purpose = 'refund_attempt'
              and purpose_id in (select id from refund_attempt where refund_id = ${id})`.execute(tx);
        });
      const { to_address: payer } = await read(id);
      await write(change, transfers);
      await driveUntil(world, "refused", async () => {
        const { attempts } = await read(id);
        return ["not_authorised", "awaiting_approval"].includes(attempts.at(-1)!.waiting_reason ?? "");
      });
      expect(await world.sandbox.balanceOf(thief, USDT)).toBe(0n);
      const [back, backTransfer] =
        table === "refund"
          ? [sql`amount = 1000000, share_amount = 1000000`, sql`amount = 1000000`]
          : [sql`to_address = ${payer}`, sql`to_address = ${payer}`];
      await write(back, backTransfer);
      await cancel(id);
    }
    await askingFor("1000");
  });
});

/** The processor's word that it gave all of it back. */
const chargeback = (paymentId: string): Promise<void> =>
  inTransaction(world.engine.db, async (tx) => {
    const payment = (await findPayment(tx, paymentId))!;
    await sql`update payment set status = 'refunded' where id = ${paymentId}`.execute(tx);
    await refundPayment(tx, payment, { kind: "event", ref: "chargeback" }, new Date());
  });

describe("its processor gives the payment back, too", () => {
  test.each([
    ["before it set out", async (id: string) => void (await read(id))],
    ["while it waits for approval", async (id: string) => void (await waitingForApproval(id))],
  ])("%s: ours is not sent, and all of it is taken back once", async (_, reach) => {
    await askingFor("0");
    const payee = await newPayee();
    const fees = await booked("platform:fees");
    const suspense = await booked("suspense:refunds");
    const { orderId, paymentId } = await givePayment(world, USDT, { payees: [payee], amount: 10_000_000n });
    const to = newAddress();
    const { id } = await ask(orderId, { share: usdt("4"), to_address: to });
    await reach(id);
    await Promise.all([chargeback(paymentId), world.drain()]);
    expect(await until(id, "given_back")).toMatchObject({ waiting_reason: "refunded_by_processor" });
    expect(await has(payee)).toEqual(nothing);
    expect(await booked("platform:fees")).toBe(fees);
    expect((await booked("suspense:refunds")) - suspense).toBe(10_000_000n);
    expect(await world.sandbox.balanceOf(to, USDT)).toBe(0n);
    await askingFor("1000");
  });

  test("after a part was sent: only the rest is taken back", async () => {
    const payee = await newPayee();
    const fees = await booked("platform:fees");
    const suspense = await booked("suspense:refunds");
    const { orderId, paymentId } = await givePayment(world, USDT, { payees: [payee], amount: 10_000_000n });
    await until((await ask(orderId, { share: usdt("4") })).id, "sent");
    await chargeback(paymentId);
    expect(await has(payee)).toEqual(nothing);
    expect(await booked("platform:fees")).toBe(fees);
    expect((await booked("suspense:refunds")) - suspense).toBe(6_000_000n);
  });

  test("while it is signed: what was signed arrives, and each share is taken back once", async () => {
    const payee = await newPayee();
    const suspense = await booked("suspense:refunds");
    const { orderId, paymentId } = await givePayment(world, USDT, { payees: [payee], amount: 10_000_000n });
    const { id } = await ask(orderId, { share: usdt("4") });
    await driveUntil(
      world,
      "signed",
      async () =>
        (await read(id)).attempts.at(-1)?.transfer_status === "signed" || (await read(id)).status === "sent",
    );
    await chargeback(paymentId);
    await until(id, "sent");
    expect(await has(payee)).toEqual(nothing);
    expect((await booked("suspense:refunds")) - suspense).toBe(6_000_000n);
  });
});

test("a reorganisation that takes the coins takes their refund with them, before anything was booked", async () => {
  const payee = await newPayee();
  const { orderId, paymentId } = await givePayment(world, USDT, { payees: [payee], amount: 3_000_000n });
  const { db } = world.engine;
  await sql`update payment set arrival = 'custody', next_check_at = now(), deadline_at = now() where id = ${paymentId}`.execute(
    db,
  );
  const { id } = await ask(orderId, { share: usdt("1") });
  await world.drain();
  // In this world its coins lie here all the same: they are the operator's.
  const money = { asset: USDT, amount: 3_000_000n };
  const postings = [
    { debit: accounts.processor("nowpayments"), credit: accounts.platform("funding"), money },
  ];
  await inTransaction(db, (tx) =>
    postEntry(tx, { id: newId(), reason: "operator_funding", happenedAt: new Date(), postings }),
  );
  await inTransaction(db, (tx) =>
    reversePayment(tx, paymentId, { cause: { kind: "chain", ref: "reorg" }, now: new Date() }),
  );
  expect(await read(id)).toMatchObject({
    status: "given_back",
    waiting_reason: "payment_reversed",
    attempts: [],
  });
  expect(await has(payee)).toEqual(nothing);
});

test("a process that dies at any statement leaves a refund whole: asked for once, set out once, concluded once", async () => {
  const payee = await newPayee();
  const { db } = world.engine;
  const { orderId } = await givePayment(world, USDT, { payees: [payee], amount: 8_000_000n });
  const to = newAddress();
  const request = {
    orderId,
    paymentId: null,
    share: { asset: USDT, amount: "2" },
    rate: "original",
    toAddress: to,
    why: "a crash",
    by: "cli",
    cause: { kind: "api", ref: "cli" },
  } as const;
  const whole = async () => expect(await findTrouble(world)).toEqual([]);
  let id = "";
  const asked = async (dying: typeof db) => {
    id = (await refundOrder({ ...world.engine.payments, db: dying }, request, signal())).refundId;
  };
  expect(await dieAtEachStatement(db, asked, whole)).toBeGreaterThan(5);
  const [look] = refundJobs(world.engine.refunds);
  const looked = (dying: typeof db) =>
    refundJobs({ ...world.engine.refunds, db: dying })[0]!.run(
      { id },
      { signal: signal(), attempt: 1, log: world.engine.log },
    );
  expect(look!.name).toBe("refunds.look");
  expect(await dieAtEachStatement(db, looked, whole)).toBeGreaterThan(5);
  expect((await read(id)).status).toBe("sending");
  await until(id, "sent");
  expect(await world.sandbox.balanceOf(to, USDT)).toBe(2_000_000n);
  const { refund_status } = await orderOf(orderId);
  expect(refund_status).toBe("partly_refunded");
});

describe("bad input", () => {
  let orderId = "";
  let unpaid = "";
  beforeAll(async () => {
    ({ orderId } = await givePayment(world, USDT, { payees: [await newPayee()], amount: 5_000_000n }));
    ({ orderId: unpaid } = await world.order({ payees: [await newPayee()] }));
  });
  const wallet = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
  const phrase =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
  test.each<[string, object, number, string]>([
    ["nothing", { share: usdt("0") }, 422, "invalid_amount"],
    ["less than nothing", { share: usdt("-1") }, 422, "invalid_amount"],
    ["more than came", { share: usdt("5.000001") }, 409, "refund_above_paid"],
    ["more digits than the asset has", { share: usdt("0.0000001") }, 422, "invalid_amount"],
    ["another asset than came", { share: { asset: ETH, amount: "1" } }, 422, "invalid_amount"],
    ["an asset that is none", { share: { asset: "ethereum:NONE", amount: "1" } }, 400, "invalid_request"],
    [
      "a payment of another order",
      { payment_id: "00000000-0000-4000-8000-000000000001" },
      404,
      "unknown_payment",
    ],
    [
      "an address of another chain",
      { to_address: "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE" },
      422,
      "invalid_address",
    ],
    ["an address that nobody owns", { to_address: `0x${"0".repeat(40)}` }, 422, "invalid_address"],
    ["a secret", { to_address: phrase }, 422, "secret_pasted"],
    ["a rate that is none", { rate: "best" }, 400, "invalid_request"],
    ["no reason", { reason: " " }, 400, "invalid_request"],
    ["a field that is none", { amount: "1" }, 400, "invalid_request"],
  ])("%s is refused by name, and nothing is reserved", async (_, wrong, status, code) => {
    const body = { reason: "a test", to_address: wallet, ...wrong };
    const answer = await world.api<{ code: string }>("POST", `/v1/orders/${orderId}/refunds`, body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(JSON.stringify(answer.body)).not.toContain("abandon");
    const { rows } = await sql`
      select from payment where order_id = ${orderId} and refund_reserved > 0`.execute(world.engine.db);
    expect(rows).toEqual([]);
  });

  test("our own wallet, an order of which nothing was paid, and one that is none", async () => {
    const codeOf = async (id: string, to: string) => (await answerTo(ask(id, { to_address: to }))).body.code;
    expect(await codeOf(orderId, world.wallet)).toBe("invalid_address");
    expect(await codeOf(unpaid, wallet)).toBe("nothing_to_refund");
    expect(await codeOf(newId(), wallet)).toBe("unknown_order");
    expect((await answerTo(read(newId()))).body.code).toBe("unknown_refund");
    const mayNot = await personWith(["payments:read", "orders:write"]);
    const refused = await mayNot(`/v1/orders/${orderId}/refunds`, { reason: "mine", to_address: wallet });
    expect([refused.status, refused.body.code]).toEqual([403, "forbidden"]);
  });
});
