import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { inventAddress } from "../../sandbox/coins.ts";
import {
  changeSetting,
  driveUntil,
  findTrouble,
  freshParts,
  giveEarnings,
  startWorld,
  withJobs,
  type World,
} from "../../tests/support/index.ts";
import { checkConversions } from "../conversions/index.ts";
import { inTransaction, sql } from "../database/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { payoutJobs, planPayouts } from "../payouts/index.ts";
import { findPayment } from "./index.ts";
import { refundPayment } from "./refund-payment.ts";

const USDT = "ethereum:USDT";
const amount = 50_000_000n;
let world: World;
let ahead = 0;
let people = 0;
const clock = { now: () => new Date(Date.now() + ahead) };
const signal = () => AbortSignal.timeout(20_000);
beforeAll(async () => {
  world = await startWorld({ worker: false, sandbox: { blocks: "automine" } });
});
afterAll(() => world.stop());
afterEach(async () => {
  ahead = 0;
  expect(await findTrouble(world)).toEqual([]);
});

interface Earned {
  readonly id: string;
  readonly payment_id: string;
  readonly status: string;
}
const earningsOf = async (payeeId: string): Promise<Earned[]> =>
  (
    await sql<Earned>`select id, payment_id, status from earning where payee_id = ${payeeId} order by id`.execute(
      world.engine.db,
    )
  ).rows;

const balance = (path: string): Promise<bigint> => balanceOf(world.engine.db, path, USDT);

/** What the processor's word does to a settled payment, in one transaction. */
const refund = (paymentId: string): Promise<void> =>
  inTransaction(world.engine.db, async (tx) => {
    const payment = (await findPayment(tx, paymentId))!;
    if (payment.status !== "settled") return;
    await sql`update payment set status = 'refunded' where id = ${paymentId}`.execute(tx);
    await refundPayment(tx, payment, { kind: "event", ref: "refund" }, clock.now());
  });

const somebody = (): Promise<string> =>
  world.payee({
    threshold: "50",
    destination: { asset: USDT, address: inventAddress("evm", `refunded ${++people}`) },
  });
const give = (payeeId: string, times = 1): Promise<void> =>
  giveEarnings(
    world,
    USDT,
    Array.from({ length: times }, () => ({ payeeId, amount })),
  );
const drive = (what: string, probe: () => Promise<boolean>): Promise<unknown> =>
  driveUntil(world, what, probe, { jobs: withJobs(world, payoutJobs(freshParts(world, clock).payouts)) });
const every = async (payeeId: string, ...statuses: string[]): Promise<boolean> =>
  (await earningsOf(payeeId)).every(({ status }) => statuses.includes(status));
const claim = () => checkConversions(world.engine.conversions, signal(), true);
const convert = async (payeeId: string): Promise<void> => {
  await claim();
  await drive("converted", () => every(payeeId, "available", "held", "paid", "reversed"));
};
const hold = () => planPayouts(world.engine.payouts, signal());
const pay = async (payeeId: string): Promise<void> => {
  await hold();
  await drive("paid", () => every(payeeId, "paid", "reversed"));
};

/** Whether the transfer to a payee is as this SQL says. */
const transferIs = async (payeeId: string, what: string): Promise<boolean> =>
  (
    await sql`
      select from transfer t join payout_attempt a on t.purpose = 'payout_attempt' and a.id = t.purpose_id
      join payout o on o.id = a.payout_id where o.payee_id = ${payeeId} and ${sql.raw(what)}`.execute(
      world.engine.db,
    )
  ).rows.length > 0;

/** The most that one transfer may carry, in coins; null: any amount. */
const limitTransfers = (most: string | null): Promise<number> =>
  changeSetting(world, "transfer_limits", {
    transfer_maximum: most === null ? [] : [{ asset: USDT, amount: most }],
  });

