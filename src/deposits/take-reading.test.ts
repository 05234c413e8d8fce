import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { sql } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { drainJobs } from "../jobs/index.ts";
import { balanceOf, verifyLedger } from "../ledger/index.ts";
import { createLogger, silentLogger } from "../telemetry/index.ts";
import { verifyPayment } from "./claim-payment.ts";
import type { DepositRow } from "./deposit.ts";
import { followDepositsJob } from "./follow-deposits.job.ts";
import { readAndBookOne } from "./take-reading.ts";
import { depositWorld, type DepositWorld } from "./testing/deposit-world.ts";
import { watchedAddresses } from "../addresses/index.ts";
import { watchJob } from "./watch.job.ts";

const usdt = "ethereum:USDT";
const signal = new AbortController().signal;
let world: DepositWorld;
let made = 0;
const newHash = (): string => `0xhash${(made += 1)}`;

beforeAll(async () => {
  world = await depositWorld();
});

const read = async (hash: string): Promise<DepositRow[]> => {
  const watched = await watchedAddresses(world.deps.db, "evm");
  const cause = { kind: "chain", ref: "test" } as const;
  return (await readAndBookOne(world.deps, { chain: world.chain, hash, watched, cause }, signal)).rows;
};

const mine = (blocks: number): void => {
  for (let count = 0; count < blocks; count++) world.chain.mine();
};

/** What anybody holds of an order's payment, by the books. */
async function booksOf(
  orderId: string,
): Promise<{ owed: bigint; fee: bigint; surplus: bigint; payments: number }> {
  const { rows } = await sql<{ owed: bigint; fee: bigint; payments: number }>`
    select coalesce(sum(e.amount), 0) as owed, count(distinct p.id) as payments,
      coalesce((select sum(fee_amount) from payment where order_id = ${orderId} and status = 'settled'), 0) as fee
    from payment p left join earning e on e.payment_id = p.id and e.status <> 'reversed'
    where p.order_id = ${orderId} and p.status = 'settled'`.execute(world.deps.db);
  const surplus = await balanceOf(world.deps.db, `order:${orderId}:surplus`, usdt);
  return { ...rows[0]!, surplus };
}

