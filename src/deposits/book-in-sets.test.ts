import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { watchedAddresses } from "../addresses/index.ts";
import { recordReceipt } from "../arrivals/index.ts";
import { inTransaction, sql } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { newId } from "../ids.ts";
import { drainJobs } from "../jobs/index.ts";
import { accounts, balanceOf, verifyLedger } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { registerDepositWallets } from "../transfers/index.ts";
import type { DepositDeps } from "./deps.ts";
import { followDepositsJob, readLater } from "./follow-deposits.job.ts";
import { bookReadings, readTransactions } from "./take-reading.ts";
import { depositWorld, type DepositWorld } from "./testing/deposit-world.ts";

const usdt = "ethereum:USDT";
const signal = new AbortController().signal;
const sharedAddress = "0xshared";
let world: DepositWorld;

beforeEach(async () => {
  world = await depositWorld();
});

const mine = (at: DepositWorld, blocks: number): void => {
  for (let count = 0; count < blocks; count++) at.chain.mine();
};

async function readSet(at: DepositWorld, hashes: readonly string[]) {
  const watched = await watchedAddresses(at.deps.db, "evm");
  const transactions = hashes.map((hash) => ({
    hash,
    cause: { kind: "chain", ref: `ethereum/${hash}` } as const,
  }));
  return (await readTransactions(at.deps, { chain: at.chain, watched, transactions }, signal)).readings;
}

async function readAndBookSet(at: DepositWorld, hashes: readonly string[]): Promise<void> {
  const outcomes = await bookReadings(at.deps, await readSet(at, hashes));
  for (const outcome of outcomes.values()) if (outcome instanceof Error) throw outcome;
}

/** So many orders, each paid what it asks in a transaction of its own, final. */
async function paidOrders(count: number): Promise<{ ids: string[]; addresses: string[]; hashes: string[] }> {
  const ids: string[] = [];
  const addresses: string[] = [];
  const hashes: string[] = [];
  for (let index = 0; index < count; index++) {
    const { id, address } = await world.order();
    const hash = `0xpaid${index}`;
    world.chain.mine({ hash, to: address, asset: usdt, amount: 50_000_000n });
    ids.push(id);
    addresses.push(address);
    hashes.push(hash);
  }
  mine(world, 8);
  return { ids, addresses, hashes };
}

async function bookedOf(hashes: readonly string[]) {
  const { rows } = await sql<{ hash: string; status: string; payments: number; receipts: number }>`
    select hash, d.status, (select count(*) from payment p where p.settlement_hash = hash and p.status = 'settled') as payments,
      (select count(*) from wallet_receipt r where r.transaction_hash = hash) as receipts
    from unnest(${[...hashes]}::text[]) with ordinality as asked(hash, n)
    left join deposit d on d.transaction_hash = hash order by n`.execute(world.deps.db);
  return rows;
}

const onceEach = (hashes: readonly string[]) =>
  hashes.map((hash) => ({ hash, status: "credited", payments: 1, receipts: 1 }));

const drain = (deps: DepositDeps = world.deps, includeFuture = false) =>
  drainJobs({
    database: world.database,
    jobs: [followDepositsJob(deps)],
    clock: world.clock,
    log: silentLogger,
    includeFuture,
    maxRounds: 3,
  });

const foundNow = (hashes: readonly string[]) =>
  inTransaction(world.deps.db, (tx) => readLater(tx, { chain: "ethereum", hashes, now: world.clock.now() }));

async function waiting() {
  const { rows } = await sql<{ hash: string; failures: number }>`
    select payload->'payload'->>'hash' as hash, (payload->>'failures')::int as failures
    from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where t.identifier = 'payments.follow_deposits' order by 1`.execute(world.deps.db);
  return rows;
}

