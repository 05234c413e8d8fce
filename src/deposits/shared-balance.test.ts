import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inTransaction, sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import { drainJobs } from "../jobs/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { balanceCheckDesk } from "./balance-check-desk.ts";
import { compareBalancesJob } from "./compare-balances.job.ts";
import { followDepositsJob } from "./follow-deposits.job.ts";
import { compareShared } from "./shared-balance.ts";
import { depositWorld, type DepositWorld } from "./testing/deposit-world.ts";

const usdt = "ethereum:USDT";
const signal = AbortSignal.timeout(300_000);
const shared = "0xshared";
const place = `ethereum/${shared}`;
let world: DepositWorld;
let sent = 0;
beforeEach(async () => void (world = await depositWorld()));
afterEach(() => world.database.close());

/** The next look at every address that is due, so many minutes later. */
async function look(minutes: number): Promise<void> {
  world.clock.advance(minutes * 60_000);
  await compareBalancesJob(world.deps).run({}, { signal, attempt: 1, log: world.deps.log });
}
const itemOf = async (id = place) =>
  (await balanceCheckDesk(world.deps).find({ now: world.clock.now(), signal })).find((one) => one.id === id);
/** Something reaches the shared address, or leaves it, that no search lists. */
function move(amount: bigint): string {
  const hash = `0xmoved${(sent += 1)}`;
  world.chain.unlisted.add(hash);
  world.chain.mine({ hash, to: shared, asset: usdt, amount });
  return hash;
}
async function follow(): Promise<void> {
  for (let blocks = 0; blocks < 8; blocks++) world.chain.mine();
  const { database, clock, deps } = world;
  await drainJobs({ database, jobs: [followDepositsJob(deps)], clock, log: silentLogger });
}

describe("an address that all orders share", () => {
  test("what lay there before, and what its owner takes away, is nobody's payment; one that no search shows stands on the desk", async () => {
    move(700_000_000n);
    const { id } = await world.order({ sharedAddress: shared });
    await look(0);
    await look(11);
    move(-300_000_000n);
    await look(11);
    await look(11);
    expect(await itemOf()).toBeUndefined();
    const hash = move(50_000_000n);
    await look(11);
    await look(11);
    expect(await itemOf()).toBeUndefined(); // it may be on its way into the book
    await look(6);
    expect(await itemOf()).toMatchObject({
      reason: "payment_not_found",
      money: [{ asset: usdt, amount: 50_000_000n }],
      actions: ["check", "acknowledge"],
    });
    // Listed by then, it is found by the next look without a word of its payer.
    world.chain.unlisted.delete(hash);
    await look(11);
    await follow();
    const { rows } = await sql`select from deposit where order_id = ${id}`.execute(world.deps.db);
    expect(rows).toHaveLength(1);
    await look(60);
    expect(await itemOf()).toBeUndefined();
    move(-50_000_000n);
    await look(60);
    await look(60);
    expect(await itemOf()).toBeUndefined();
  });

  test("what its owner puts there is theirs once they say so, and a payment that comes later is missed all the same", async () => {
    await world.order({ sharedAddress: shared });
    await look(0);
    move(9_000_000n);
    for (const minutes of [11, 11, 6]) await look(minutes);
    expect(await itemOf()).toMatchObject({ money: [{ asset: usdt, amount: 9_000_000n }] });
    const decision = { now: world.clock.now(), signal, input: {}, by: "cli:ann", id: place };
    const { version: seen } = (await itemOf())!;
    move(1_000_000n);
    for (const minutes of [11, 11, 6]) await look(minutes);
    const acknowledge = (version: string) =>
      balanceCheckDesk(world.deps).act({ ...decision, action: "acknowledge", input: { seen: version } });
    await expect(acknowledge(seen)).rejects.toMatchObject({ code: "review_item_changed" });
    await acknowledge((await itemOf())!.version);
    await look(1);
    expect(await itemOf()).toBeUndefined();
    move(8_000_000n);
    for (const minutes of [11, 11, 6]) await look(minutes);
    expect(await itemOf()).toMatchObject({ money: [{ asset: usdt, amount: 8_000_000n }] });
  });

  test("only there may somebody say that coins are no payment", async () => {
    const { address } = await world.order();
    const hash = `0xunseen${(sent += 1)}`;
    world.chain.unlisted.add(hash);
    world.chain.mine({ hash, to: address, asset: usdt, amount: 50_000_000n });
    for (const minutes of [11, 6]) await look(minutes);
    expect(await itemOf(`ethereum/${address}`)).toMatchObject({ actions: ["check"] });
  });
});

let address = shared;
/** A deposit as the book has it. */
const book = (amount: bigint): Promise<unknown> => {
  const id = newId();
  return sql`
    insert into deposit (id, chain, transaction_hash, transfer_index, asset, amount, address, block_number, block_hash, block_time,
      final, status, generation, created_at, updated_at)
    values (${id}, 'ethereum', ${id}, 'log+0', ${usdt}, ${amount}, ${address}, 1, '0x1', now(), true, 'ignored', 0, now(), now())`.execute(
    world.deps.db,
  );
};

test("whatever comes, goes and is booked a look late, and whatever a node shows a look late: only what is missed is told", async () => {
  const step = fc.record({
    paid: fc.array(fc.bigInt({ min: 1n, max: 1_000n }), { maxLength: 3 }),
    /** Whether the last of it is booked with the next look only. */
    late: fc.boolean(),
    taken: fc.option(fc.bigInt({ min: 1n, max: 3_000n })),
    stale: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
      address = `0xshared${(sent += 1)}`;
      let [there, shown, waiting] = [50_000n, 50_000n, 0n];
      let wasStale = false;
      const compare = () =>
        inTransaction(world.deps.db, (tx) =>
          compareShared(
            tx,
            { chain: "ethereum", address, onChain: new Map([[usdt, shown]]) },
            world.clock.now(),
          ),
        );
      expect(await compare()).toEqual([]);
      for (const { paid, late, taken, stale } of steps) {
        if (waiting > 0n) await book(waiting);
        waiting = 0n;
        for (const [n, amount] of paid.entries()) {
          there += amount;
          if (late && n === paid.length - 1) waiting = amount;
          else await book(amount);
        }
        there -= taken ?? 0n;
        // A node is behind for one look, not for two ten minutes apart.
        const isStale: boolean = stale && !wasStale;
        if (!isStale) shown = there;
        wasStale = isStale;
        expect(await compare()).toEqual([]);
      }
      if (waiting > 0n) await book(waiting);
      shown = there;
      for (let looks = 0; looks < 3; looks++) expect(await compare()).toEqual([]);
      shown += 77n;
      await compare();
      for (let looks = 0; looks < 3; looks++) expect(await compare()).toEqual([{ asset: usdt, amount: 77n }]);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});
