import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  eventsOf,
  expectWholeBooks,
  newPaymentId,
  noticeOf,
  orderOf,
  paymentsOfOrder,
  send,
  tell,
} from "../../tests/journeys/intake-notices.ts";
import {
  driveUntil,
  eventually,
  findTrouble,
  startWorld,
  withJobs,
  type World,
} from "../../tests/support/index.ts";
import { inTransaction, sql } from "../database/index.ts";
import { explainPayment } from "../explain/index.ts";
import { balanceOf } from "../ledger/index.ts";
import { formatUnits } from "../money/index.ts";
import { loadTerms } from "../orders/index.ts";
import { paymentJobs, partsOf, splitSettlement, type Payment, type PaymentDeps } from "../payments/index.ts";
import { assignPayment, backfillNow, intakeJobs } from "./index.ts";

const ETH = "ethereum:ETH";
const wei = (amount: bigint): string => formatUnits(amount, 18);
let world: World;
let payees: string[];
beforeAll(async () => {
  world = await startWorld({ worker: false, sandbox: { blocks: "automine" } });
  payees = await Promise.all([world.payee(), world.payee(), world.payee()]);
});
afterAll(() => world.stop());
afterEach(async () => {
  expect(await findTrouble(world)).toEqual([]);
});

const signal = () => AbortSignal.timeout(20_000);
const newOrder = async (): Promise<string> => (await world.order({ payees })).orderId;
const of = (externalId: number): Promise<Payment[]> =>
  partsOf(world.engine.db, { processor: "nowpayments", external_id: String(externalId) });
const amountsOf = async (externalId: number) =>
  (await of(externalId)).map(({ settled_amount: amount }) => amount);
const sum = (amounts: readonly (bigint | null)[]): bigint =>
  amounts.reduce<bigint>((total, amount) => total + (amount ?? 0n), 0n);

/** What each payee, and the platform, has of a payment, all its parts together. */
async function sharedOf(externalId: number): Promise<{ fee: bigint; shares: Record<string, bigint> }> {
  const parts = await of(externalId);
  const { rows } = await sql<{ payee_id: string; amount: bigint }>`
    select payee_id, sum(amount) as amount from earning where payment_id = any(${parts.map(({ id }) => id)}::uuid[])
    group by payee_id`.execute(world.engine.db);
  return {
    fee: sum(parts.map((part) => part.fee_amount)),
    shares: Object.fromEntries(rows.map((row) => [row.payee_id, row.amount])),
  };
}

/** What the whole gives each, told at once. */
async function wholeOf(orderId: string, amount: bigint) {
  const terms = await inTransaction(world.engine.db, async (tx) =>
    (await loadTerms(tx, [orderId])).get(orderId)!,
  );
  const { fee, shares } = splitSettlement({ asset: ETH, amount }, terms);
  return { fee, shares: Object.fromEntries(shares.map((share) => [share.payeeId, share.amount])) };
}

const accountsOf = async (): Promise<bigint> => {
  const paths = [...payees.map((id) => `payee:${id}:pending`), "platform:fees", "suspense:unmatched"];
  return sum(await Promise.all(paths.map((path) => balanceOf(world.engine.db, path, ETH))));
};

/** A payment told in parts: 60 of 100, then all of it. */
function inParts(orderId: string | null, given: Record<string, unknown> = {}) {
  const part = noticeOf(orderId, {
    payment_status: "partially_paid",
    actually_paid: 0.006,
    outcome_amount: 0.006,
    updated_at: Date.now() - 60_000,
    ...given,
  });
  return {
    id: part.payment_id,
    part,
    whole: {
      ...part,
      payment_status: "finished",
      actually_paid: 0.01,
      outcome_amount: 0.0099,
      updated_at: Date.now() - 30_000,
    },
  };
}