/** All that an accountant would see of deposits and orders, by names that do not differ from one database to another. */
async function booksOf(at: DepositWorld, orders: readonly string[]) {
  const { rows: deposits } = await sql`
    select transaction_hash, status, reason, surplus_amount, usd_micros, final, array_position(${[...orders]}::uuid[], order_id) as order_no,
      payment_id is not null as paid, (select jsonb_agg(c.to_status order by c.id) from status_change c where c.thing_id = d.id) as history
    from deposit d order by transaction_hash`.execute(at.deps.db);
  const { rows: payments } = await sql`
    select external_id, status, settled_asset, settled_amount, fee_amount, paid_usd_micros,
      array_position(${[...orders]}::uuid[], order_id) as order_no
    from payment order by external_id`.execute(at.deps.db);
  const { rows: earnings } = await sql`
    select p.external_id, array_position(${[...at.payees]}::uuid[], e.payee_id) as payee_no, e.asset, e.amount
    from earning e join payment p on p.id = e.payment_id order by 1, 2`.execute(at.deps.db);
  const { rows: balances } = await sql`
    select a.path, a.asset, ledger_balance(a.path, a.asset) as balance from ledger_account a
    where a.path like 'wallet:%' or a.path like 'suspense:%' or a.path like 'platform:%'
    union all
    select 'order ' || array_position(${[...orders]}::uuid[], split_part(a.path, ':', 2)::uuid), a.asset, ledger_balance(a.path, a.asset)
    from ledger_account a where a.path like 'order:%'
    order by 1, 2`.execute(at.deps.db);
  return { deposits, payments, earnings, balances };
}

describe("whatever is booked in sets", () => {
  const kinds = ["exact", "over", "under", "rest", "dust", "wrong_asset", "nothing_asked"] as const;
  const deposit = fc.record({
    kind: fc.constantFrom(...kinds),
    order: fc.nat({ max: 5 }),
    blocks: fc.nat({ max: 3 }),
  });
  const amounts: Record<(typeof kinds)[number], bigint> = {
    exact: 50_000_000n,
    over: 90_000_000n,
    under: 20_000_000n,
    rest: 30_000_000n,
    dust: 50_000n,
    wrong_asset: 10_000_000_000_000_000n,
    nothing_asked: 7_654_321n,
  };

  /** Orders 0 to 2 have an address of their own, 3 is long over, 4 and 5 are told from each other by the amount alone. */
  async function openOrders(at: DepositWorld) {
    const orders = [await at.order(), await at.order(), await at.order()];
    orders.push(await at.order({ expiresInMs: -7_200_000 }));
    orders.push(await at.order({ sharedAddress, assets: { [usdt]: 50_000_000n } }));
    orders.push(await at.order({ sharedAddress, assets: { [usdt]: 30_000_000n } }));
    return orders;
  }

  test("in sets of whatever size and order, read as often as may be: the same books as one by one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(deposit, { minLength: 1, maxLength: 14 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.nat()),
        async (deposits, sizes, random) => {
          const [oneByOne, inSets] = [await depositWorld(), await depositWorld()];
          const orders = [await openOrders(oneByOne), await openOrders(inSets)] as const;
          for (const [index, { kind, order, blocks }] of deposits.entries())
            for (const [at, opened] of [
              [oneByOne, orders[0]],
              [inSets, orders[1]],
            ] as const) {
              const asset = kind === "wrong_asset" ? "ethereum:ETH" : usdt;
              at.chain.mine({ hash: `0x${index}`, to: opened[order]!.address, asset, amount: amounts[kind] });
              mine(at, blocks);
            }
          for (const depth of [0, 2, 6]) {
            for (const at of [oneByOne, inSets]) mine(at, depth);
            const hashes = deposits
              .map((_one, index) => ({ hash: `0x${index}`, rank: random.next().value as number }))
              .toSorted((a, b) => a.rank - b.rank)
              .map(({ hash }) => hash);
            for (const hash of hashes) await readAndBookSet(oneByOne, [hash]);
            for (let at = 0, turn = 0; at < hashes.length; turn++) {
              const size = sizes[turn % sizes.length]!;
              await readAndBookSet(inSets, hashes.slice(at, at + size));
              at += size;
            }
          }
          const [expected, actual] = [
            await booksOf(
              oneByOne,
              orders[0].map(({ id }) => id),
            ),
            await booksOf(
              inSets,
              orders[1].map(({ id }) => id),
            ),
          ];
          expect(actual).toEqual(expected);
          expect(expected.deposits).toHaveLength(deposits.length);
          expect(await verifyLedger(inSets.deps.db)).toMatchObject({ problems: [] });
          await oneByOne.database.close();
          await inSets.database.close();
        },
      ),
      { numRuns: 6, endOnFailure: true },
    );
  });

  test("a chain that takes blocks back meanwhile: nobody has more than stands on it", async () => {
    const orders = await openOrders(world);
    const sent: { hash: string; to: string; asset: string; amount: bigint }[] = [];
    const steps = fc.array(fc.constantFrom("pay", "mine", "read", "reorganise", "again"), {
      minLength: 8,
      maxLength: 20,
    });
    const stands = ({ hash }: { hash: string }): boolean =>
      world.chain.blocks.some((block) => block.transactions.some((one) => one.hash === hash));
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        for (const step of [...given, "mine", "read", "mine", "read"]) {
          if (step === "pay") {
            const { address: to } = orders[sent.length % 3]!;
            sent.push({
              hash: `0xsent${sent.length}`,
              to,
              asset: usdt,
              amount: 20_000_000n + BigInt(sent.length),
            });
            world.chain.mine(sent.at(-1)!);
          } else if (step === "again") world.chain.mine(...sent.filter((one) => !stands(one)).slice(0, 3));
          else if (step === "reorganise") {
            world.chain.reorganise(2);
            mine(world, 2);
          } else if (step === "mine") mine(world, 2);
          else {
            const stale = await readSet(
              world,
              sent.map(({ hash }) => hash),
            );
            await Promise.all([
              bookReadings(world.deps, stale),
              bookReadings(world.deps, { ...stale, read: stale.read.toReversed() }),
            ]);
          }
        }
        for (const { address } of orders.slice(0, 3)) {
          const standing = sent.filter((one) => one.to === address && stands(one));
          expect(await balanceOf(world.deps.db, accounts.wallet("ethereum", address), usdt)).toBe(
            standing.reduce((sum, { amount }) => sum + amount, 0n),
          );
        }
      }),
      { numRuns: 6, endOnFailure: true },
    );
    expect(await balanceOf(world.deps.db, accounts.suspense("deposits"), usdt)).toBe(0n);
    expect(await verifyLedger(world.deps.db)).toMatchObject({ problems: [] });
  });
});

