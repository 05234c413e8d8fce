import { randomBytes } from "node:crypto";
import { systemClock, type Clock } from "../../src/clock.ts";
import { inTransaction, sql } from "../../src/database/index.ts";
import { newId } from "../../src/ids.ts";
import { drainJobs, type Job } from "../../src/jobs/index.ts";
import { accounts, postEntry } from "../../src/ledger/index.ts";
import { assemble, type Assembly } from "../../src/engine/index.ts";
import { formatUnits, parseMoney, registry, valueInUsd } from "../../src/money/index.ts";
import { paymentIdOf, settlePayments, type BookingRequest } from "../../src/payments/index.ts";
import { checkInvariants, compareWallets } from "../../src/reconciliation/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { recordReceipt } from "../../src/arrivals/index.ts";
import { findWallet } from "../../src/transfers/index.ts";
import { patienceMs } from "./eventually.ts";
import type { World } from "./world.ts";

export interface Gift {
  readonly payeeId: string;
  /** Base units. */
  readonly amount: bigint;
  readonly route?: "threshold" | "instant";
}

const orders = new WeakMap<World, string>();

async function orderOf(world: World, payeeId: string): Promise<string> {
  const known = orders.get(world);
  if (known !== undefined) return known;
  const { orderId } = await world.order({ payees: [payeeId] });
  orders.set(world, orderId);
  return orderId;
}

function requestOf(orderId: string, asset: string, gift: Gift): BookingRequest {
  const coin = registry.get(asset);
  return {
    processor: "nowpayments",
    externalId: newId(),
    parentExternalId: null,
    fromStatus: null,
    facts: {
      rawStatus: "finished",
      price: { currency: "usd", amount: "1" },
      paid: { currency: coin.symbol, asset: coin, asked: "1", arrived: "1" },
    },
    settled: { asset: coin, amount: gift.amount },
    settledAt: null,
    settlementHash: null,
    inCustody: false,
    paidUsdMicros: 1_000_000n,
    terms: {
      orderId,
      fee: { bps: 0, fixed: null },
      splits: [{ payeeId: gift.payeeId, weightBps: 10_000, route: gift.route ?? "threshold" }],
    },
    cause: { kind: "event", ref: "test" },
  };
}

/**
 * Settles one payment for each gift and books its coins into the hot wallet, as after the whole way in, without that way.
 * @param options.onChain what the wallet really gets, base units; the sum of the gifts if absent.
 */
export async function giveEarnings(
  world: World,
  asset: string,
  gifts: readonly Gift[],
  options: { onChain?: bigint } = {},
): Promise<void> {
  const orderId = await orderOf(world, gifts[0]?.payeeId ?? "");
  const requests = gifts.map((gift) => requestOf(orderId, asset, gift));
  await bookHere(world, asset, requests, options);
}

/**
 * The same of one payment of an order of its own, with our fee of it, divided evenly enough between payees.
 * @param what.feeBps ten-thousandths; 300 if absent.
 */
export async function givePayment(
  world: World,
  asset: string,
  what: {
    readonly payees: readonly string[];
    readonly amount: bigint;
    readonly feeBps?: number;
    readonly route?: "threshold" | "instant";
  },
): Promise<{ readonly orderId: string; readonly paymentId: string }> {
  const { payees, amount, feeBps = 300, route = "threshold" } = what;
  const { orderId } = await world.order({ payees });
  const request = requestOf(orderId, asset, { payeeId: payees[0]!, amount });
  const weight = Math.floor(10_000 / payees.length);
  const splits = payees.map((payeeId, index) => ({
    payeeId,
    weightBps: index === 0 ? 10_000 - weight * (payees.length - 1) : weight,
    route,
  }));
  const terms = { orderId, fee: { bps: feeBps, fixed: null }, splits };
  await bookHere(world, asset, [{ ...request, paidUsdMicros: 25_000_000n, terms }], {});
  return { orderId, paymentId: paymentIdOf("nowpayments", request.externalId) };
}

