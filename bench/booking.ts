import { readFile } from "node:fs/promises";
import type { Pool } from "pg";
import { systemClock } from "../src/clock.ts";
import { sql, type Database } from "../src/database/index.ts";
import { newId } from "../src/ids.ts";
import { registry, type Asset } from "../src/money/index.ts";
import { settlePayments, type BookingRequest } from "../src/payments/index.ts";
import type { BenchServer } from "./database.ts";
import { callUntil, type Measured } from "./measure.ts";
import { createFigures, type Comparison, type Report } from "./report.ts";

export interface Effort {
  readonly rounds: number;
  /** Of each row in each round. */
  readonly seconds: number;
  progress(text: string): void;
}

const concurrencies = [1, 8, 32] as const;
const mostCallers = 32;
const payeesPerCaller = 64;
const bookingsPerGroup = 200;
const orders = 1_000;

/** Payees and orders of the benchmark. No two callers share a payee. */
export interface Stage {
  readonly database: Database;
  readonly payeeIds: readonly string[];
  readonly orderIds: readonly string[];
}

/** A payment of one order to two payees. `own`: asset and processor, and so every account, are the caller's alone. */
function settlementOf(
  stage: Stage,
  caller: number,
  sequence: number,
  accounts: "shared" | "own",
): BookingRequest {
  const ether = registry.get("ethereum:ETH");
  const asset: Asset = accounts === "shared" ? ether : { ...ether, id: `bench:A${caller}` };
  const first = caller * payeesPerCaller + (sequence % (payeesPerCaller / 2)) * 2;
  const arrived = "0.0131";
  return {
    processor: accounts === "shared" ? "nowpayments" : `bench${caller}`,
    externalId: newId(),
    parentExternalId: null,
    fromStatus: null,
    facts: {
      rawStatus: "finished",
      price: { currency: "usd", amount: "40.00" },
      paid: { currency: "eth", asset: ether, asked: arrived, arrived },
    },
    settled: { asset, amount: 13_100_000_000_000_000n + BigInt(sequence) },
    settledAt: systemClock.now(),
    settlementHash: null,
    inCustody: false,
    paidUsdMicros: 40_000_000n,
    terms: {
      orderId: stage.orderIds[(caller * 31 + sequence) % stage.orderIds.length]!,
      fee: { bps: 100, fixed: null },
      splits: [
        { payeeId: stage.payeeIds[first]!, weightBps: 6_000, route: "threshold" },
        { payeeId: stage.payeeIds[first + 1]!, weightBps: 4_000, route: "threshold" },
      ],
    },
    cause: { kind: "event", ref: "processor_event:1" },
  };
}

/** The real code path: what one caller books with one call. */
function bookings(stage: Stage, accounts: "shared" | "own", group = 1): (caller: number) => Promise<number> {
  const sequences = new Map<number, number>();
  return (caller) => {
    const from = sequences.get(caller) ?? 0;
    sequences.set(caller, from + group);
    const settlements = Array.from({ length: group }, (_, index) =>
      settlementOf(stage, caller, from + index, accounts),
    );
    return settlePayments(stage.database.db, settlements, systemClock.now());
  };
}

/** The same booking by a function that does nothing else, called by name: the server parses it once a connection. */
function limit(stage: Stage, schema: "bench" | "bench_same"): (caller: number) => Promise<number> {
  const sequences = new Map<number, number>();
  const text = `select ${schema}.book($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`;
  return async (caller) => {
    const sequence = sequences.get(caller) ?? 0;
    sequences.set(caller, sequence + 1);
    const first = caller * payeesPerCaller + (sequence % (payeesPerCaller / 2)) * 2;
    const payment = newId();
    const amount = 13_100_000_000_000_000n + BigInt(sequence);
    const fee = amount / 100n;
    const share = ((amount - fee) * 6n) / 10n;
    const payees = [stage.payeeIds[first], stage.payeeIds[first + 1]];
    const order = stage.orderIds[(caller * 31 + sequence) % stage.orderIds.length];
    const values = [
      payment,
      newId(),
      order,
      "ethereum:ETH",
      amount,
      fee,
      newId(),
      systemClock.now(),
      payees[0],
      share,
      payees[1],
      amount - fee - share,
      JSON.stringify({ paymentId: payment }),
    ];
    await stage.database.pool.query({ name: `${schema}_book`, text, values });
    return 1;
  };
}

/** pgbench's TPC-B-like transaction: five statements between begin and end, each a round trip. */
function tpcb(pool: Pool): () => Promise<number> {
  const upTo = (most: number): number => 1 + Math.floor(Math.random() * most);
  const say = (name: string, text: string) => ({ name: `tpcb_${name}`, text });
  const statements = [
    say("account", "update bench.accounts set abalance = abalance + $1 where aid = $2"),
    say("read", "select abalance from bench.accounts where aid = $1"),
    say("teller", "update bench.tellers set tbalance = tbalance + $1 where tid = $2"),
    say("branch", "update bench.branches set bbalance = bbalance + $1 where bid = $2"),
    say("history", "insert into bench.history (tid, bid, aid, delta, mtime) values ($1, $2, $3, $4, now())"),
  ];
  return async () => {
    const [account, teller, branch, delta] = [upTo(100_000), upTo(100), upTo(10), upTo(10_000) - 5_000];
    const values = [
      [delta, account],
      [account],
      [delta, teller],
      [delta, branch],
      [teller, branch, account, delta],
    ];
    const client = await pool.connect();
    try {
      await client.query("begin");
      for (const [index, statement] of statements.entries())
        await client.query({ ...statement, values: values[index]! });
      await client.query("commit");
    } finally {
      client.release();
    }
    return 1;
  };
}