describe("several at once", () => {
  test("two workers that read the same set book it once, whichever way round", async () => {
    const { hashes } = await paidOrders(20);
    const readings = await readSet(world, hashes);
    const backwards = { ...readings, read: readings.read.toReversed() };
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        bookReadings(world.deps, index % 2 === 0 ? readings : backwards),
      ),
    );
    for (const outcome of outcomes)
      for (const [hash, became] of outcome) expect(became, hash).toMatchObject({ isRecorded: true });
    expect(await bookedOf(hashes)).toEqual(onceEach(hashes));
    expect(await verifyLedger(world.deps.db)).toMatchObject({ problems: [] });
  });

  test("sets that overlap, and deposits of one order in several of them: no order is paid twice over", async () => {
    const { id, address } = await world.order();
    const hashes = Array.from({ length: 12 }, (_, index) => `0xpart${index}`);
    for (const hash of hashes) world.chain.mine({ hash, to: address, asset: usdt, amount: 10_000_000n });
    mine(world, 8);
    const sets = [hashes.slice(0, 6), hashes.slice(3, 9).toReversed(), hashes.slice(6), hashes.toReversed()];
    await Promise.all(sets.map((set) => readAndBookSet(world, set)));
    const { rows } = await sql<{ paid: bigint; surplus: bigint }>`
      select (select sum(paid_usd_micros) from payment where order_id = ${id}) as paid,
        (select sum(surplus_amount) from deposit where order_id = ${id}) as surplus`.execute(world.deps.db);
    expect(rows).toEqual([{ paid: 50_000_000n, surplus: 70_000_000n }]);
    expect(await balanceOf(world.deps.db, accounts.wallet("ethereum", address), usdt)).toBe(120_000_000n);
    expect(await verifyLedger(world.deps.db)).toMatchObject({ problems: [] });
  });
});

