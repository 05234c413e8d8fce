import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { inTransaction, sql, type Tx } from "../../src/database/index.ts";
import { createEngineWorld, type EngineWorld } from "./engine-world.ts";
import { createPayees } from "./load.ts";

/** How fast so many workers work off what waits for them. Payments a second. */
export interface Throughput {
  readonly workers: number;
  readonly payments: number;
  /** From the notice in the database to the booked payment with its earnings. */
  readonly settledPerSecond: number;
  /** Until each payment was followed up as well: its value observed, its order summed anew. */
  readonly followedPerSecond: number;
}

export interface ThroughputOptions {
  /** Notices that wait when the workers begin; 3,000 if absent. */
  readonly payments?: number;
  readonly progress?: (text: string) => void;
}

const orders = 20;
const senders = 32;

/** A settled payment whose coins the processor keeps, so that no chain is asked about it. */
const noticeOf = (number: number, orderId: string): object => ({
  payment_id: 6_000_000_000 + number,
  parent_payment_id: null,
  invoice_id: 4_000_000_001,
  payment_status: "finished",
  price_amount: 25,
  price_currency: "usd",
  pay_amount: 0.01,
  actually_paid: 0.01,
  pay_currency: "eth",
  order_id: orderId,
  outcome_amount: 0.0099,
  outcome_currency: "eth",
  payout_hash: `partner_liability_tx_${number}`,
  updated_at: 1_772_366_400_000,
});

async function postNotices(
  { sandbox, environment, client }: EngineWorld,
  { count, payeeIds }: { count: number; payeeIds: readonly string[] },
): Promise<void> {
  const orderIds: string[] = [];
  for (let number = 0; number < orders; number++) {
    const order = await client.ask<{ id: string }>("POST", "/v1/orders", {
      external_id: `order-${number}`,
      price_usd: "25",
      splits: [
        { payee_id: payeeIds[number % payeeIds.length], share_bps: 6_000 },
        { payee_id: payeeIds[(number + 1) % payeeIds.length], share_bps: 4_000 },
      ],
    });
    orderIds.push(order.id);
  }
  const target = new URL("/webhooks/nowpayments", environment["PUBLIC_URL"]);
  const send = async (number: number): Promise<void> => {
    const { body, signature } = sandbox.nowpayments.sign(noticeOf(number, orderIds[number % orders]!));
    const headers = { "content-type": "application/json", "x-nowpayments-sig": signature };
    const response = await fetch(target, { method: "POST", headers, body });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`a notice was answered ${response.status}`);
  };
  let next = 0;
  await Promise.all(
    Array.from({ length: senders }, async () => {
      while (next < count) await send(next++);
    }),
  );
}

/** Starts the workers and holds them at the first event until each has said that it is there. */
async function startTogether(world: EngineWorld, tx: Tx, signal: AbortSignal): Promise<void> {
  const workers = world.processes.filter((one) => one.role === "worker");
  await sql`lock table processor_event in exclusive mode`.execute(tx);
  for (const worker of workers) worker.start();
  for (;;) {
    const { rows } = await sql`select from worker_heartbeat`.execute(world.database.db);
    if (rows.length === workers.length) return;
    if (workers.some((worker) => !worker.isRunning())) throw new Error("a worker ended before it began");
    await sleep(50, undefined, { signal });
  }
}

async function countDone({ database }: EngineWorld): Promise<{ settled: number; followed: number }> {
  const { rows } = await sql<{ settled: number; followed: number }>`
    select count(*) filter (where status = 'settled') as settled, count(settled_usd_micros) as followed from payment`.execute(
    database.db,
  );
  return rows[0]!;
}

async function measure(workers: number, payments: number, signal: AbortSignal): Promise<Throughput> {
  const world = await createEngineWorld(
    { apis: 1, workers, supervised: false, environment: { LOG_LEVEL: "warn" } },
    signal,
  );
  try {
    world.processes[0]!.start();
    await postNotices(world, { count: payments, payeeIds: await createPayees(world) });
    await inTransaction(world.database.db, (tx) => startTogether(world, tx, signal));
    const started = performance.now();
    const perSecond = (): number => (payments * 1_000) / (performance.now() - started);
    for (let settledPerSecond: number | null = null; ; await sleep(20, undefined, { signal })) {
      const { settled, followed } = await countDone(world);
      if (settled === payments) settledPerSecond ??= perSecond();
      if (settledPerSecond !== null && followed === payments)
        return { workers, payments, settledPerSecond, followedPerSecond: perSecond() };
    }
  } finally {
    await world.stop();
  }
}

/**
 * Lets so many worker processes work off the same waiting notices, one number of workers after the other, each in a world
 * of its own. PostgreSQL, the providers and the workers share this machine.
 */
export async function measureThroughput(
  workerCounts: readonly number[],
  { payments = 3_000, progress = () => undefined }: ThroughputOptions = {},
): Promise<Throughput[]> {
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const results: Throughput[] = [];
  try {
    for (const workers of workerCounts) {
      progress(`${workers} ${workers === 1 ? "worker" : "workers"}: ${payments} notices`);
      results.push(await measure(workers, payments, over.signal));
    }
  } finally {
    over.abort();
  }
  return results;
}
