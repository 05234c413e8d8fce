import { normaliseAddressFor } from "../src/chains/index.ts";
import type { Receipt } from "../src/chains/receiving.ts";
import type { SendingChain, Signer, TransactionReading } from "../src/chains/sending.ts";
import { systemClock } from "../src/clock.ts";
import { sql, type Database } from "../src/database/index.ts";
import { transferIntents } from "../src/engine/index.ts";
import { newId } from "../src/ids.ts";
import { createStepper, type Job } from "../src/jobs/index.ts";
import { accounts, postEntry } from "../src/ledger/index.ts";
import { registry } from "../src/money/index.ts";
import { openSecondPerson } from "../src/operators/index.ts";
import { payoutJobs, planPayouts, type PayoutDeps } from "../src/payouts/index.ts";
import { approve, payoutPolicy, readPolicy, readWaiting } from "../src/policy/index.ts";
import { changeSetting } from "../src/settings/index.ts";
import { silentLogger } from "../src/telemetry/index.ts";
import { registerWallet, transferJobs, type TransferDeps } from "../src/transfers/index.ts";
import type { Effort } from "./booking.ts";
import type { BenchServer } from "./database.ts";
import { secondsOf } from "./measure.ts";
import { createFigures, type Comparison, type Report } from "./report.ts";

const tether = registry.get("ethereum:USDT");
const ether = registry.get("ethereum:ETH");
const wallet = `0x${"11".repeat(20)}`;
const each = 50_000_000n;
const sent = 100;

/** Payees over their threshold, as conversions left them, and a wallet that holds all of it. Written in bulk: it is the input. */
async function fill(database: Database, payees: number): Promise<void> {
  const { db } = database;
  await sql`
    create table bench_payee as select n, gen_random_uuid() as id, gen_random_uuid() as payment_id
    from generate_series(1, ${payees}::integer) as n`.execute(db);
  await sql`
    insert into payee (id, request_hash, name, payout_mode, destination_asset, destination_address, threshold_asset,
      threshold_amount, status, created_at)
    select id, '', 'bench', 'threshold', ${tether.id}, '0x' || lpad(to_hex(n), 8, '0') || repeat('5a', 16), ${tether.id}, 10000000, 'active', now()
    from bench_payee`.execute(db);
  await sql`
    insert into payment (id, processor, external_id, status, processor_status, paid_currency, asked_amount, paid_amount,
      settled_asset, settled_amount, settled_at, fee_amount, arrival, created_at, updated_at)
    select payment_id, 'nowpayments', n::text, 'settled', 'finished', 'eth', '1', '1', ${ether.id}, 1000000000000000, now(), 0,
      'seen', now(), now() from bench_payee`.execute(db);
  await sql`
    insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, available_asset,
      available_amount, created_at)
    select gen_random_uuid(), payment_id, id, ${ether.id}, 1000000000000000, 'threshold', 'available', 1000000, true, ${tether.id},
      ${each}::numeric, now() from bench_payee`.execute(db);
  const now = systemClock.now();
  const { address } = await registerWallet(db, { chain: "ethereum", address: wallet, now });
  const held = accounts.wallet("ethereum", address);
  const { rows } = await sql<{ id: string }>`select id from bench_payee order by n`.execute(db);
  for (let from = 0; from < rows.length; from += 5_000)
    await postEntry(db, {
      id: newId(),
      reason: "conversion_distributed",
      happenedAt: now,
      postings: rows.slice(from, from + 5_000).map(({ id }) => ({
        debit: held,
        credit: accounts.payee(id, "available"),
        money: { asset: tether.id, amount: each },
      })),
    });
  const gas = { asset: ether.id, amount: 10n ** 21n };
  await postEntry(db, {
    id: newId(),
    reason: "funded",
    happenedAt: now,
    postings: [{ debit: held, credit: accounts.platform("funding"), money: gas }],
  });
  const { policy } = await readPolicy(db);
  const value = { ...policy, without_approval: { ...policy.without_approval, payout_usd: "0" } };
  await changeSetting(db, { setting: payoutPolicy, value, changedBy: "bench", now });
  await sql`vacuum analyze`.execute(db);
}