describe("what goes wrong with one is nobody else's trouble", () => {
  test("a member that cannot be booked fails alone, and is a dead letter alone", async () => {
    const { addresses, hashes } = await paidOrders(9);
    const poison = hashes[4]!;
    await inTransaction(world.deps.db, async (tx) => {
      const now = world.clock.now();
      const given = { address: addresses[4]!, derivationIndex: 5 };
      const wallets = await registerDepositWallets(tx, "ethereum", [given], now);
      await recordReceipt(tx, {
        chain: "ethereum",
        transactionHash: poison,
        receipt: {
          index: "log+0",
          asset: registry.get(usdt),
          from: "0xsomebody",
          to: given.address,
          amount: 50_000_000n,
        },
        alongside: null,
        wallet: wallets.get(given.address)!,
        purpose: "swap_delivery",
        purposeId: newId(),
        credit: accounts.suspense("settlements"),
        now,
        by: "test",
        evidence: "named_hash",
      });
    });
    await foundNow(hashes);
    await drain();
    const others = hashes.filter((hash) => hash !== poison);
    expect(await bookedOf(others)).toEqual(onceEach(others));
    expect(await bookedOf([poison])).toEqual([{ hash: poison, status: null, payments: 0, receipts: 1 }]);
    expect((await waiting()).filter(({ failures }) => failures > 0)).toEqual([{ hash: poison, failures: 1 }]);
    await drainJobs({
      database: world.database,
      jobs: [{ ...followDepositsJob(world.deps), maxAttempts: 2 }],
      clock: world.clock,
      log: silentLogger,
      includeFuture: true,
      maxRounds: 2,
    });
    const { rows } = await sql<{ payload: unknown; error: string }>`
      select payload->>'hash' as payload, error from job_dead_letter`.execute(world.deps.db);
    expect(rows).toEqual([
      { payload: poison, error: expect.stringContaining("already belong to swap_delivery") },
    ]);
  });

  test("one that the chain does not tell of waits; the others are booked", async () => {
    const { hashes } = await paidOrders(6);
    const silent = hashes[2]!;
    const refusing = {
      ...world.chain,
      readDeposits: (...asked: Parameters<typeof world.chain.readDeposits>) =>
        asked[0] === silent
          ? Promise.reject(
              new ProviderError({
                provider: "ethereum",
                operation: "read",
                failure: "retryable",
                reason: "timeout",
              }),
            )
          : world.chain.readDeposits(...asked),
    };
    await foundNow(hashes);
    await drain({ ...world.deps, depositChains: new Map([["ethereum", refusing]]) });
    const others = hashes.filter((hash) => hash !== silent);
    expect(await bookedOf(others)).toEqual(onceEach(others));
    expect(await bookedOf([silent])).toMatchObject([{ status: null, receipts: 0 }]);
    expect(await waiting()).toContainEqual({ hash: silent, failures: 0 });
    await drain(world.deps, true);
    expect(await bookedOf(hashes)).toEqual(onceEach(hashes));
  });
});

test.each([
  ["before anything of it is written", "deposit", "before insert"],
  ["when the coins are booked, and their order is not", "wallet_receipt", "after insert"],
  ["when all is booked, and not committed", "earning", "after insert"],
])(
  "a server that dies under a set, %s: nothing is lost and nothing is booked twice",
  async (_when, table, at) => {
    const { hashes } = await paidOrders(12);
    await foundNow(hashes);
    const { db } = world.deps;
    await sql`
    create function die() returns trigger language plpgsql as $$
    begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`.execute(db);
    await sql`create trigger dies ${sql.raw(at)} on ${sql.table(table)} for each row execute function die()`.execute(
      db,
    );
    await drain();
    expect(await bookedOf(hashes)).toEqual(
      hashes.map((hash) => ({ hash, status: null, payments: 0, receipts: 0 })),
    );
    expect((await waiting()).map(({ hash }) => hash)).toEqual(hashes.toSorted());
    await sql`drop trigger dies on ${sql.table(table)}`.execute(db);
    await drain(world.deps, true);
    expect(await bookedOf(hashes)).toEqual(onceEach(hashes));
    expect(await verifyLedger(db)).toMatchObject({ problems: [] });
  },
);
