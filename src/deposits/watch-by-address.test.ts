import { afterEach, expect, test } from "vitest";
import { inTransaction, sql } from "../database/index.ts";
import { drainJobs } from "../jobs/index.ts";
import { orderLife } from "../orders/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import type { DepositDeps } from "./deps.ts";
import { followDepositsJob } from "./follow-deposits.job.ts";
import { depositWorld, type DepositWorld } from "./testing/deposit-world.ts";
import { watchJob } from "./watch.job.ts";

const signal = AbortSignal.timeout(120_000);
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

let world: DepositWorld;
afterEach(() => world.database.close());

/** The world's chain, as one that is searched address by address; `asked` counts the requests an address. */
function byAddress(paid: ReadonlyMap<string, string>): { deps: DepositDeps; asked: Map<string, number> } {
  const asked = new Map<string, number>();
  const listSince = (address: string) => {
    asked.set(address, (asked.get(address) ?? 0) + 1);
    const hash = paid.get(address);
    return Promise.resolve({ hashes: hash === undefined ? [] : [hash], next: "1", more: false });
  };
  const chain = { ...world.chain, watch: { kind: "addresses" as const, listSince } };
  return { deps: { ...world.deps, depositChains: new Map([["ethereum", chain]]) }, asked };
}

const look = (deps: DepositDeps) =>
  watchJob(deps).run({ chain: "ethereum" }, { signal, attempt: 1, log: deps.log });

/** Looks so often for so long, and says how many requests went to the address. */
async function requestsIn(
  { deps, asked }: ReturnType<typeof byAddress>,
  address: string,
  { forMs, everyMs }: { forMs: number; everyMs: number },
): Promise<number> {
  const before = asked.get(address) ?? 0;
  for (let passed = 0; passed < forMs; passed += everyMs) {
    world.clock.advance(everyMs);
    await look(deps);
  }
  return (asked.get(address) ?? 0) - before;
}

test("an address is looked at less and less while its order waits, anew when its quote ends: hourly, and daily after ten days", async () => {
  world = await depositWorld();
  const { address } = await world.order({ expiresInMs: hour });
  const watched = byAddress(new Map());
  expect(await requestsIn(watched, address, { forMs: 10 * minute, everyMs: minute })).toBe(10);
  expect(await requestsIn(watched, address, { forMs: 50 * minute, everyMs: minute })).toBeLessThan(35);
  // Just expired: what was paid at the last moment is looked for within the next minutes, again and again.
  expect(await requestsIn(watched, address, { forMs: 10 * minute, everyMs: minute })).toBeGreaterThan(6);
  const firstHours = await requestsIn(watched, address, { forMs: 10 * hour, everyMs: 5 * minute });
  expect(firstHours).toBeLessThan(50); // of 120 looks
  expect(await requestsIn(watched, address, { forMs: day, everyMs: 20 * minute })).toBeLessThanOrEqual(24);
  world.clock.advance(10 * day);
  await look(watched.deps);
  expect(await requestsIn(watched, address, { forMs: 5 * day, everyMs: 4 * hour })).toBeLessThanOrEqual(5);
});

test("an order that stays open for long is asked for less and less once its quote ended", async () => {
  world = await depositWorld();
  const { address } = await world.order({ expiresInMs: 30 * day, quotedForMs: hour });
  const watched = byAddress(new Map());
  expect(await requestsIn(watched, address, { forMs: hour, everyMs: 5 * minute })).toBe(12);
  expect(await requestsIn(watched, address, { forMs: 5 * hour, everyMs: 5 * minute })).toBeLessThan(35);
});

test.each(["paid", "cancelled"] as const)(
  "an order that was %s is asked for less and less from then on, however long its quote would have held",
  async (to) => {
    world = await depositWorld();
    const { id, address } = await world.order({ expiresInMs: 30 * day });
    const watched = byAddress(new Map());
    expect(await requestsIn(watched, address, { forMs: hour, everyMs: 5 * minute })).toBe(12);
    const now = world.clock.now();
    const set = { next_check_at: null, ...(to === "cancelled" && { cancelled_at: now }) };
    await inTransaction(world.deps.db, (tx) =>
      orderLife.advance(tx, { id, from: "open", to, cause: { kind: "job", ref: "test" }, now, set }),
    );
    expect(await requestsIn(watched, address, { forMs: 5 * hour, everyMs: 5 * minute })).toBeLessThan(35);
  },
);

test("an open order's requests do not grow with the looks of the chain", async () => {
  world = await depositWorld();
  const addresses: string[] = [];
  for (let count = 0; count < 5; count++) addresses.push((await world.order({ expiresInMs: day })).address);
  const watched = byAddress(new Map());
  await requestsIn(watched, addresses[0]!, { forMs: 2 * hour, everyMs: minute });
  for (const address of addresses) {
    expect(watched.asked.get(address)).toBeGreaterThan(24); // the last hour every five minutes, the first more often
    expect(watched.asked.get(address)).toBeLessThan(65); // of 120 looks
  }
});

test("where more are due than one look takes, the next look follows at once", async () => {
  world = await depositWorld();
  for (let count = 0; count < 45; count++) await world.order({ expiresInMs: day });
  const watched = byAddress(new Map());
  await look(watched.deps);
  const { rows } = await sql<{ run_at: Date }>`
    select run_at from graphile_worker.jobs where task_identifier = 'payments.watch'`.execute(world.deps.db);
  expect(rows.map(({ run_at: at }) => at.getTime())).toEqual([world.clock.now().getTime()]);
});

test("an address that all orders share is looked at each time, however long ago an order there expired", async () => {
  world = await depositWorld();
  const { address } = await world.order({ expiresInMs: minute, sharedAddress: "0xshared" });
  const watched = byAddress(new Map());
  world.clock.advance(30 * day);
  expect(await requestsIn(watched, address, { forMs: 20 * minute, everyMs: minute })).toBe(20);
});

test.each([
  ["hourly", 2 * day, hour],
  ["daily", 30 * day, day],
])("a payment to an address that is looked at %s is found by the next look at it", async (_, age, within) => {
  world = await depositWorld();
  const { address } = await world.order({ expiresInMs: minute });
  const paid = new Map<string, string>();
  const watched = byAddress(paid);
  await look(watched.deps);
  world.clock.advance(age);
  await look(watched.deps);
  paid.set(address, "0xlong-after");
  world.chain.mine({ hash: "0xlong-after", to: address, asset: "ethereum:USDT", amount: 50_000_000n });
  for (let block = 0; block < 8; block++) world.chain.mine();
  world.clock.advance(within);
  await look(watched.deps);
  const { database, clock } = world;
  await drainJobs({ database, jobs: [followDepositsJob(watched.deps)], clock, log: silentLogger });
  const { rows } = await sql`select address, amount from deposit`.execute(world.deps.db);
  expect(rows).toEqual([{ address, amount: 50_000_000n }]);
});