/** Answers at once, and what is broadcast is final: what sending costs us, and not a node. */
function emulateChain(): { chain: SendingChain; signer: Signer } {
  let included = 0n;
  const signed = new Map<string, Receipt>();
  const block = { blockNumber: 1n, blockHash: `0x${"22".repeat(32)}`, blockTime: systemClock.now() };
  const fee = {
    most: 10n ** 14n,
    terms: { gasLimit: "65000", maxFeePerGas: "1", maxPriorityFeePerGas: "1" },
  };
  const answer: Partial<SendingChain> = {
    name: "ethereum",
    native: ether,
    normaliseAddress: (text) => normaliseAddressFor("ethereum", text, registry),
    normaliseHash: (text) => text,
    balance: () => Promise.resolve(10n ** 30n),
    estimateFee: () => Promise.resolve(fee),
    usualFee: () => Promise.resolve(fee.most),
    prepare: () => Promise.resolve({ fee, slot: { kind: "number", included, pending: included } }),
    broadcast() {
      included += 1n;
      return Promise.resolve({ kind: "accepted" });
    },
    readTransaction: (hash) =>
      Promise.resolve<TransactionReading>({
        status: "succeeded",
        includedIn: block,
        final: true,
        fee: 10n ** 13n,
        receipts: [signed.get(hash)!],
      }),
    look: () => Promise.resolve({ kind: "open" }),
  };
  const signer: Signer = {
    chain: "ethereum",
    address: wallet,
    sign({ asset, to, amount }) {
      const transactionHash = `0x${(signed.size + 1).toString(16).padStart(64, "0")}`;
      signed.set(transactionHash, { index: "0", asset, from: wallet, to: to.toLowerCase(), amount });
      return Promise.resolve({ transactionHash, raw: "0x00" });
    },
  };
  return { chain: answer as SendingChain, signer };
}

function openParts(database: Database): { payouts: PayoutDeps; transfers: TransferDeps } {
  const { db } = database;
  const { chain, signer } = emulateChain();
  const shared = { db, clock: systemClock, log: silentLogger, chains: new Map([["ethereum", chain]]) };
  const price = { usd: "1" } as never;
  return {
    payouts: {
      ...shared,
      registry,
      depositChains: new Map(),
      swapProviders: new Map(),
      banks: new Map(),
      prices: {
        name: "bench",
        observe: (assets) => Promise.resolve(new Map(assets.map(({ id }) => [id, price]))),
      },
      secondPerson: openSecondPerson(shared),
      followLosses: () => Promise.resolve(),
      readMaximumSlippageBps: () => Promise.resolve(100),
      readInstantMinimumUsdMicros: () => Promise.resolve(0n),
      readExposureLimit: () => Promise.resolve(null),
    },
    transfers: {
      ...shared,
      signers: new Map([[`ethereum:${wallet}`, signer]]),
      intents: transferIntents(shared),
      readLimits: () => Promise.resolve({ gasReserve: new Map(), perTransfer: new Map(), perDay: new Map() }),
      settings: { pollMs: 60_000, replaceAfterMs: 600_000, deadlineMs: 600_000, recheckAfterMs: 600_000 },
    },
  };
}

/** Whatever is sent to the server, `begin` and `commit` included. */
function countStatements({ pool }: Database): () => number {
  let count = 0;
  pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: unknown[]) => {
      count += 1;
      return query(...args);
    }) as typeof client.query;
  });
  return () => count;
}

interface Spent {
  readonly seconds: number;
  readonly statements: number;
  /** By how much the process grew at most. */
  readonly mb: number;
}

