import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BlockWatch } from "../chains/receiving.ts";
import { sql } from "../database/index.ts";
import { drainJobs } from "../jobs/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { followDepositsJob } from "./follow-deposits.job.ts";
import { depositWorld, type DepositWorld } from "./testing/deposit-world.ts";
import { watchJob } from "./watch.job.ts";

const signal = AbortSignal.timeout(300_000);
const usdt = "ethereum:USDT";
let world: DepositWorld;
let paid = 0;
beforeAll(async () => void (world = await depositWorld()));
afterAll(() => world.database.close());

const look = () =>
  watchJob(world.deps).run({ chain: "ethereum" }, { signal, attempt: 1, log: world.deps.log });
const lagBlocks = () => (world.chain.watch as BlockWatch).lagBlocks;

/** Of the order, once the chain has made all of them final. */
async function depositsOf(orderId: string): Promise<number> {
  for (let block = 0; block < 8; block++) world.chain.mine();
  const { database, clock, deps } = world;
  await drainJobs({ database, jobs: [followDepositsJob(deps)], clock, log: silentLogger });
  const { rows } = await sql`select from deposit where order_id = ${orderId}`.execute(deps.db);
  return rows.length;
}

type Step = "block" | "jump" | "look" | "outage";

/** A payment whose block's logs are listed so many blocks late, and looks at the chain with so many blocks in between. */
async function payListedLate(steps: readonly Step[], lateBy: number): Promise<string> {
  const { id, address } = await world.order();
  await look();
  const hash = `0xlate${(paid += 1)}`;
  world.chain.unlisted.add(hash);
  world.chain.mine({ hash, to: address, asset: usdt, amount: 50_000_000n });
  const block = world.chain.blocks.length - 1;
  const list = () => {
    if (world.chain.blocks.length - 1 - block >= lateBy) world.chain.unlisted.delete(hash);
  };
  for (const step of steps) {
    for (let blocks = { block: 1, jump: 15, look: 0, outage: 0 }[step]; blocks > 0; blocks--) {
      world.chain.mine();
      world.clock.advance(12_000);
      list();
    }
    if (step === "block" || step === "jump") continue;
    world.chain.down = step === "outage";
    await look();
    world.chain.down = false;
  }
  for (let more = 0; more < 5; more++) {
    world.chain.mine();
    list();
  }
  await look();
  await look();
  return id;
}

test("a payment is found although its block's logs were listed up to the chain's lag later, whenever the looks fall", async () => {
  const step = fc.constantFrom("block", "jump", "look", "outage") as fc.Arbitrary<Step>;
  await look();
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 14 }),
      fc.integer({ min: 0, max: Number.parseInt(String(lagBlocks())) }),
      async (steps, lateBy) => {
        expect(await depositsOf(await payListedLate(steps, lateBy))).toBe(1);
      },
    ),
    { numRuns: 15, endOnFailure: true },
  );
});

test.each([[[1]], [[3, 2]], [[5]], [[7]], [[13]]])(
  "a payment is found soon by a node that knows nothing yet of whatever it is asked for first, %j blocks between two looks",
  async (steps) => {
    const { id, address } = await world.order();
    await look();
    const askedAt = new Map<bigint, number>();
    const knows = (to: bigint): boolean => {
      const now = world.clock.now().getTime();
      if (!askedAt.has(to)) askedAt.set(to, now);
      return now - askedAt.get(to)! >= 1_200;
    };
    const { scan } = world.chain.watch as BlockWatch;
    const watch: BlockWatch = {
      ...(world.chain.watch as BlockWatch),
      mostBlocks: 100,
      async scan(blocks, watched) {
        const found = await scan(blocks, watched, signal);
        return { ...found, hashes: knows(blocks.to) ? found.hashes : [] };
      },
      searchAgain: async (blocks, watched) => (await watch.scan(blocks, watched, signal)).hashes,
    };
    // Far from final, as Ethereum's blocks are for a quarter of an hour.
    const head = async () => ({ ...(await world.chain.head(signal)), finalNumber: 0n });
    const chain = { ...world.chain, watch, head };
    const deps = { ...world.deps, depositChains: new Map([["ethereum", chain]]) };
    world.chain.mine({ hash: `0xlater-${steps.join("-")}`, to: address, asset: usdt, amount: 50_000_000n });
    for (let passed = 0, turn = 0; passed < 15_000; turn++) {
      const blocks = steps[turn % steps.length]!;
      for (let block = 0; block < blocks; block++) world.chain.mine();
      world.clock.advance(blocks * 300);
      passed += blocks * 300;
      await watchJob(deps).run({ chain: "ethereum" }, { signal, attempt: 1, log: deps.log });
    }
    expect(lagBlocks()).toBe(4n); // no step of these looks back to a block that a look ended with
    expect(await depositsOf(id)).toBe(1);
  },
);

test("what is known already is not read again by every look", async () => {
  const { id, address } = await world.order();
  world.chain.mine({ hash: "0xonce", to: address, asset: usdt, amount: 50_000_000n });
  await look();
  expect(await depositsOf(id)).toBe(1);
  let reads = 0;
  const { readDeposits } = world.chain;
  const counted = {
    ...world.chain,
    readDeposits: (...asked: Parameters<typeof readDeposits>) => {
      reads += 1;
      return readDeposits(...asked);
    },
  };
  const deps = { ...world.deps, depositChains: new Map([["ethereum", counted]]) };
  for (let time = 0; time < 3; time++)
    await watchJob(deps).run({ chain: "ethereum" }, { signal, attempt: 1, log: deps.log });
  const { rows } = await sql`
    select from graphile_worker.jobs where key like '%0xonce%' and run_at <= ${world.clock.now()}`.execute(
    deps.db,
  );
  expect({ reads, waiting: rows.length }).toEqual({ reads: 0, waiting: 0 });
});

test("each block is searched once more when it is final and older than the lag, and not by every look after that", async () => {
  const ranges: { from: bigint; to: bigint }[] = [];
  const watch = world.chain.watch as BlockWatch;
  const counted = {
    ...world.chain,
    watch: {
      ...watch,
      searchAgain: (...asked: Parameters<BlockWatch["searchAgain"]>) => {
        ranges.push(asked[0]);
        return watch.searchAgain(...asked);
      },
    },
  };
  const deps = { ...world.deps, depositChains: new Map([["ethereum", counted]]) };
  const lookCounted = () => watchJob(deps).run({ chain: "ethereum" }, { signal, attempt: 1, log: deps.log });
  const certain = async (): Promise<bigint> =>
    (await sql<{ block: bigint }>`select certain_block as block from watch_cursor`.execute(deps.db)).rows[0]!
      .block;
  await look();
  await look();
  const before = await certain();
  for (let blocks = 0; blocks < 40; blocks++) world.chain.mine();
  for (let looks = 0; looks < 4; looks++) {
    world.clock.advance(12_000);
    await lookCounted();
  }
  const after = await certain();
  expect(after).toBe(BigInt(world.chain.blocks.length - 1) - 6n); // what is final; the lag is less
  const times = (block: bigint): number =>
    ranges.filter(({ from, to }) => from <= block && block <= to).length;
  for (let block = before + 1n; block <= after; block++)
    expect(times(block), String(block)).toBeGreaterThan(0);
  ranges.length = 0;
  await lookCounted();
  const newest = BigInt(world.chain.blocks.length - 1) - 2n * lagBlocks();
  for (let block = before + 1n; block <= newest; block++) expect(times(block), String(block)).toBe(0);
});
