import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BlockWatch } from "../chains/receiving.ts";
import { sql } from "../database/index.ts";
import { drainJobs } from "../jobs/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { balanceCheckDesk } from "./balance-check-desk.ts";
import { compareBalancesJob } from "./compare-balances.job.ts";
import { followDepositsJob } from "./follow-deposits.job.ts";
import { depositWorld, type DepositWorld } from "./testing/deposit-world.ts";

const usdt = "ethereum:USDT";
const signal = AbortSignal.timeout(300_000);
const minute = 60_000;
let world: DepositWorld;
let hashes = 0;
beforeAll(async () => void (world = await depositWorld()));
afterAll(() => world.database.close());

const compare = (deps = world.deps) =>
  compareBalancesJob(deps).run({}, { signal, attempt: 1, log: deps.log });
const forward = (minutes: number) => world.clock.advance(minutes * minute);
async function follow(): Promise<void> {
  for (let blocks = 0; blocks < 8; blocks++) world.chain.mine();
  const { database, clock, deps } = world;
  await drainJobs({ database, jobs: [followDepositsJob(deps)], clock, log: silentLogger });
}
const depositsOf = async (orderId: string): Promise<number> =>
  (await sql`select from deposit where order_id = ${orderId}`.execute(world.deps.db)).rows.length;
const itemOf = async (address: string) =>
  (await balanceCheckDesk(world.deps).find({ now: world.clock.now(), signal })).find(
    ({ id }) => id === `ethereum/${address}`,
  );

/** A payment that no search lists, to an order's address that is due to be compared. */
async function unseen(): Promise<{ id: string; address: string; hash: string }> {
  const order = await world.order();
  const hash = `0xunseen${(hashes += 1)}`;
  world.chain.unlisted.add(hash);
  world.chain.mine({ hash, to: order.address, asset: usdt, amount: 50_000_000n });
  forward(11);
  return { ...order, hash };
}

describe("an address with more coins than the books know", () => {
  test("is searched as a whole by whichever node lists the payment now, without a word of its payer", async () => {
    const { id, address, hash } = await unseen();
    world.chain.unlisted.delete(hash);
    await compare();
    await follow();
    expect(await depositsOf(id)).toBe(1);
    forward(3);
    await compare();
    forward(10);
    expect(await itemOf(address)).toBeUndefined();
  });

  test("stands on the desk while nothing explains it, and is searched again until something does", async () => {
    const { id, address, hash } = await unseen();
    await compare();
    expect(await itemOf(address)).toBeUndefined(); // book and chain were not read at one moment
    forward(6);
    await compare();
    expect(await itemOf(address)).toMatchObject({
      reason: "payment_not_found",
      money: [{ asset: usdt, amount: 50_000_000n }],
      actions: ["check"],
    });
    world.chain.unlisted.delete(hash);
    const decision = { now: world.clock.now(), signal, input: {}, by: "cli:ann" };
    await balanceCheckDesk(world.deps).act({ ...decision, id: `ethereum/${address}`, action: "check" });
    await compare();
    await follow();
    expect(await depositsOf(id)).toBe(1);
    forward(60);
    await compare();
    expect(await itemOf(address)).toBeUndefined();
  });

  test("is searched page by page where a chain lists what touched one address", async () => {
    const { id, address, hash } = await unseen();
    const pages = [["0xother"], ["0xelse"], [hash]];
    const listed: (string | null)[] = [];
    const byAddress = {
      ...world.chain,
      watch: {
        kind: "addresses" as const,
        listSince: (asked: string, since: string | null) => {
          if (asked === address) listed.push(since);
          const page = Number(since ?? 0);
          return Promise.resolve({ hashes: pages[page]!, next: String(page + 1), more: page < 2 });
        },
      },
    };
    await compare({ ...world.deps, depositChains: new Map([["ethereum", byAddress]]) });
    expect(listed).toEqual([null, "1", "2"]);
    await follow();
    expect(await depositsOf(id)).toBe(1);
  });
});

test("an address is looked at less and less, and no more after a month; a node that is away costs one look", async () => {
  const { address } = await world.order();
  let asked = 0;
  const counted = {
    ...world.chain,
    balance: (...given: Parameters<typeof world.chain.balance>) => {
      asked += given[0] === address && given[1].id === usdt ? 1 : 0;
      return world.chain.balance(...given);
    },
  };
  const deps = { ...world.deps, depositChains: new Map([["ethereum", counted]]) };
  const lookFor = async (hours: number): Promise<number> => {
    asked = 0;
    for (let ten = 0; ten < hours * 6; ten++) {
      forward(10);
      await compare(deps);
    }
    return asked;
  };
  expect(await lookFor(24)).toBeLessThanOrEqual(12);
  world.chain.down = true;
  forward(24 * 60);
  await compare(deps);
  world.chain.down = false;
  forward(24 * 60);
  await compare(deps);
  forward(35 * 24 * 60);
  await compare(deps);
  forward(35 * 24 * 60);
  asked = 0;
  await compare(deps);
  expect(asked).toBe(0);
});

test("coins that the books have are nobody's missing payment", async () => {
  const order = await world.order();
  const hash = `0xseen${(hashes += 1)}`;
  world.chain.mine({ hash, to: order.address, asset: usdt, amount: 50_000_000n });
  const { hashes: found } = await (world.chain.watch as BlockWatch).scan(
    { from: 0n, to: BigInt(world.chain.blocks.length) },
    new Set([order.address]),
    signal,
  );
  expect(found).toContain(hash);
  await sql`update balance_check set next_look_at = ${world.clock.now()}`.execute(world.deps.db);
  forward(11);
  await compare();
  await follow();
  forward(30);
  await compare();
  forward(30);
  expect(await itemOf(order.address)).toBeUndefined();
  expect(await depositsOf(order.id)).toBe(1);
});