export async function setStage(server: BenchServer): Promise<Stage> {
  const database = await server.fresh({ max: mostCallers });
  const payeeIds = Array.from({ length: mostCallers * payeesPerCaller }, newId);
  const orderIds = Array.from({ length: orders }, newId);
  await addPayees(database, payeeIds);
  await sql`
    insert into pay_order (id, request_hash, purpose, description, price_usd_micros, fee_bps, tolerance_bps, expires_at, created_at,
      status, checkout_status, processor)
    select id, '', 'bench', '', 40000000, 100, 0, now() + interval '1 day', now(), 'open', 'ready', 'nowpayments'
    from unnest(${orderIds}::uuid[]) as id`.execute(database.db);
  await database.pool.query(await readFile(new URL("booking-limit.sql", import.meta.url), "utf8"));
  for (const schema of ["bench", "bench_same"])
    await sql`insert into ${sql.table(`${schema}.balance`)} select id, 0 from unnest(${payeeIds}::uuid[]) as id`.execute(
      database.db,
    );
  const stage = { database, payeeIds, orderIds };
  // Accounts exist from the first entry that names them: a payee's first payment is not what is measured.
  for (const accounts of ["shared", "own"] as const) {
    const book = bookings(stage, accounts, payeesPerCaller / 2);
    for (let caller = 0; caller < mostCallers; caller++) await book(caller);
  }
  await sql`vacuum analyze`.execute(database.db);
  return stage;
}

export async function addPayees(database: Database, payeeIds: readonly string[]): Promise<void> {
  await sql`
    insert into payee (id, request_hash, name, payout_mode, destination_asset, destination_address, threshold_asset,
      threshold_amount, status, created_at)
    select id, '', 'bench', 'threshold', 'ethereum:USDT', '0x', 'ethereum:USDT', 1, 'active', now()
    from unnest(${payeeIds}::uuid[]) as id`.execute(database.db);
}

export const oneBookingLimit = (stage: Stage): ((caller: number) => Promise<number>) => limit(stage, "bench");

const groupedCallers = 4;
export const groupedRow = `booking, ${bookingsPerGroup} a call, ${groupedCallers} callers`;

/** Payments that settle by the hundred, as the job that processes events books them. @param seconds of each measuring. */
export function groupedBookings(stage: Stage): (seconds: number) => Promise<Measured> {
  const call = bookings(stage, "shared", bookingsPerGroup);
  return (seconds) => callUntil(seconds, groupedCallers, call);
}

const at = (name: string, callers: number): string => `${name}, ${callers} caller${callers === 1 ? "" : "s"}`;

function comparisons(): Comparison[] {
  const perCaller = concurrencies.flatMap((callers): Comparison[] => {
    const goal = callers > 1;
    const shared = at("booking, shared accounts", callers);
    const own = at("booking, own accounts", callers);
    return [
      { row: shared, limit: at("limit", callers), ...(goal && { goal: 0.8, goalName: "goal 1" }) },
      { row: own, limit: at("limit", callers) },
      { row: shared, limit: at("same rows without integrity", callers) },
      { row: shared, limit: at("TPC-B-like", callers), ...(goal && { goal: 1, goalName: "goal 1" }) },
      { row: shared, limit: own, ...(goal && { goal: 0.95, goalName: "goal 3" }) },
    ];
  });
  return [...perCaller, { row: groupedRow, limit: at("limit", 8), goal: 2.5, goalName: "goal 1" }];
}

/** Durable bookings a second, beside the limit. */
export async function benchBooking(server: BenchServer, effort: Effort): Promise<Report> {
  effort.progress("booking: preparing");
  const stage = await setStage(server);
  const figures = createFigures();
  const record = (row: string, { perSecond, p50 }: Measured, callers: number): void => {
    figures.record(row, "per_second", perSecond);
    if (callers === 1) figures.record(`${row}, p50`, "ms", p50);
  };
  const rows = [
    { name: "TPC-B-like", call: tpcb(stage.database.pool) },
    { name: "limit", call: limit(stage, "bench") },
    { name: "same rows without integrity", call: limit(stage, "bench_same") },
    { name: "booking, own accounts", call: bookings(stage, "own") },
    { name: "booking, shared accounts", call: bookings(stage, "shared") },
  ];
  const grouped = groupedBookings(stage);
  // Every connection meets every statement before the first round.
  for (const { call } of rows) await callUntil(Math.min(0.5, effort.seconds), mostCallers, call);
  for (let round = 1; round <= effort.rounds; round++) {
    effort.progress(`booking: round ${round} of ${effort.rounds}`);
    for (const callers of concurrencies)
      for (const { name, call } of rows)
        record(at(name, callers), await callUntil(effort.seconds, callers, call), callers);
    figures.record(groupedRow, "per_second", (await grouped(effort.seconds)).perSecond);
  }
  await stage.database.close();
  return figures.report(comparisons());
}
