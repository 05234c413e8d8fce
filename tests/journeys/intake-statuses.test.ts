import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sql } from "../../src/database/index.ts";
import { askProcessor } from "../../src/intake/index.ts";
import { startWorld, type World } from "../support/index.ts";
import {
  balance,
  eventsOf,
  expectWholeWallets,
  newPaymentId,
  noticeOf,
  orderOf,
  paymentOf,
  paymentsOfOrder,
  send,
  tell,
} from "./intake-notices.ts";

/** What each word of the processor does to a payment and its order, in any order, any number of times. */
describe("payments in", () => {
  let world: World;
  let payee: string;
  beforeAll(async () => {
    world = await startWorld({ worker: false });
    world.sandbox.prices.set({ ethereum: "3000" });
    payee = await world.payee();
  });
  afterAll(async () => {
    await expectWholeWallets(world);
    await world.stop();
  });

  const newOrder = async (): Promise<string> => (await world.order({ payees: [payee] })).orderId;
  const pending = (): Promise<bigint> => balance(world, `payee:${payee}:pending`);

  /** Nine statuses of one payment, as told on its way. */
  const wayOf = (orderId: string, ...words: string[]) => {
    const payment_id = newPaymentId();
    return words.map((word, index) =>
      noticeOf(orderId, {
        payment_id,
        payment_status: word,
        actually_paid: word === "waiting" || word === "expired" ? 0 : 0.01,
        updated_at: 1_772_000_000_000 + index,
      }),
    );
  };

  test("F06: nothing is booked before the payment is finished, and then once", async () => {
    const order = await newOrder();
    const before = await pending();
    const [waiting, confirming, confirmed, sending, finished] = wayOf(
      order,
      "waiting",
      "confirming",
      "confirmed",
      "sending",
      "finished",
    ) as [object, object, object, object, { payment_id: number }];
    const seen: unknown[] = [];
    for (const notice of [waiting, confirming, confirmed, sending]) {
      await tell(world, notice);
      const { status, earnings } = await paymentOf(world, finished.payment_id);
      seen.push([status, earnings.length, (await orderOf(world, order)).status]);
    }
    // A confirmed deposit opens the door to the payer; a payee is owed only what settled.
    expect(seen).toEqual([
      ["waiting", 0, "open"],
      ["confirming", 0, "open"],
      ["confirmed", 0, "paid"],
      ["confirmed", 0, "paid"],
    ]);
    expect(await pending()).toBe(before);
    await tell(world, finished);
    await tell(world, finished, { ...finished, extra: 1 }, { ...finished, extra: 2 });
    expect(await paymentOf(world, finished.payment_id)).toMatchObject({
      status: "settled",
      settled: { asset: "ethereum:ETH", amount: "0.0099" },
      paid_usd: "25",
    });
    const { earnings } = await paymentOf(world, finished.payment_id);
    expect(earnings.map((one) => one.payee_id)).toEqual([payee]);
  });

  test.each([
    ["reversed", (way: object[]) => way.toReversed()],
    ["all twice", (way: object[]) => [...way, ...way]],
    ["with the middle lost", (way: object[]) => [way[0]!, way.at(-1)!]],
    ["only the end", (way: object[]) => [way.at(-1)!]],
    ["shuffled", (way: object[]) => [way[3]!, way[0]!, way[4]!, way[1]!, way[2]!]],
  ])("F27, F30: notices that arrive %s settle the payment once", async (_, arrange) => {
    for (const oneByOne of [true, false]) {
      const order = await newOrder();
      const before = await pending();
      const way = wayOf(order, "waiting", "confirming", "confirmed", "sending", "finished");
      if (oneByOne) for (const notice of arrange(way)) await tell(world, notice);
      else await tell(world, ...arrange(way));
      const [payment, ...others] = await paymentsOfOrder(world, order);
      expect(others).toEqual([]);
      expect(payment?.status).toBe("settled");
      expect((await pending()) - before).toBe(share(payment));
      expect((await orderOf(world, order)).status).toBe("paid");
    }
  });

  test("late words after the end change nothing", async () => {
    const order = await newOrder();
    const way = wayOf(order, "finished", "confirming", "failed", "expired", "waiting", "sending");
    await tell(world, ...way);
    const [payment] = await paymentsOfOrder(world, order);
    expect(payment?.status).toBe("settled");
    expect((await orderOf(world, order)).status).toBe("paid");
    expect((await eventsOf(world)).slice(0, 5).map((event) => event.status)).toEqual(
      Array.from({ length: 5 }, () => "ignored"),
    );
  });

  test("a second finished with less, or of another asset, goes to a person, and nothing is booked twice", async () => {
    const order = await newOrder();
    const notice = noticeOf(order);
    await tell(world, notice);
    const before = await pending();
    await tell(world, { ...notice, outcome_amount: 0.0098 }, { ...notice, outcome_currency: "usdterc20" });
    expect((await eventsOf(world)).slice(0, 2).map((event) => event.status)).toEqual([
      "in_review",
      "in_review",
    ]);
    expect(await pending()).toBe(before);
    expect((await paymentOf(world, notice.payment_id)).settled?.amount).toBe("0.0099");
  });

  test("F20: a failed and an expired payment owe nobody anything, and either may still be finished late", async () => {
    for (const [word, status] of [
      ["failed", "rejected"],
      ["expired", "expired"],
      ["cancelled", "expired"],
    ] as const) {
      const order = await newOrder();
      const before = await pending();
      const [first, ended, finished] = wayOf(order, "waiting", word, "finished");
      await tell(world, first!, ended!);
      expect((await paymentsOfOrder(world, order))[0]).toMatchObject({ status, settled: null });
      expect(await pending()).toBe(before);
      await tell(world, finished!);
      expect((await paymentsOfOrder(world, order))[0]?.status).toBe("settled");
      expect((await orderOf(world, order)).status).toBe("paid");
    }
  });

  test("simulation seed 60: late notices bring a failed payment back to life; asked again, its processor has the last word", async () => {
    const { orderId, invoiceId } = await world.order({ payees: [payee] });
    const { nowpayments } = world.sandbox;
    const request = { invoiceId, payCurrency: "eth", finishAs: "failed", ipn: "held" } as const;
    const { paymentId, settled } = await nowpayments.pay(request);
    await settled;
    const payment = { processor: "nowpayments", external_id: String(paymentId) };
    const ask = async (): Promise<void> => {
      expect(await askProcessor(world.engine.payments, payment, AbortSignal.timeout(5_000))).toBe(true);
      await world.drain();
    };
    await ask();
    expect((await paymentsOfOrder(world, orderId))[0]?.status).toBe("rejected");
    await nowpayments.releaseIpns(paymentId, "reversed");
    await world.drain();
    expect((await paymentsOfOrder(world, orderId))[0]?.status).toBe("confirming");
    await ask();
    expect((await paymentsOfOrder(world, orderId))[0]?.status).toBe("rejected");
  });

  test("a word we do not know moves nothing and goes to a person", async () => {
    const order = await newOrder();
    const [waiting, odd] = wayOf(order, "waiting", "half_finished");
    await tell(world, waiting!, odd!);
    expect((await paymentsOfOrder(world, order))[0]?.status).toBe("waiting");
    expect((await eventsOf(world))[0]).toMatchObject({
      status: "in_review",
      outcome: 'unrecognised status "half_finished"',
    });
    await tell(world, noticeOf(order, { payment_status: "half_finished" }));
    expect(await paymentsOfOrder(world, order)).toHaveLength(1);
  });

  test("F08, F09: partly paid books what settled; the same coin sent again completes the order by its value, not its status", async () => {
    const order = await newOrder();
    const parent = noticeOf(order, {
      payment_status: "partially_paid",
      actually_paid: 0.006,
      outcome_amount: 0.0059,
    });
    await tell(world, parent);
    expect(await orderOf(world, order)).toMatchObject({ status: "partially_paid", paid_usd: "15" });
    expect(await paymentOf(world, parent.payment_id)).toMatchObject({
      status: "settled",
      settled: { amount: "0.0059" },
      earnings: [{ payee_id: payee }],
    });
    // A child copies its parent's price, and is "finished" however little it brings.
    const tiny = noticeOf(order, {
      parent_payment_id: parent.payment_id,
      pay_amount: 0.0001,
      actually_paid: 0.0001,
      outcome_amount: 0.00009,
    });
    await tell(world, tiny);
    expect((await paymentOf(world, tiny.payment_id)).status).toBe("settled");
    expect((await orderOf(world, order)).status).toBe("partially_paid");
    const rest = noticeOf(order, {
      parent_payment_id: parent.payment_id,
      pay_amount: 0.004,
      actually_paid: 0.004,
      outcome_amount: 0.0039,
    });
    await tell(world, rest);
    // 0.0041 ETH at the observed price of 3000 USD are 12.3 USD: more than the ten that were missing.
    expect(await orderOf(world, order)).toMatchObject({ status: "paid", paid_usd: "27.3" });
  });

  test("a child in another coin is valued by that coin's observed price", async () => {
    const order = await newOrder();
    const parent = noticeOf(order, { payment_status: "waiting", actually_paid: 0, outcome_amount: null });
    const child = (amount: number) =>
      noticeOf(order, {
        parent_payment_id: parent.payment_id,
        pay_currency: "usdttrc20",
        pay_amount: amount,
        actually_paid: amount,
      });
    const [first, second] = [child(10), child(15.5)];
    await tell(world, parent, first);
    expect((await paymentOf(world, first.payment_id)).paid_usd).toMatch(/^(9\.9|10)/);
    expect((await orderOf(world, order)).status).toBe("partially_paid");
    await tell(world, second);
    expect((await orderOf(world, order)).status).toBe("paid");
    expect((await paymentOf(world, parent.payment_id)).status).toBe("waiting");
  });

  test("F10: a coin the registry lacks is booked, and counts as what it settled to", async () => {
    const order = await newOrder();
    const parent = noticeOf(order, { payment_status: "partially_paid", actually_paid: 0.006 });
    const child = noticeOf(order, {
      parent_payment_id: parent.payment_id,
      pay_currency: "ltc",
      pay_amount: 0.4,
      actually_paid: 0.4,
      outcome_amount: 0.004,
    });
    await tell(world, parent, child);
    expect(await paymentOf(world, child.payment_id)).toMatchObject({ status: "settled", paid_usd: "12" });
    expect((await orderOf(world, order)).status).toBe("paid");
  });

  test("F07: a payment finished in another coin than it began in is not valued by the first coin's figures", async () => {
    const order = await newOrder();
    const payment_id = newPaymentId();
    const asked = { payment_id, pay_amount: 0.00025, pay_currency: "btc" }; // 25 USD
    const other = { payment_id, pay_amount: 0.00025, pay_currency: "usdttrc20", actually_paid: 5 };
    await tell(world, noticeOf(order, { ...asked, payment_status: "waiting", actually_paid: 0 }));
    await tell(world, noticeOf(order, { ...other, payment_status: "confirmed" }));
    expect((await orderOf(world, order)).status).toBe("open");
    await tell(world, noticeOf(order, { ...other, payment_status: "finished" }));
    expect((await paymentOf(world, payment_id)).paid_usd).toMatch(/^(4\.9|5)/);
    expect((await orderOf(world, order)).status).toBe("partially_paid");
  });

  test("F14: a payment invoiced at another price counts at that price, not at the order's", async () => {
    const order = await newOrder();
    await tell(world, noticeOf(order, { price_amount: 1, pay_amount: 0.0004, actually_paid: 0.0004 }));
    expect(await orderOf(world, order)).toMatchObject({ status: "partially_paid", paid_usd: "1" });
    const inEuro = noticeOf(await newOrder(), { price_amount: 25, price_currency: "eur" });
    await tell(world, inEuro);
    expect((await paymentOf(world, inEuro.payment_id)).paid_usd).toBe("30"); // 0.01 ETH, as observed
  });

  test.each([
    ["no outcome", { outcome_amount: null, outcome_currency: null }, "no_settled_amount"],
    ["an outcome of nothing", { outcome_amount: 0 }, "no_settled_amount"],
    ["an outcome below one base unit", { outcome_amount: 1e-19 }, "no_settled_amount"],
    ["an outcome in a coin we do not know", { outcome_currency: "doge" }, "unknown_settled_asset"],
  ])(
    "F10: finished with %s is parked for a person, seen in the API, and settles when corrected",
    async (_, odd, reason) => {
      const order = await newOrder();
      const before = await pending();
      const notice = noticeOf(order, odd);
      await tell(world, notice);
      await tell(world, { ...notice, again: true });
      expect(await paymentOf(world, notice.payment_id)).toMatchObject({
        status: "in_review",
        review_reason: reason,
        settled: null,
      });
      expect(await pending()).toBe(before);
      expect((await orderOf(world, order)).status).toBe("paid"); // the customer did pay
      await tell(world, { ...noticeOf(order), payment_id: notice.payment_id });
      const corrected = await paymentOf(world, notice.payment_id);
      expect(corrected).toMatchObject({ status: "settled", review_reason: null });
      expect((await pending()) - before).toBe(share(corrected));
    },
  );

  test("F10: with no price to be had the payment is booked at once and valued later", async () => {
    const order = await newOrder();
    const parent = noticeOf(order, { payment_status: "waiting", actually_paid: 0, outcome_amount: null });
    // Coins no other test here has a price of: what was observed a moment ago is good enough to be used again.
    const child = noticeOf(order, {
      parent_payment_id: parent.payment_id,
      pay_currency: "sol",
      pay_amount: 1,
      actually_paid: 1,
      outcome_currency: "apt",
      outcome_amount: 10,
    });
    world.sandbox.prices.set({ solana: "150", aptos: "14.5" });
    world.sandbox.faults.outage("coingecko");
    await tell(world, parent, child);
    expect(await paymentOf(world, child.payment_id)).toMatchObject({
      status: "settled",
      settled_usd: null,
      earnings: [{ payee_id: payee, status: "pending" }],
    });
    expect((await orderOf(world, order)).status).toBe("open");
    world.sandbox.faults.heal("coingecko");
    await world.drain({ future: true, maxRounds: 2 });
    expect(await paymentOf(world, child.payment_id)).toMatchObject({ settled_usd: "145", paid_usd: "150" });
    expect((await orderOf(world, order)).status).toBe("paid");
  });

  test.each([
    ["no order", null],
    ["an order we do not have", "01890000-0000-7000-8000-000000000001"],
    ["an order of another system", "PGP-123|-1003202734748"],
  ])("F01, F03: money for %s waits in suspense for a person, once", async (_, orderId) => {
    const before = await balance(world, "suspense:unmatched");
    const notice = noticeOf(orderId);
    await tell(world, notice);
    await tell(world, { ...notice, again: 1 }, notice);
    expect(await paymentOf(world, notice.payment_id)).toMatchObject({
      status: "in_review",
      review_reason: "unknown_order",
      order_id: null,
      earnings: [],
    });
    const unmatched = await eventsOf(world, "unmatched");
    expect(unmatched.filter((event) => event.outcome === "unknown_order")[0]).toBeDefined();
    expect((await balance(world, "suspense:unmatched")) - before).toBe(9_900_000_000_000_000n);
  });

  test("F03: money that waited in suspense is booked by its order once the processor names it, out of suspense and once", async () => {
    const order = await newOrder();
    const [suspense, before] = [await balance(world, "suspense:unmatched"), await pending()];
    const owed = await balance(world, "processor:nowpayments");
    const notice = noticeOf(null);
    await tell(world, notice);
    await tell(world, { ...notice, order_id: order, outcome_amount: 0.005 });
    expect((await paymentOf(world, notice.payment_id)).status).toBe("in_review"); // less than waits there: still a person's
    await tell(world, { ...notice, order_id: order });
    const payment = await paymentOf(world, notice.payment_id);
    expect(payment).toMatchObject({ status: "settled", order_id: order });
    expect(await balance(world, "suspense:unmatched")).toBe(suspense);
    expect((await pending()) - before).toBe(share(payment));
    expect((await balance(world, "processor:nowpayments")) - owed).toBe(9_900_000_000_000_000n);
    expect((await orderOf(world, order)).status).toBe("paid");
  });

  test("a later notice that names no order, or another one, does not take the payment from its own", async () => {
    const [order, other] = [await newOrder(), await newOrder()];
    const [waiting, confirming, finished] = wayOf(order, "waiting", "confirming", "finished");
    await tell(world, waiting!);
    await tell(world, { ...confirming, order_id: other });
    await tell(world, { ...finished, order_id: null });
    expect((await paymentsOfOrder(world, order))[0]).toMatchObject({
      status: "settled",
      review_reason: null,
    });
    expect(await paymentsOfOrder(world, other)).toEqual([]);
    expect((await orderOf(world, order)).status).toBe("paid");
  });

  test("payouts of the processor's own, sent to the same address, are noted and touch nothing", async () => {
    await tell(world, {
      id: "55",
      batch_withdrawal_id: "7",
      status: "FINISHED",
      amount: "1",
      currency: "eth",
    });
    expect((await eventsOf(world))[0]).toMatchObject({ status: "ignored", payment_id: null });
  });

  test("F35: replaying every event there is books nothing twice", async () => {
    const events = await eventsOf(world);
    const [owed, book] = [await pending(), await entryCount(world)];
    expect(events.length).toBeGreaterThan(50);
    const replay = (id: number) =>
      world.client.post("/v1/provider-events/{id}/replay", { params: { path: { id } } });
    await Promise.all(events.map(({ id }) => replay(id)));
    await Promise.all([world.drain(), world.drain()]);
    expect((await eventsOf(world, "received")).length).toBe(0);
    expect(await pending()).toBe(owed);
    expect(await entryCount(world)).toBe(book);
    await expect(replay(999_999_999)).rejects.toMatchObject({ status: 404, code: "unknown_event" });
  });

  test("F28: the same waiting events processed by five workers at once are booked once", async () => {
    const order = await newOrder();
    const before = await pending();
    const notices = Array.from({ length: 20 }, () => wayOf(order, "waiting", "confirmed", "finished")).flat();
    await Promise.all(notices.map((notice) => send(world, notice)));
    for (let copy = 0; copy < 5; copy++)
      await sql`select graphile_worker.add_job('payments.process_events', '{"payload":{},"failures":0}'::json)`.execute(
        world.database.db,
      );
    await Promise.all([world.drain(), world.drain(), world.drain()]);
    const payments = await paymentsOfOrder(world, order);
    expect(payments.map((payment) => payment.status)).toEqual(Array.from({ length: 20 }, () => "settled"));
    expect((await pending()) - before).toBe(payments.reduce((sum, payment) => sum + share(payment), 0n));
  });
});

const wei = (ether: string): bigint => {
  const [whole = "0", fraction = ""] = ether.split(".");
  return BigInt(whole + fraction.padEnd(18, "0"));
};

/** What the only payee of a payment is owed. */
const share = (
  payment: { settled: { amount: string } | null; platform_fee: { amount: string } | null } | undefined,
) => wei(payment?.settled?.amount ?? "0") - wei(payment?.platform_fee?.amount ?? "0");

async function entryCount(world: World): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::integer as n from journal_entry`.execute(
    world.database.db,
  );
  return rows[0]?.n ?? 0;
}