/** The rooms as they are, with a processor that says of the notice's payment what the notice says. */
function toldBy(notice: object): PaymentDeps {
  const { payments } = world.engine;
  const real = payments.processors.get("nowpayments")!;
  const raw = JSON.stringify(notice);
  const parsed = real.parseEvent(Buffer.from(raw));
  if (parsed.kind !== "payment") throw new Error("the notice is of no payment");
  const said = { payment: parsed.payment, raw };
  const processor = {
    ...real,
    fetchPayment: (id: string, aborted: AbortSignal) =>
      id === said.payment.externalId ? Promise.resolve(said) : real.fetchPayment(id, aborted),
    listPayments: () => Promise.resolve({ payments: [said], unreadable: [], nextPage: null }),
  };
  return { ...payments, processors: new Map([["nowpayments", processor]]) };
}

describe("a payment that finishes for more than it had", () => {
  test("the rest is booked once, by the order as the whole would have been, and the order is paid", async () => {
    const orderId = await newOrder();
    const { id, part, whole } = inParts(orderId);
    await tell(world, part);
    expect((await orderOf(world, orderId)).status).toBe("partially_paid");
    await tell(world, whole, { ...whole, extra: 1 }, { ...part, extra: 2 });
    await tell(world, { ...whole, extra: 3 });
    expect(await amountsOf(id)).toEqual([6_000_000_000_000_000n, 3_900_000_000_000_000n]);
    expect(await sharedOf(id)).toEqual(await wholeOf(orderId, 9_900_000_000_000_000n));
    expect(await paymentsOfOrder(world, orderId)).toMatchObject([
      { part: 1, status: "settled", paid_usd: "10", settled: { asset: ETH, amount: "0.0039" } },
      { part: 0, status: "settled", paid_usd: "15", settled: { asset: ETH, amount: "0.006" } },
    ]);
    await driveUntil(world, "order paid", async () => (await orderOf(world, orderId)).status === "paid");
    const rest = (await of(id))[1]!;
    expect(
      (await explainPayment(world.engine.db, world.engine.payments.registry, rest.id)).payment,
    ).toMatchObject({
      external_id: String(id),
      part: 1,
    });
  });

  test("less than before is a person's and lowers nothing; a part told after the whole is old news", async () => {
    const orderId = await newOrder();
    const { id, part, whole } = inParts(orderId);
    await tell(world, whole);
    await tell(world, part);
    expect((await eventsOf(world))[0]).toMatchObject({
      status: "ignored",
      outcome: "late news: already settled",
    });
    await tell(world, { ...whole, outcome_amount: 0.0098, updated_at: Date.now() - 1_000 });
    expect((await eventsOf(world))[0]?.status).toBe("in_review");
    expect(await amountsOf(id)).toEqual([9_900_000_000_000_000n]);
  });

  test("refunded meanwhile it is nothing; a refund takes every part back", async () => {
    const orderId = await newOrder();
    const { id, part, whole } = inParts(orderId);
    const before = await accountsOf();
    await tell(world, part, { ...part, payment_status: "refunded" });
    await tell(world, whole);
    expect(await amountsOf(id)).toEqual([6_000_000_000_000_000n]);
    expect(await accountsOf()).toBe(before);
    // Said after the refund, more is somebody's money: nothing is booked by itself, and a person sees it.
    await tell(world, { ...whole, outcome_amount: 0.0199, updated_at: Date.now() + 1_000 });
    expect((await eventsOf(world))[0]).toMatchObject({
      status: "in_review",
      outcome: "refunded meanwhile, but the event now says 0.0199 eth",
    });
    expect(await amountsOf(id)).toEqual([6_000_000_000_000_000n]);
    const other = inParts(orderId);
    await tell(world, other.part);
    await tell(world, other.whole);
    await tell(world, { ...other.whole, payment_status: "refunded" });
    expect((await of(other.id)).map(({ status }) => status)).toEqual(["refunded", "refunded"]);
    expect(await accountsOf()).toBe(before);
  });

  test("without an order both wait in suspense, and whoever names the order names it of the whole", async () => {
    for (const byPerson of [true, false]) {
      const { id, part, whole } = inParts(null);
      const before = await balanceOf(world.engine.db, "suspense:unmatched", ETH);
      await tell(world, part);
      await tell(world, whole);
      expect((await of(id)).map((one) => one.review_reason)).toEqual(["unknown_order", "unknown_order"]);
      expect((await balanceOf(world.engine.db, "suspense:unmatched", ETH)) - before).toBe(
        9_900_000_000_000_000n,
      );
      const orderId = await newOrder();
      const [first] = await of(id);
      if (byPerson)
        await assignPayment(toldBy(whole), { paymentId: first!.id, orderId, by: "api_key:tests" }, signal());
      else await tell(world, { ...whole, order_id: orderId });
      expect(await sharedOf(id)).toEqual(await wholeOf(orderId, 9_900_000_000_000_000n));
      expect(await balanceOf(world.engine.db, "suspense:unmatched", ETH)).toBe(before);
      await driveUntil(world, "order paid", async () => (await orderOf(world, orderId)).status === "paid");
      expect((await orderOf(world, orderId)).paid_usd).toBe("25");
    }
  });

  test("a notice that names the order and more at once books what waited and the rest", async () => {
    const orderId = await newOrder();
    const { id, part, whole } = inParts(null);
    await tell(world, part);
    await tell(world, { ...whole, order_id: orderId });
    expect(await amountsOf(id)).toEqual([6_000_000_000_000_000n, 3_900_000_000_000_000n]);
    expect(await sharedOf(id)).toEqual(await wholeOf(orderId, 9_900_000_000_000_000n));
    expect((await eventsOf(world, "unmatched")).filter((one) => one.payment_id === null)).toEqual([]);
    await driveUntil(world, "order paid", async () => (await orderOf(world, orderId)).status === "paid");
  });

  test("whose notice is lost is found when the processor's payments are listed", async () => {
    const orderId = await newOrder();
    const notice = noticeOf(orderId, { updated_at: Date.now() - 60_000, outcome_amount: 0.006 });
    await tell(world, notice);
    const jobs = withJobs(world, intakeJobs(toldBy({ ...notice, outcome_amount: 0.0099 })));
    await backfillNow(world.engine.db);
    await driveUntil(world, "the rest", async () => (await amountsOf(notice.payment_id)).length === 2, {
      jobs,
    });
    expect(sum(await amountsOf(notice.payment_id))).toBe(9_900_000_000_000_000n);
  });

  test("its coins come by another transfer than the first's; until then only the first's can be spent", async () => {
    const orderId = await newOrder();
    const transfer = async (amount: bigint): Promise<string> => {
      const hash = await world.sandbox.deposit({ to: world.wallet, assetId: ETH, amount });
      await world.sandbox.anvil.mine(3);
      return hash;
    };
    const first = await transfer(6_000_000_000_000_000n);
    const { id, part, whole } = inParts(orderId, { payout_hash: first });
    await tell(world, part);
    await driveUntil(world, "the first is here", async () => (await of(id))[0]?.arrival === "seen");
    await tell(world, whole); // which still names the transfer of before
    const spendable = async () =>
      (
        await sql<{ part: number }>`
        select distinct p.part from earning e join payment p on p.id = e.payment_id
        where p.external_id = ${String(id)} and e.spendable order by 1`.execute(world.engine.db)
      ).rows.map((row) => row.part);
    await world.drain({ future: true, maxRounds: 3 });
    expect([(await of(id))[1]?.arrival, await spendable()]).toEqual(["expected", [0]]);
    const second = await transfer(3_900_000_000_000_000n);
    const jobs = withJobs(world, paymentJobs(toldBy({ ...whole, payout_hash: second })));
    await driveUntil(world, "the rest is here", async () => (await of(id))[1]?.arrival === "seen", { jobs });
    expect((await of(id)).map((one) => [one.settlement_hash, one.arrived_amount])).toEqual([
      [first, 6_000_000_000_000_000n],
      [second, 3_900_000_000_000_000n],
    ]);
    expect(await spendable()).toEqual([0, 1]);
  });
});