async function bookHere(
  world: World,
  asset: string,
  requests: readonly BookingRequest[],
  options: { onChain?: bigint },
): Promise<void> {
  const { db, clock } = world.engine;
  const coin = registry.get(asset);
  const wallet = await findWallet(db, coin.chain);
  if (!wallet) throw new Error(`no wallet on ${coin.chain}`);
  const now = clock.now();
  const sum = requests.reduce((total, { settled }) => total + settled.amount, 0n);
  if ((options.onChain ?? sum) > 0n)
    await world.sandbox.fundWallet(world.wallet, asset, options.onChain ?? sum);
  await inTransaction(db, async (tx) => {
    await settlePayments(tx, requests, now);
    for (const { externalId, settled } of requests) {
      const paymentId = paymentIdOf("nowpayments", externalId);
      const usd = valueInUsd(settled.amount, coin, world.sandbox.prices.get(coin.coingeckoId), "down");
      await recordReceipt(tx, {
        chain: coin.chain,
        transactionHash: `0x${randomBytes(32).toString("hex")}`,
        receipt: {
          index: "native",
          asset: coin,
          from: "0x00000000000000000000000000000000000000fe",
          to: world.wallet,
          amount: settled.amount,
        },
        alongside: null,
        wallet,
        purpose: "payment",
        purposeId: paymentId,
        credit: accounts.processor("nowpayments"),
        now,
        by: "nowpayments",
        evidence: "named_hash",
      });
      await sql`
        update payment set arrival = 'seen', arrived_amount = settled_amount, settled_usd_micros = ${usd}, next_check_at = null where id = ${paymentId}`.execute(
        tx,
      );
      await sql`update earning set spendable = true, usd_micros = ${usd} where payment_id = ${paymentId}`.execute(
        tx,
      );
    }
  });
}

/**
 * Runs all jobs, those that wait too, and mines, round after round, until `probe` answers with something true.
 * @param options.jobs instead of the world's own.
 */
export async function driveUntil<T>(
  world: World,
  what: string,
  probe: () => Promise<T>,
  options: { jobs?: readonly Job[] } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    await drainJobs({
      database: world.database,
      jobs: options.jobs ?? world.jobs,
      clock: world.engine.clock,
      log: silentLogger,
      includeFuture: true,
      maxRounds: 1,
    });
    const answer = await probe();
    if (answer) return answer as Exclude<T, false | null | undefined>;
    if (performance.now() > deadline) throw new Error(`drove in vain: ${what}`);
    await world.sandbox.anvil.mine(3);
  }
}

/** The engine's parts once more over the same database: nothing remembered, and with a clock of the test's own if given. */
export const freshParts = (world: World, clock: Clock = systemClock): Assembly =>
  assemble(world.engine.config, world.engine.db, silentLogger, { clock });

/** The world's jobs with some of them replaced, by name. */
export const withJobs = (world: World, replaced: readonly Job[]): Job[] =>
  world.jobs.map((job) => replaced.find(({ name }) => name === job.name) ?? job);

/** What is wrong with the books: broken promises, and wallets whose book differs from the chain. Empty when all is well. */
export async function findTrouble(world: World): Promise<unknown[]> {
  const differences = await checkInvariants(world.engine.db);
  const wallets = await compareWallets(world.engine, AbortSignal.timeout(10_000));
  return [...differences, ...wallets.filter((wallet) => wallet.difference !== 0n)];
}

/** What the owner puts into a float: there, and in the book. @param amount base units of naira */
export async function fundFloat(world: World, amount: bigint): Promise<void> {
  const { db, clock } = world.engine;
  const bank = world.sandbox.flutterwave;
  if (bank === null) throw new Error("this world was started without a bank");
  const money = { asset: "fiat:NGN", amount };
  const there = parseMoney(bank.balance("NGN"), registry.get(money.asset)).amount;
  bank.fund("NGN", formatUnits(there + amount, 3));
  const postings = [{ debit: accounts.bank("flutterwave"), credit: accounts.platform("funding"), money }];
  await postEntry(db, { id: newId(), reason: "bank_float_funded", happenedAt: clock.now(), postings });
}