describe("one deposit", () => {
  test("§7 19 waits for its confirmations, is booked once however often it is read, and ends when it is final", async () => {
    const { id, address } = await world.order();
    const hash = newHash();
    world.chain.mine({ hash, to: address, asset: usdt, amount: 50_000_000n });
    expect(await read(hash)).toMatchObject([{ status: "confirming", order_id: id, final: false }]);
    expect(await booksOf(id)).toMatchObject({ payments: 0 });
    mine(1);
    const readings = await Promise.all(Array.from({ length: 20 }, () => read(hash)));
    expect(new Set(readings.map(([row]) => row?.status))).toEqual(new Set(["credited"]));
    expect(await booksOf(id)).toEqual({ owed: 48_500_000n, fee: 1_500_000n, surplus: 0n, payments: 1 });
    mine(6);
    const [row] = await read(hash);
    expect(row).toMatchObject({ status: "credited", final: true, next_check_at: null });
    expect(await balanceOf(world.deps.db, `wallet:ethereum:${address}`, usdt)).toBe(50_000_000n);
  });

  test("a reorganisation takes all of it back; when it comes again it is credited once more", async () => {
    const { id, address } = await world.order();
    const hash = newHash();
    const transaction = { hash, to: address, asset: usdt, amount: 90_000_000n };
    world.chain.mine(transaction);
    mine(1);
    expect(await read(hash)).toMatchObject([{ status: "credited", surplus_amount: 40_000_000n }]);
    world.chain.reorganise(2);
    mine(3);
    expect(await read(hash)).toMatchObject([{ status: "reversed", reason: "reorganised" }]);
    expect(await booksOf(id)).toEqual({ owed: 0n, fee: 0n, surplus: 0n, payments: 0 });
    expect(await balanceOf(world.deps.db, `wallet:ethereum:${address}`, usdt)).toBe(0n);
    world.chain.mine(transaction);
    mine(1);
    expect(await read(hash)).toMatchObject([
      { status: "credited", generation: 1, surplus_amount: 40_000_000n },
    ]);
    expect(await booksOf(id)).toEqual({
      owed: 48_500_000n,
      fee: 1_500_000n,
      surplus: 40_000_000n,
      payments: 1,
    });
  });

  test("that a node does not find it any more proves nothing while its block still stands", async () => {
    const { id, address } = await world.order();
    const hash = newHash();
    world.chain.mine({ hash, to: address, asset: usdt, amount: 50_000_000n });
    mine(1);
    await read(hash);
    const forgetful = {
      ...world.chain,
      readDeposits: () => Promise.resolve({ status: "not_found" } as const),
    };
    const watched = await watchedAddresses(world.deps.db, "evm");
    const cause = { kind: "chain", ref: "test" } as const;
    await readAndBookOne(world.deps, { chain: forgetful, hash, watched, cause }, signal);
    expect(await booksOf(id)).toMatchObject({ payments: 1 });
  });

  test("what one node made up is never credited: later answers of the same block decide", async () => {
    const { id, address } = await world.order();
    const hash = newHash();
    world.chain.mine({ hash, to: address, asset: usdt, amount: 2_000_000n });
    const watched = await watchedAddresses(world.deps.db, "evm");
    const cause = { kind: "chain", ref: "test" } as const;
    const lying = {
      ...world.chain,
      async readDeposits(...asked: Parameters<typeof world.chain.readDeposits>) {
        const reading = await world.chain.readDeposits(...asked);
        if (reading.status !== "included") return reading;
        return { ...reading, deposits: reading.deposits.map((one) => ({ ...one, amount: 50_000_000n })) };
      },
    };
    await readAndBookOne(world.deps, { chain: lying, hash, watched, cause }, signal);
    mine(2);
    await read(hash);
    expect(await balanceOf(world.deps.db, `wallet:ethereum:${address}`, usdt)).toBe(2_000_000n);
    mine(6);
    expect((await read(hash)).map(({ amount, status }) => [amount, status])).toEqual([
      [50_000_000n, "reversed"],
      [2_000_000n, "credited"],
    ]);
    expect(await booksOf(id)).toMatchObject({ owed: 1_940_000n, payments: 1 });
  });

  test("a deposit that was taken back by mistake is looked for again, and credited again", async () => {
    const { id, address } = await world.order();
    const hash = newHash();
    world.chain.mine({ hash, to: address, asset: usdt, amount: 50_000_000n });
    mine(1);
    await read(hash);
    const watched = await watchedAddresses(world.deps.db, "evm");
    const cause = { kind: "chain", ref: "test" } as const;
    const forked = {
      ...world.chain,
      readDeposits: () => Promise.resolve({ status: "not_found" } as const),
      watch: { ...world.chain.watch, blockHash: () => Promise.resolve("0xfork") } as typeof world.chain.watch,
    };
    const { rows } = await readAndBookOne(world.deps, { chain: forked, hash, watched, cause }, signal);
    expect(rows).toMatchObject([{ status: "reversed", next_check_at: expect.any(Date) }]);
    await read(hash); // as its check time says
    expect(await booksOf(id)).toMatchObject({ payments: 1, owed: 48_500_000n });
  });

  test("§7 19 many small deposits in one transaction need what one large one would", async () => {
    const small = await depositWorld({
      confirmations: [{ chain: "ethereum", belowUsdMicros: 40_000_000n, confirmations: 2n }],
    });
    const { address } = await small.order();
    const hash = newHash();
    small.chain.mine({ hash, to: address, asset: usdt, amount: 30_000_000n });
    const split = {
      ...small.chain,
      async readDeposits(...asked: Parameters<typeof small.chain.readDeposits>) {
        const reading = await small.chain.readDeposits(...asked);
        if (reading.status !== "included") return reading;
        const half = reading.deposits.map((one) => ({ ...one, amount: 30_000_000n, index: "log+1" }));
        return { ...reading, deposits: [...reading.deposits, ...half] };
      },
    };
    const watched = await watchedAddresses(small.deps.db, "evm");
    const cause = { kind: "chain", ref: "test" } as const;
    for (let block = 0; block < 3; block++) small.chain.mine();
    const { rows } = await readAndBookOne(small.deps, { chain: split, hash, watched, cause }, signal);
    expect(rows.map(({ status }) => status)).toEqual(["confirming", "confirming"]);
  });

  test("another coin than the order accepts stays in suspense for a person", async () => {
    const { id, address } = await world.order();
    const before = await balanceOf(world.deps.db, "suspense:deposits", "ethereum:USDC");
    const hash = newHash();
    world.chain.mine({ hash, to: address, asset: "ethereum:USDC", amount: 50_000_000n });
    mine(8);
    expect(await read(hash)).toMatchObject([
      { status: "in_review", reason: "wrong_asset", usd_micros: 50_000_000n },
    ]);
    expect((await balanceOf(world.deps.db, "suspense:deposits", "ethereum:USDC")) - before).toBe(50_000_000n);
    expect(await booksOf(id)).toMatchObject({ payments: 0 });
  });
});