/** How far the earning of a payment was when its refund came, what ends that, and where its money is then. */
const points: readonly {
  readonly when: string;
  readonly before: (payeeId: string) => Promise<unknown>;
  readonly meets: string;
  readonly after: (payeeId: string) => Promise<unknown>;
  readonly recoverable: bigint;
}[] = [
  { when: "pending", before: async () => null, meets: "reversed", after: convert, recoverable: 0n },
  { when: "claimed by a conversion", before: claim, meets: "converting", after: convert, recoverable: 0n },
  { when: "available", before: convert, meets: "reversed", after: pay, recoverable: 0n },
  {
    when: "held by a payout of which nothing was sent yet",
    before: async (payeeId) => {
      await convert(payeeId);
      await hold();
    },
    meets: "held",
    after: pay,
    recoverable: 0n,
  },
  {
    when: "held by a payout whose transfer waits to be signed",
    before: async (payeeId) => {
      await convert(payeeId);
      await hold();
      await limitTransfers("1");
      await drive("waiting", () => transferIs(payeeId, "slot is null and waiting_reason is not null"));
    },
    meets: "held",
    after: async (payeeId) => {
      await drive("taken back", () => every(payeeId, "reversed"));
      await limitTransfers(null);
      await pay(payeeId);
    },
    recoverable: 0n,
  },
  {
    when: "held by a payout that is signed",
    before: async (payeeId) => {
      await convert(payeeId);
      await hold();
      await drive("signed", () => transferIs(payeeId, "slot is not null"));
    },
    meets: "held",
    after: pay,
    recoverable: amount,
  },
  {
    when: "held by a payout that fails",
    before: async (payeeId) => {
      await convert(payeeId);
      await hold();
      await world.client.post("/v1/payees/{id}/pause", { params: { path: { id: payeeId } } });
    },
    meets: "held",
    after: async (payeeId) => {
      ahead = 26 * 3_600_000;
      await drive("given up", () => every(payeeId, "reversed"));
      await world.client.post("/v1/payees/{id}/resume", { params: { path: { id: payeeId } } });
    },
    recoverable: 0n,
  },
  {
    when: "paid",
    before: async (payeeId) => {
      await convert(payeeId);
      await pay(payeeId);
    },
    meets: "reversed",
    after: async () => null,
    recoverable: amount,
  },
];

describe("a refund meets an earning that is", () => {
  test.each(points)(
    "$when: it is taken back at that moment or the next, and nobody else has it",
    async (point) => {
      const [payeeId, other] = [await somebody(), await somebody()];
      await give(payeeId);
      await give(other);
      const [{ payment_id: paymentId }] = (await earningsOf(payeeId)) as [Earned];
      const suspense = await balance(accounts.suspense("refunds"));
      await point.before(payeeId);
      await refund(paymentId);
      expect((await earningsOf(payeeId)).map(({ status }) => status)).toEqual([point.meets]);
      expect(await findTrouble(world)).toEqual([]);
      await point.after(payeeId);
      expect((await earningsOf(payeeId)).map(({ status }) => status)).toEqual(["reversed"]);
      for (const part of ["pending", "available", "held"] as const)
        expect(await balance(accounts.payee(payeeId, part))).toBe(0n);
      expect(await balance(accounts.payee(payeeId, "recoverable"))).toBe(point.recoverable);
      expect((await balance(accounts.suspense("refunds"))) - suspense).toBe(amount);
      await convert(other);
      await pay(other);
      expect(await balance(accounts.payee(payeeId, "recoverable"))).toBe(point.recoverable);
      expect((await earningsOf(other)).map(({ status }) => status)).toEqual(["paid"]);
    },
  );

  test("of fifty refunded while they are distributed and held, each is taken back once, to the base unit", async () => {
    const payeeId = await somebody();
    await give(payeeId, 50);
    const payments = (await earningsOf(payeeId)).map(({ payment_id }) => payment_id);
    const suspense = await balance(accounts.suspense("refunds"));
    await claim();
    await Promise.all([
      drive("converted", () => every(payeeId, "available", "reversed")),
      ...payments.slice(0, 25).flatMap((id) => [refund(id), refund(id)]),
    ]);
    expect((await earningsOf(payeeId)).filter(({ status }) => status === "reversed")).toHaveLength(25);
    await Promise.all([hold(), ...payments.slice(25).map(refund)]);
    await drive("over", () => every(payeeId, "reversed"));
    const { rows } = await sql<{ amount: bigint }>`
      select coalesce(sum(amount), 0) as amount from payout where payee_id = ${payeeId} and status = 'completed'`.execute(
      world.engine.db,
    );
    expect(await balance(accounts.payee(payeeId, "recoverable"))).toBe(rows[0]!.amount);
    expect((await balance(accounts.suspense("refunds"))) - suspense).toBe(50n * amount);
    for (const part of ["pending", "available", "held"] as const)
      expect(await balance(accounts.payee(payeeId, part))).toBe(0n);
  });
});