async function spend(statements: () => number, act: () => Promise<unknown>): Promise<Spent> {
  const [before, memory] = [statements(), process.memoryUsage().rss];
  let peak = memory;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  const seconds = await secondsOf(act);
  clearInterval(watch);
  peak = Math.max(peak, process.memoryUsage().rss);
  return { seconds, statements: statements() - before, mb: (peak - memory) / 2 ** 20 };
}

/** Takes so many jobs of these, one after the other, and those they add. */
async function runJobs(database: Database, jobs: readonly Job[], most: number): Promise<void> {
  const stepper = createStepper(jobs, { db: database.db, clock: systemClock, log: silentLogger });
  for (let done = 0; done < most; done++) {
    const taken = await stepper.take("bench");
    if (taken === null) return;
    await stepper.run(taken);
  }
}

async function expectCompleted(database: Database, payees: number, sends: number): Promise<void> {
  const { rows } = await sql<{ live: number; completed: number; held: bigint; wallet: bigint }>`
    select count(*) filter (where status in ('awaiting_approval', 'approved')) as live, count(*) filter (where status = 'completed') as completed,
      (select sum(balance) from ledger_account where path like 'payee:%:held') as held,
      -ledger_balance(${accounts.wallet("ethereum", wallet)}, ${tether.id}) as wallet
    from payout`.execute(database.db);
  const { live, completed, held, wallet: left } = rows[0]!;
  const rest = each * BigInt(payees - sends);
  if (live !== payees - sends || completed !== sends || held !== rest || left !== rest)
    throw new Error(`not exact: ${live} live, ${completed} completed, ${held} held, ${left} in the wallet`);
}

/** Payees over their threshold: planned and held, approved as one list, and some of them sent. */
export async function benchPayoutRun(
  server: BenchServer,
  { payees, rounds, progress }: Effort & { payees: number },
): Promise<Report> {
  const figures = createFigures();
  const name = `${payees.toLocaleString("en-US")} payees`;
  const sends = Math.min(sent, payees);
  const planned = `${name}: planned, judged and held`;
  const approved = `${name}: read and approved as one list`;
  const sending = `${sends} of them sent`;
  for (let round = 1; round <= rounds; round++) {
    progress(`payout-run: round ${round} of ${rounds}, preparing`);
    const database = await server.fresh({ max: 4 });
    const statements = countStatements(database);
    await fill(database, payees);
    const parts = openParts(database);
    progress(`payout-run: round ${round} of ${rounds}`);
    const record = (row: string, count: number, { seconds, statements: sum, mb }: Spent): void => {
      figures.record(row, "seconds", seconds);
      figures.record(`${row}: statements a payee`, "count", sum / count);
      figures.record(`${row}: memory of the process, growth`, "mb", mb);
    };
    const planning = await spend(statements, () => planPayouts(parts.payouts, AbortSignal.timeout(600_000)));
    record(planned, payees, planning);
    const approving = await spend(statements, async () => {
      const { hash } = await readWaiting(database.db, payees);
      await approve(parts.payouts, { listHash: hash, by: "cli:bench" });
    });
    record(approved, payees, approving);
    figures.record(
      "statements a payee, planned to approved",
      "count",
      (planning.statements + approving.statements) / payees,
    );
    figures.record("five statements a payee", "count", 5);
    const [advance, ended] = ["payouts.advance", "payouts.attempt_ended"].map((job) =>
      payoutJobs(parts.payouts).filter((one) => one.name === job),
    );
    const spentSending = await spend(statements, async () => {
      await runJobs(database, advance!, sends);
      await runJobs(database, transferJobs(parts.transfers), sends);
      await runJobs(database, ended!, sends);
    });
    record(sending, sends, spentSending);
    await expectCompleted(database, payees, sends);
    await database.close();
    await server.drop(database.name);
  }
  const goals: Comparison[] = [
    {
      row: "statements a payee, planned to approved",
      limit: "five statements a payee",
      goal: 1,
      goalName: "goal",
    },
  ];
  return figures.report(goals);
}