describe("all or nothing", () => {
  test("§7 35 dying between any two rows of a booking leaves none of it, and the next reading books all of it", async () => {
    const { id, address } = await world.order();
    const hash = newHash();
    world.chain.mine({ hash, to: address, asset: usdt, amount: 80_000_000n });
    mine(8);
    for (const table of ["wallet_receipt", "payment", "earning", "posting", "status_change"]) {
      await sql`create function die() returns trigger language plpgsql as $$ begin raise exception 'died'; end $$`.execute(
        world.deps.db,
      );
      await sql`create trigger die after insert on ${sql.table(table)} for each statement execute function die()`.execute(
        world.deps.db,
      );
      await expect(read(hash), table).rejects.toThrow("died");
      await sql`drop trigger die on ${sql.table(table)}`.execute(world.deps.db);
      await sql`drop function die`.execute(world.deps.db);
      expect(await booksOf(id), table).toEqual({ owed: 0n, fee: 0n, surplus: 0n, payments: 0 });
      expect(await balanceOf(world.deps.db, `wallet:ethereum:${address}`, usdt), table).toBe(0n);
    }
    expect(await read(hash)).toMatchObject([{ status: "credited" }]);
    expect(await booksOf(id)).toEqual({
      owed: 48_500_000n,
      fee: 1_500_000n,
      surplus: 30_000_000n,
      payments: 1,
    });
  });

  test("§7 29 §7 30 what an order costs and who gets it is a snapshot: nobody can change it under a payment", async () => {
    const { id } = await world.order();
    const changes = [
      sql`update pay_order set price_usd_micros = 1 where id = ${id}`,
      sql`update pay_order_split set weight_bps = 1 where order_id = ${id}`,
      sql`update order_quote set amount = 1 where order_id = ${id}`,
      sql`delete from order_quote where order_id = ${id}`,
      sql`update deposit set amount = 1`,
      sql`delete from deposit`,
    ];
    for (const change of changes)
      await expect(change.execute(world.deps.db)).rejects.toThrow(/never|append-only/);
  });
});

describe("§7 15 shared addresses", () => {
  test("only the exact amount is an order's; another amount is nobody's, whoever pastes its hash first", async () => {
    const shared = "0xshared";
    const first = await world.order({ sharedAddress: shared, assets: { [usdt]: 50_000_123n } });
    const second = await world.order({ sharedAddress: shared, assets: { [usdt]: 50_000_456n } });
    const [paid, odd] = [newHash(), newHash()];
    world.chain.mine({ hash: paid, to: shared, asset: usdt, amount: 50_000_123n });
    world.chain.mine({ hash: odd, to: shared, asset: usdt, amount: 50_000_000n });
    mine(8);
    const told = { chain: "ethereum", transactionHash: paid };
    const thief = await verifyPayment(world.deps, { orderId: second.id, ...told }, signal);
    expect(thief.claim).toMatchObject({ status: "rejected", reason: "already_used" });
    const owner = await verifyPayment(world.deps, { orderId: first.id, ...told }, signal);
    expect(owner.claim).toMatchObject({ status: "accepted", reason: "credited" });
    const oddClaim = { orderId: second.id, chain: "ethereum", transactionHash: odd };
    const unsure = await verifyPayment(world.deps, oddClaim, signal);
    expect(unsure.claim).toMatchObject({ status: "in_review", reason: "needs_review" });
    expect(await booksOf(second.id)).toMatchObject({ payments: 0 });
  });
});

