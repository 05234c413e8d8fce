import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { sql } from "../../src/database/index.ts";
import { enqueueNamed } from "../../src/jobs/index.ts";
import { eventually, startWorld, type World } from "../support/index.ts";
import {
  balance,
  eventsOf,
  expectWholeBooks,
  expectWholeWallets,
  newPaymentId,
  noticeOf,
  orderOf,
  paymentOf,
  paymentsOfOrder,
  send,
  tell,
} from "./intake-notices.ts";

/** What no webhook told us is found all the same, and what both told is booked once. */
describe("back-fill and polling", () => {
  let world: World;
  let payee: string;
  beforeAll(async () => {
    world = await startWorld({ worker: false });
    payee = await world.payee();
  });
  afterAll(async () => {
    world.sandbox.heal();
    await expectWholeWallets(world);
    await world.stop();
  });

  afterEach(async () => {
    world.sandbox.heal();
    // A back-fill that a test broke runs again later: not in the middle of the next test.
    await eventually("no back-fill waits", async () => {
      await world.drain();
      const { rows } =
        await sql`select from graphile_worker.jobs where task_identifier = 'payments.backfill'`.execute(
          world.database.db,
        );
      return rows.length === 0;
    });
  });

  const run = async (task: "payments.backfill" | "payments.sweep"): Promise<void> => {
    await enqueueNamed(world.database.db, task, {});
    await world.drain();
  };
  const pay = async (terms: { ipn?: "lost" | "in_order"; fraction?: string; finishAs?: string } = {}) => {
    const { orderId, invoiceId } = await world.order({ payees: [payee] });
    const handle = await world.sandbox.nowpayments.pay({
      invoiceId,
      payCurrency: "eth",
      ipn: "lost",
      ...terms,
    });
    await handle.settled;
    return { orderId, paymentId: handle.paymentId };
  };
  const makeDue = (paymentId: number) =>
    sql`update payment set next_check_at = next_check_at - interval '25 hours' where external_id = ${String(paymentId)}`.execute(
      world.database.db,
    );

  test("payments whose notices were all lost are found by the schedule, settled once and completed by their coins' arrival", async () => {
    const paid = [await pay(), await pay(), await pay({ fraction: "0.5" })];
    expect(await eventsOf(world)).toEqual([]);
    await run("payments.backfill");
    await run("payments.backfill");
    const orders = await Promise.all(paid.map(({ orderId }) => orderOf(world, orderId)));
    expect(orders.map((order) => order.status)).toEqual(["paid", "paid", "partially_paid"]);
    for (const { orderId } of paid) {
      const payments = await paymentsOfOrder(world, orderId);
      expect(payments.map((payment) => payment.status)).toEqual(["settled"]);
    }
    const events = await eventsOf(world);
    expect(events.map((event) => [event.source, event.status])).toEqual(
      Array.from({ length: 3 }, () => ["backfill", "processed"]),
    );
    await eventually("the coins seen in the wallet", async () => {
      await world.drain();
      const seen = await Promise.all(paid.map(({ paymentId }) => paymentOf(world, paymentId)));
      return seen.every((payment) => payment.arrival === "seen");
    });
    expect(await balance(world, "processor:nowpayments")).toBe(0n);
  });

  test("whoever asks for a back-fill has it at once, and many who ask have one", async () => {
    const { orderId } = await pay();
    const answers = await Promise.all([1, 2, 3].map(() => world.client.post("/v1/provider-events/backfill")));
    expect(answers).toEqual(answers.map(() => ({ queued: true })));
    const { rows } =
      await sql`select from graphile_worker.jobs where task_identifier = 'payments.backfill'`.execute(
        world.database.db,
      );
    expect(rows).toHaveLength(1);
    await world.drain();
    expect(await orderOf(world, orderId)).toMatchObject({ status: "paid" });
  });

  test("F30: told by webhook and by back-fill, before, after and at once, a payment is booked once", async () => {
    const before = await balance(world, `payee:${payee}:pending`);
    const paid = [await pay({ ipn: "in_order" }), await pay(), await pay()];
    await Promise.all([run("payments.backfill"), world.drain()]);
    for (const { paymentId } of paid) await world.sandbox.nowpayments.resend(paymentId);
    await Promise.all([run("payments.backfill"), world.drain()]);
    const payments = await Promise.all(paid.map(({ paymentId }) => paymentOf(world, paymentId)));
    expect(payments.map((payment) => [payment.status, payment.earnings.length])).toEqual(
      Array.from({ length: 3 }, () => ["settled", 1]),
    );
    const shares = payments.reduce((sum, payment) => sum + wei(payment.earnings[0]?.share.amount ?? "0"), 0n);
    expect((await balance(world, `payee:${payee}:pending`)) - before).toBe(shares);
    await expectWholeBooks(world);
  });

  test("a back-fill that breaks off after a page leaves nothing behind: the next one begins where the last whole one did", async () => {
    // Two pages of two hundred; the second is refused, so the first run never sees the newest payment.
    const { orderId, invoiceId } = await world.order({ payees: [payee] });
    for (let n = 0; n < 200; n++) {
      const handle = await world.sandbox.nowpayments.pay({
        invoiceId,
        payCurrency: "btc",
        finishAs: "waiting",
        ipn: "lost",
      });
      await handle.settled;
    }
    const last = await pay();
    world.sandbox.faults.next("nowpayments", {
      kind: "http",
      status: 503,
      times: 20,
      match: { path: "page=1" },
    });
    await run("payments.backfill");
    expect((await paymentsOfOrder(world, orderId)).length).toBeGreaterThan(150);
    expect((await orderOf(world, last.orderId)).status).toBe("open");
    world.sandbox.faults.heal();
    // As if what the first run did find had come three hours after the payment: no run has ended since.
    await sql`update processor_event set received_at = received_at + interval '3 hours'`.execute(
      world.database.db,
    );
    await run("payments.backfill");
    expect((await orderOf(world, last.orderId)).status).toBe("paid");
  });

  test("a row of theirs that cannot be read hides no other", async () => {
    const paid = await pay();
    const sandboxList = world.sandbox.journal.of("nowpayments", { path: "/payment/" });
    expect(sandboxList.length).toBeGreaterThan(0);
    const good = world.sandbox.nowpayments.payment(paid.paymentId);
    world.sandbox.faults.next("nowpayments", {
      kind: "http",
      status: 200,
      body: { data: [{ payment_id: 1, payment_status: null }, good], limit: 200, page: 0, pagesCount: 1 },
      match: { path: "/payment/?" },
    });
    await run("payments.backfill");
    expect((await orderOf(world, paid.orderId)).status).toBe("paid");
  });

  test("a payment stuck on its way is asked for, and one the processor cannot answer about holds no other up", async () => {
    const stuck = [
      await pay({ ipn: "in_order", finishAs: "waiting" }),
      await pay({ ipn: "in_order", finishAs: "waiting" }),
    ];
    await world.drain();
    const [odd, good] = stuck as [(typeof stuck)[0], (typeof stuck)[0]];
    world.sandbox.nowpayments.dropIpn("all");
    await world.sandbox.nowpayments.setStatus(good.paymentId, "finished");
    world.sandbox.nowpayments.heal();
    await run("payments.sweep");
    expect((await paymentOf(world, good.paymentId)).status).toBe("waiting"); // it is not due yet
    await makeDue(odd.paymentId);
    await makeDue(good.paymentId);
    world.sandbox.faults.next("nowpayments", {
      kind: "http",
      status: 500,
      times: 20,
      match: { path: `/payment/${odd.paymentId}` },
    });
    await run("payments.sweep");
    world.sandbox.faults.heal();
    expect((await paymentOf(world, good.paymentId)).status).toBe("settled");
    expect((await orderOf(world, good.orderId)).status).toBe("paid");
    expect((await eventsOf(world))[0]).toMatchObject({ source: "poll", status: "processed" });
  });

  test("F20: a deposit after expiry is found although its notice was lost", async () => {
    const late = await pay({ ipn: "in_order", finishAs: "expired" });
    await world.drain();
    expect((await paymentOf(world, late.paymentId)).status).toBe("expired");
    world.sandbox.nowpayments.dropIpn("all");
    await world.sandbox.nowpayments.setStatus(late.paymentId, "finished");
    world.sandbox.nowpayments.heal();
    await makeDue(late.paymentId);
    await run("payments.sweep");
    expect((await paymentOf(world, late.paymentId)).status).toBe("settled");
    expect((await orderOf(world, late.orderId)).status).toBe("paid");
  });

  test("one transfer of the processor's pays one payment: its coins are never counted for a second one", async () => {
    const { orderId } = await world.order({ payees: [payee] });
    const hash = await world.sandbox.deposit({
      to: world.wallet,
      assetId: "ethereum:ETH",
      amount: 9_900_000_000_000_000n,
    });
    const [first, second] = [newPaymentId(), newPaymentId()].map((payment_id) =>
      noticeOf(orderId, { payment_id, payout_hash: hash }),
    );
    await tell(world, first!);
    await eventually("the coins seen", async () => {
      await world.drain();
      return (await paymentOf(world, first!.payment_id)).arrival === "seen";
    });
    await tell(world, second!);
    await world.drain({ future: true, maxRounds: 3 });
    expect(await paymentOf(world, second!.payment_id)).toMatchObject({
      status: "settled",
      arrival: "expected",
    });
    const { rows } = await sql<{ task: string }>`select task from job_dead_letter`.execute(world.database.db);
    expect(rows).toEqual([]);
    const { rows: spendable } = await sql<{ spendable: boolean }>`
      select e.spendable from earning e join payment p on p.id = e.payment_id
      where p.external_id = any(${[first, second].map((one) => String(one!.payment_id))}::text[]) order by p.external_id`.execute(
      world.database.db,
    );
    expect(spendable.map((row) => row.spendable)).toEqual([true, false]);
  });

  test("coins kept in the processor's custody are booked, cannot be spent, and are asked about once a day", async () => {
    const { orderId } = await world.order({ payees: [payee] });
    const notice = noticeOf(orderId, { payout_hash: "partner_liability_tx_1" });
    expect(await send(world, notice)).toBe(200);
    await world.drain({ future: true, maxRounds: 3 });
    expect(await paymentOf(world, notice.payment_id)).toMatchObject({
      status: "settled",
      arrival: "custody",
    });
    const { rows } = await sql<{ soon: boolean; spendable: boolean }>`
      select p.next_check_at < now() + interval '20 hours' as soon, e.spendable
      from payment p join earning e on e.payment_id = p.id
      where external_id = ${String(notice.payment_id)}`.execute(world.database.db);
    expect(rows).toEqual([{ soon: false, spendable: false }]);
  });
});

const wei = (ether: string): bigint => {
  const [whole = "0", fraction = ""] = ether.split(".");
  return BigInt(whole + fraction.padEnd(18, "0"));
};