describe("however it is told", () => {
  const processEvents = () => intakeJobs(world.engine.payments)[0]!;
  const run = () => processEvents().run({}, { signal: signal(), attempt: 1, log: world.engine.log });

  test("two workers at once, one notice each: what is booked is the greatest told", async () => {
    const orderId = await newOrder();
    const told = Array.from({ length: 8 }, () => inParts(orderId));
    for (const { part, whole } of told) {
      await send(world, part);
      await send(world, whole);
    }
    await Promise.all([run(), run(), run()]);
    await world.drain({ future: true, maxRounds: 4 });
    for (const { id } of told) {
      expect(sum(await amountsOf(id))).toBe(9_900_000_000_000_000n);
      expect(await sharedOf(id)).toEqual(await wholeOf(orderId, 9_900_000_000_000_000n));
    }
  });

  test.each(["status_change", "earning", "posting", "processor_event"])(
    "a worker that dies as it writes %s leaves nothing of the rest, and the next books it once",
    async (table) => {
      const { db } = world.engine;
      const orderId = await newOrder();
      const { id, part, whole } = inParts(orderId);
      await tell(world, part);
      await send(world, whole);
      await sql`create function die() returns trigger language plpgsql as $$ begin raise exception 'died'; end $$`.execute(
        db,
      );
      const at = sql.raw(table === "processor_event" ? "before update of payment_id" : "after insert");
      await sql`create trigger die ${at} on ${sql.table(table)} for each statement execute function die()`.execute(
        db,
      );
      await run().catch(() => undefined);
      await sql`drop function die() cascade`.execute(db);
      expect(await amountsOf(id)).toEqual([6_000_000_000_000_000n]);
      await eventually("the rest", async () => {
        await run();
        return (await amountsOf(id)).length === 2;
      });
      expect(await sharedOf(id)).toEqual(await wholeOf(orderId, 9_900_000_000_000_000n));
    },
  );

  test("any notices in any order, together or apart: booked is the greatest told, once, and to its owners", async () => {
    const notice = fc.record({
      word: fc.constantFrom("partially_paid", "finished", "confirming", "sending"),
      amount: fc.oneof(fc.bigInt({ min: 1n, max: 12n }), fc.bigInt({ min: 1n, max: 10n ** 19n })),
      minutesAgo: fc.option(fc.integer({ min: 1, max: 500 })),
      named: fc.boolean(),
      together: fc.boolean(),
      twice: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(notice, { minLength: 1, maxLength: 7 }), async (notices) => {
        const orderId = await newOrder();
        const payment_id = newPaymentId();
        const before = await accountsOf();
        for (const { word, amount, minutesAgo, named, together, twice } of notices) {
          const body = noticeOf(named ? orderId : null, {
            payment_id,
            payment_status: word,
            outcome_amount: wei(amount),
            updated_at: minutesAgo === null ? undefined : Date.now() - minutesAgo * 60_000,
          });
          await send(world, body);
          if (twice) await send(world, { ...body, extra: 1 });
          if (!together) await run();
        }
        await run();
        const settled = notices.filter(({ word }) => word === "partially_paid" || word === "finished");
        const greatest = settled.reduce((most, { amount }) => (amount > most ? amount : most), 0n);
        expect(sum(await amountsOf(payment_id))).toBe(greatest);
        expect((await accountsOf()) - before).toBe(greatest);
        const parts = await of(payment_id);
        if (parts.length > 0 && parts.every(({ status }) => status === "settled")) {
          const { fee, shares } = await sharedOf(payment_id);
          const whole = await wholeOf(orderId, greatest);
          expect(fee).toBe(whole.fee);
          expect(fee + sum(Object.values(shares))).toBe(greatest);
          for (const id of payees) {
            const off = (shares[id] ?? 0n) - (whole.shares[id] ?? 0n);
            expect(off >= -1n && off <= 1n).toBe(true);
          }
        }
      }),
      { numRuns: 15 },
    );
    await expectWholeBooks(world);
  });
});