describe("telling us a hash", () => {
  test("§7 1 §7 3 with every log line written, the verdict is the same, and what the chain said is kept with it", async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const deps = { ...world.deps, log: createLogger({ level: "trace", destination }) };
    const { id, address } = await world.order();
    const hash = newHash();
    world.chain.mine({ hash, to: address, asset: usdt, amount: 50_000_000n });
    mine(8);
    const { claim } = await verifyPayment(
      deps,
      { orderId: id, chain: "ethereum", transactionHash: hash },
      signal,
    );
    expect(claim).toMatchObject({
      status: "accepted",
      details: {
        reading: { status: "included", deposits: [{ asset: usdt, amount: "50000000", to: address }] },
      },
    });
  });

  test("§7 26 a chain that never answers holds nobody up: the answer is a waiting state", async () => {
    const { id } = await world.order();
    const hangs = {
      ...world.chain,
      readDeposits: (_hash: string, _watched: ReadonlySet<string>, given: AbortSignal) =>
        new Promise<never>((_resolve, reject) => {
          const asked = {
            provider: "ethereum",
            operation: "readDeposits",
            failure: "retryable",
            reason: "aborted",
          } as const;
          const giveUp = () => reject(new ProviderError(asked));
          if (given.aborted)
            giveUp(); // a busy machine may be as slow as all that before the chain is asked
          else given.addEventListener("abort", giveUp);
        }),
    };
    const deps = { ...world.deps, depositChains: new Map([["ethereum", hangs]]) };
    const told = { orderId: id, chain: "ethereum", transactionHash: newHash() };
    const { claim } = await verifyPayment(deps, told, AbortSignal.timeout(100));
    expect(claim).toMatchObject({ status: "waiting", reason: "provider_unavailable" });
  });

  test("§7 2 §7 25 while the chain cannot be read it waits, and is accepted when it can", async () => {
    const { id, address } = await world.order();
    const hash = newHash();
    world.chain.mine({ hash, to: address, asset: usdt, amount: 50_000_000n });
    mine(8);
    world.chain.down = true;
    const told = { orderId: id, chain: "ethereum", transactionHash: ` ${hash} ` };
    const during = await verifyPayment(world.deps, told, signal);
    expect(during.claim).toMatchObject({ status: "waiting", reason: "provider_unavailable" });
    world.chain.down = false;
    const after = await verifyPayment(world.deps, told, signal);
    expect(after.claim).toMatchObject({ id: during.claim.id, status: "accepted", reason: "credited" });
  });

  test("§7 14 §7 36 fifty people at once tell one payment: its order has it once, the others are told so", async () => {
    const { id, address } = await world.order();
    const others = await Promise.all(Array.from({ length: 9 }, () => world.order()));
    const hash = newHash();
    world.chain.mine({ hash, to: address, asset: usdt, amount: 50_000_000n });
    mine(8);
    const orders = [id, ...others.map((one) => one.id)];
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const transactionHash = index % 2 === 0 ? hash : hash.toUpperCase();
        const told = { orderId: orders[index % orders.length]!, chain: "ethereum", transactionHash };
        return verifyPayment(world.deps, told, signal);
      }),
    );
    for (const { claim } of verdicts)
      expect(claim.reason).toBe(claim.order_id === id ? "credited" : "already_used");
    expect(await booksOf(id)).toEqual({ owed: 48_500_000n, fee: 1_500_000n, surplus: 0n, payments: 1 });
    for (const one of others) expect(await booksOf(one.id)).toMatchObject({ payments: 0 });
  });
});

