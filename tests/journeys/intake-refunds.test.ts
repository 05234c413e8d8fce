import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, startWorld, type World } from "../support/index.ts";
import {
  balance,
  expectWholeBooks,
  expectWholeWallets,
  noticeOf,
  orderOf,
  paymentOf,
  paymentsOfOrder,
  tell,
} from "./intake-notices.ts";

/** A refund takes everything back from where it is by then, and what left us is owed to us. */
describe("refunds", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ worker: false });
  });
  afterAll(async () => {
    await expectWholeWallets(world);
    await world.stop();
  });

  const owedBack = (asset?: string): Promise<bigint> => balance(world, "suspense:refunds", asset);

  test("F20: refunded before it settled, a payment books nothing and the order stays open", async () => {
    const payee = await world.payee();
    const { orderId } = await world.order({ payees: [payee] });
    const notice = noticeOf(orderId, { payment_status: "confirming" });
    await tell(world, notice, { ...notice, payment_status: "refunded" });
    await tell(world, { ...notice, payment_status: "finished" });
    expect(await paymentOf(world, notice.payment_id)).toMatchObject({ status: "refunded", earnings: [] });
    expect((await orderOf(world, orderId)).status).toBe("open");
    expect(await owedBack()).toBe(0n);
  });

  test("F20: refunded before its coins came, in custody too: fee, shares and the processor's debt are gone, once", async () => {
    for (const payout_hash of [undefined, "partner_liability_tx_7"]) {
      const payees = [await world.payee(), await world.payee()];
      const { orderId } = await world.order({ payees });
      const accounts = ["suspense:refunds", "platform:fees", "processor:nowpayments"];
      const books = () => Promise.all(accounts.map((path) => balance(world, path)));
      const before = await books();
      const notice = noticeOf(orderId, { payout_hash });
      await tell(world, notice);
      expect((await orderOf(world, orderId)).status).toBe("paid");
      const refund = { ...notice, payment_status: "refunded" };
      await tell(world, refund, { ...refund, again: 1 });
      const payment = await paymentOf(world, notice.payment_id);
      expect(payment.status).toBe("refunded");
      expect(payment.earnings.map((earning) => earning.status)).toEqual(["reversed", "reversed"]);
      for (const payee of payees) expect(await balance(world, `payee:${payee}:pending`)).toBe(0n);
      expect(await books()).toEqual(before);
      expect((await orderOf(world, orderId)).status).toBe("refunded");
      await expectWholeBooks(world);
    }
  });

  test("one of two payments refunded leaves the order partly paid; money in suspense goes back as well", async () => {
    const payee = await world.payee();
    const { orderId } = await world.order({ payees: [payee] });
    const [half, other] = [0, 1].map(() =>
      noticeOf(orderId, { payment_status: "partially_paid", actually_paid: 0.006 }),
    );
    await tell(world, half!, other!);
    expect((await orderOf(world, orderId)).status).toBe("paid");
    await tell(world, { ...half, payment_status: "refunded" });
    expect(await orderOf(world, orderId)).toMatchObject({ status: "partially_paid", paid_usd: "15" });
    expect((await paymentsOfOrder(world, orderId)).map((one) => one.status).toSorted()).toEqual([
      "refunded",
      "settled",
    ]);
    const stray = noticeOf(null);
    await tell(world, stray, { ...stray, payment_status: "refunded" });
    expect(await balance(world, "suspense:unmatched")).toBe(0n);
    expect(await owedBack()).toBe(0n);
    await expectWholeBooks(world);
  });

  test("F20: refunded while converting, when available, and after it was paid out: pending work ends first, what left is recoverable", async () => {
    const [quick, patient] = [
      await world.payee({ threshold: "1" }),
      await world.payee({ threshold: "100000" }),
    ];
    const paymentIds: number[] = [];
    for (let n = 0; n < 2; n++) {
      const { invoiceId } = await world.order({ payees: [quick, patient], price: "60.00" });
      const handle = await world.sandbox.nowpayments.pay({ invoiceId, payCurrency: "eth" });
      await handle.settled;
      paymentIds.push(handle.paymentId);
    }
    const [early, late] = paymentIds as [number, number];
    await eventually("both arrivals", async () => {
      await world.drain();
      const seen = await Promise.all(paymentIds.map((id) => paymentOf(world, id)));
      return seen.every((payment) => payment.arrival === "seen");
    });
    const refund = (id: number) => {
      const { payin_hash: _, ...view } = world.sandbox.nowpayments.payment(id);
      return { ...view, payment_status: "refunded", updated_at: 1_772_000_000_000 };
    };

    world.sandbox.changenow.nextOutcome({ kind: "hold" });
    const check = await world.client.post("/v1/conversion-checks");
    expect(check.data.map((one) => one.decision)).toEqual(["converted"]);
    await world.drain();
    await tell(world, refund(early));
    const refunded = await paymentOf(world, early);
    expect(refunded.earnings.map((earning) => earning.status)).toEqual(["converting", "converting"]);
    await expectWholeBooks(world);

    const held = await eventually("the swap held", async () => {
      await world.drain({ future: true, maxRounds: 1 });
      return world.sandbox.changenow.exchanges().find((exchange) => exchange.status === "verifying");
    });
    world.sandbox.changenow.release(held.id);
    await eventually("the conversion distributed and the refund complete", async () => {
      await world.drain({ future: true, maxRounds: 1 });
      const { earnings } = await paymentOf(world, early);
      return earnings.every((earning) => earning.status === "reversed");
    });
    await expectWholeBooks(world);

    await world.client.post("/v1/payout-plans");
    await eventually("the payout", async () => {
      await world.drain({ future: true, maxRounds: 1 });
      const { earnings } = await paymentOf(world, late);
      return (
        earnings
          .map((earning) => earning.status)
          .toSorted()
          .join() === "available,paid"
      );
    });
    const { data: paidOut } = await world.client.get("/v1/payouts");
    expect(paidOut).toHaveLength(1);
    const { id, amount } = paidOut[0]!;
    const explained = await world.client.get("/v1/payouts/{id}/explain", { params: { path: { id } } });
    // What was refunded before is no part of the payout.
    expect(explained.parts.map((part) => part.payment_id)).toEqual([(await paymentOf(world, late)).id]);
    expect(explained.parts_total).toEqual(amount);
    const usdt = "ethereum:USDT";
    const [backBefore, left] = [
      await owedBack(usdt),
      await balance(world, `payee:${patient}:available`, usdt),
    ];
    await tell(world, refund(late));
    const { earnings, status } = await paymentOf(world, late);
    expect([status, ...earnings.map((earning) => earning.status)]).toEqual([
      "refunded",
      "reversed",
      "reversed",
    ]);
    expect(await balance(world, `payee:${patient}:available`, usdt)).toBe(0n);
    const recoverable = await balance(world, `payee:${quick}:recoverable`, usdt);
    expect(recoverable).toBeGreaterThan(28_000_000n);
    expect((await owedBack(usdt)) - backBefore).toBe(left + recoverable);
    // The payer is owed what the payee still has: until they owe nothing, the platform is short, and says so.
    const { differences } = await world.client.get("/v1/reconciliation");
    expect(differences).toMatchObject([{ check: "platform_equity", id: usdt }]);
    const short = BigInt(/^\d+/.exec(differences[0]!.detail)![0]);
    expect(short > 0n && short <= recoverable).toBe(true);
  });
});
