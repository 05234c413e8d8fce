import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld, type World } from "../../tests/support/index.ts";
import { sql } from "../database/index.ts";
import { drainJobs } from "../jobs/index.ts";
import type { PaymentProcessor } from "../providers/port.ts";
import { findUnowned } from "../desk/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { createOrder, findOrder, orderJobs, type Order, type OrderDeps } from "./index.ts";

type InvoiceOutcome = Awaited<ReturnType<PaymentProcessor["createInvoice"]>>;

let world: World;
let payeeId: string;
beforeAll(async () => {
  world = await startWorld({ worker: false });
  payeeId = await world.payee();
});
afterAll(() => world.stop());

const minute = 60_000;
const unknown: InvoiceOutcome = { kind: "unknown", reason: "timeout", message: "no answer" };
const ready: InvoiceOutcome = {
  kind: "accepted",
  value: { invoiceId: "77", checkoutUrl: "https://pay.example/77" },
  raw: {},
};

/** The room with a clock of its own and a processor that answers as told and counts how often it was asked. */
function room() {
  const state = {
    ahead: 0,
    outcome: unknown as InvoiceOutcome,
    asked: 0,
    publicUrl: null as string | null,
    callbackUrl: null as string | null,
  };
  const clock = { now: () => new Date(Date.now() + state.ahead) };
  const createInvoice: PaymentProcessor["createInvoice"] = ({ callbackUrl }) => {
    state.asked += 1;
    state.callbackUrl = callbackUrl;
    return Promise.resolve(state.outcome);
  };
  const { orders } = world.engine;
  const deps: OrderDeps = {
    ...orders,
    clock,
    processor: { ...orders.processor, createInvoice },
    settings: {
      ...orders.settings,
      get publicUrl() {
        return state.publicUrl;
      },
    },
  };
  const jobs = orderJobs(deps);
  const database = world.database;
  return {
    state,
    create: async (): Promise<Order> => {
      const terms = { externalId: null, purpose: "other", description: "", priceUsdMicros: 25_000_000n };
      const splits = [{ payeeId, weightBps: 10_000 }];
      const more = {
        fee: { bps: 0, fixed: null },
        toleranceBps: 100,
        expiresInMs: 60 * minute,
        acceptAssets: [],
        checkout: true,
        requestedBy: "test",
      };
      return (await createOrder(deps, { ...terms, splits, ...more })).order;
    },
    drain: () => drainJobs({ database, jobs, clock, log: silentLogger, maxRounds: 3 }),
    sweep: async (): Promise<void> => {
      const job = jobs.find(({ name }) => name === "orders.sweep")!;
      await job.run({}, { signal: AbortSignal.timeout(9_000), attempt: 1, log: silentLogger });
    },
    unowned: (lateMs: number) => findUnowned(world.engine, clock.now(), { lateMs }),
  };
}

const read = async (id: string): Promise<Order> => (await findOrder(world.engine.db, id))!;

describe("an invoice whose creation we never learned the outcome of", () => {
  test("F68: it is pending with a next check, is asked for again even when its job is lost, and ends with the page", async () => {
    const { state, create, drain, sweep } = room();
    const { id, checkout } = await create();
    expect(checkout.status).toBe("pending");
    await sql`delete from graphile_worker._private_jobs where payload::text like ${`%${id}%`}`.execute(
      world.engine.db,
    );
    state.outcome = ready;
    state.ahead = 2 * minute;
    await sweep();
    await drain();
    expect((await read(id)).checkout).toEqual({
      status: "ready",
      url: "https://pay.example/77",
      error: null,
    });
    expect(state.asked).toBe(2);
  });

  test("§7 27: without an answer until the order runs out it is rejected, not asked for for ever", async () => {
    const { state, create, drain, sweep, unowned } = room();
    const { id } = await create();
    state.ahead = 61 * minute;
    expect(await unowned(minute / 2)).toContainEqual({
      thing: "order",
      id,
      problem: "its check time passed",
    });
    await sweep();
    await drain();
    expect(await read(id)).toMatchObject({
      status: "expired",
      checkout: { status: "rejected", url: null, error: "no_answer_in_time" },
    });
    expect(state.asked).toBe(1);
    expect(await unowned(minute / 2)).toEqual([]);
  });

  test("a page that comes late, for an order that was paid meanwhile, is kept and harms nothing", async () => {
    const { state, create, drain, sweep } = room();
    const { id } = await create();
    await sql`update pay_order set status = 'paid', next_check_at = null where id = ${id}`.execute(
      world.engine.db,
    );
    state.outcome = ready;
    state.ahead = minute;
    await drain();
    await sweep();
    expect(await read(id)).toMatchObject({ status: "paid", checkout: { status: "ready" } });
  });
});

test("an underpaid order waits a fortnight after its expiry, then it has expired; a later payment still completes it", async () => {
  const { state, create, drain, sweep } = room();
  state.outcome = ready;
  const { id } = await create();
  const pay = (externalId: string, micros: bigint) =>
    sql`
      insert into payment (id, processor, external_id, order_id, status, processor_status, paid_currency, asked_amount,
        paid_amount, paid_usd_micros, created_at, updated_at, arrival, settled_asset, settled_amount, settled_at)
      values (gen_random_uuid(), 'nowpayments', ${externalId}, ${id}, 'settled', 'finished', 'eth', '1', '1', ${micros},
        now(), now(), 'seen', 'ethereum:ETH', 1, now())`.execute(world.engine.db);
  const lookAt = async (ahead: number): Promise<string> => {
    state.ahead = ahead;
    await sql`update pay_order set next_check_at = least(next_check_at, now()) where id = ${id} and status = 'open'`.execute(
      world.engine.db,
    );
    await sweep();
    await drain();
    return (await read(id)).status;
  };
  await pay(`part:${id}`, 10_000_000n);
  expect(await lookAt(minute)).toBe("partially_paid");
  expect(await lookAt(13 * 24 * 60 * minute)).toBe("partially_paid");
  expect(await lookAt(15 * 24 * 60 * minute)).toBe("expired");
  await pay(`rest:${id}`, 15_000_000n);
  const refresh = orderJobs({ ...world.engine.orders }).find(({ name }) => name === "orders.refresh")!;
  await refresh.run({ id }, { signal: AbortSignal.timeout(9_000), attempt: 1, log: silentLogger });
  expect((await read(id)).status).toBe("paid");
});

test.each([
  ["https://pay.example", "https://pay.example/webhooks/nowpayments"],
  ["https://pay.example/", "https://pay.example/webhooks/nowpayments"],
  ["https://shop.example/spillway", "https://shop.example/spillway/webhooks/nowpayments"],
  ["https://shop.example/spillway/", "https://shop.example/spillway/webhooks/nowpayments"],
  ["https://shop.example/a/b//", "https://shop.example/a/b/webhooks/nowpayments"],
  [null, null],
])("the processor is told to call back below PUBLIC_URL %s", async (publicUrl, callbackUrl) => {
  const { state, create, drain } = room();
  Object.assign(state, { publicUrl, outcome: ready });
  await create();
  await drain();
  expect(state.callbackUrl).toBe(callbackUrl);
});