test("§7 24 the watcher skips no block: after an outage, a reorganisation and with several at work", async () => {
  const own = await depositWorld();
  const pass = (blocks: number): void => {
    for (let count = 0; count < blocks; count++) own.chain.mine();
  };
  const context = { signal, attempt: 1, log: own.deps.log };
  const watch = () => watchJob(own.deps).run({ chain: "ethereum" }, context);
  await watch();
  const orders = await Promise.all(Array.from({ length: 6 }, () => own.order()));
  const pay = (index: number) => ({
    hash: newHash(),
    to: orders[index]!.address,
    asset: usdt,
    amount: 50_000_000n,
  });
  own.chain.mine(pay(0));
  await watch();
  own.chain.down = true;
  pass(20);
  own.chain.mine(pay(1), pay(2));
  await watch();
  own.chain.down = false;
  pass(5);
  await Promise.all([watch(), watch(), watch()]);
  own.chain.reorganise(3);
  own.chain.mine(pay(3));
  pass(4);
  await watch();
  own.chain.mine(pay(4));
  pass(2);
  own.chain.mine(pay(5));
  pass(10);
  await watch();
  await watch();
  await drainJobs({
    database: own.database,
    jobs: [followDepositsJob(own.deps)],
    clock: own.clock,
    log: silentLogger,
  });
  const { rows } = await sql<{ order_id: string }>`
    select order_id from deposit where order_id = any(${orders.map((one) => one.id)}::uuid[])`.execute(
    own.deps.db,
  );
  expect(rows.map((row) => row.order_id).toSorted()).toEqual(orders.map((one) => one.id).toSorted());
});

test("§7 24 a reorganisation deeper than the search had come, with finality past it since, is searched from where it began", async () => {
  const other = await depositWorld();
  const context = { signal, attempt: 1, log: other.deps.log };
  const jobs = [followDepositsJob(other.deps)];
  const watch = () => watchJob(other.deps).run({ chain: "ethereum" }, context);
  for (let block = 0; block < 12; block++) other.chain.mine();
  await watch();
  const { id, address } = await other.order();
  for (let block = 0; block < 4; block++) other.chain.mine();
  await watch();
  other.chain.reorganise(4);
  other.chain.mine({ hash: "0xlate", to: address, asset: usdt, amount: 50_000_000n });
  for (let block = 0; block < 20; block++) other.chain.mine();
  await watch();
  await drainJobs({ database: other.database, jobs, clock: other.clock, log: silentLogger });
  const { rows } = await sql`select from deposit where order_id = ${id}`.execute(other.deps.db);
  expect(rows).toHaveLength(1);
});

test("whatever the chain does and in whatever order it is read: the books balance, and nobody has more than stands on the chain", async () => {
  const step = fc.constantFrom("pay", "mine", "read", "reorganise", "again") as fc.Arbitrary<
    "pay" | "mine" | "read" | "reorganise" | "again"
  >;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const { id, address } = await world.order();
      const sent: { hash: string; to: string; asset: string; amount: bigint }[] = [];
      for (const what of [...steps, "mine", "read", "mine", "read"] as const) {
        if (what === "pay") {
          sent.push({ hash: newHash(), to: address, asset: usdt, amount: 20_000_000n + BigInt(sent.length) });
          world.chain.mine(sent.at(-1)!);
        } else if (what === "again") {
          const lost = sent.find(
            (one) =>
              !world.chain.blocks.some((block) => block.transactions.some(({ hash }) => hash === one.hash)),
          );
          if (lost) world.chain.mine(lost);
        } else if (what === "mine") mine(2);
        else if (what === "reorganise") {
          world.chain.reorganise(2);
          mine(2);
        } else for (const { hash } of sent) await read(hash);
      }
      const standing = sent
        .filter((one) =>
          world.chain.blocks.some((block) => block.transactions.some(({ hash }) => hash === one.hash)),
        )
        .reduce((sum, { amount }) => sum + amount, 0n);
      const books = await booksOf(id);
      expect(await balanceOf(world.deps.db, `wallet:ethereum:${address}`, usdt)).toBe(standing);
      expect(books.owed + books.fee + books.surplus).toBe(standing);
    }),
    { numRuns: 25 },
  );
  expect(await verifyLedger(world.deps.db)).toMatchObject({ problems: [] });
});
