import { randomUUID } from "node:crypto";
import { systemClock } from "../src/clock.ts";
import { claimConversion, distribute, type Conversion } from "../src/conversions/index.ts";
import { inTransaction, sql, type Database } from "../src/database/index.ts";
import { derivedId, newId } from "../src/ids.ts";
import { accounts, postEntries, postEntry } from "../src/ledger/index.ts";
import { allocate, registry } from "../src/money/index.ts";
import { silentLogger } from "../src/telemetry/index.ts";
import { addPayees, type Effort } from "./booking.ts";
import type { BenchServer } from "./database.ts";
import { secondsOf } from "./measure.ts";
import { createFigures, type Comparison, type Report } from "./report.ts";

const ether = registry.get("ethereum:ETH");
const tether = registry.get("ethereum:USDT");
/** Prime, so that nothing divides evenly. */
const received = 2_718_281_829n;
const rowByRowEarnings = 2_000;
const earningsPerPayment = 10;

/** Settled payments whose earnings wait for a conversion. The rows are written in bulk: they are the input, not what is measured. */
async function fillDatabase(
  server: BenchServer,
  size: { earnings: number; payees: number },
): Promise<string> {
  const database = await server.fresh({ max: 2 });
  const payeeIds = Array.from({ length: size.payees }, newId);
  await addPayees(database, payeeIds);
  await sql`
    create table bench_given as
    select n, gen_random_uuid() as payment_id, 1000000000000000 + n * 7919 as amount
    from generate_series(1, ${Math.ceil(size.earnings / earningsPerPayment)}::integer) as n`.execute(
    database.db,
  );
  await sql`
    insert into payment (id, processor, external_id, status, processor_status, paid_currency, asked_amount, paid_amount,
      settled_asset, settled_amount, settled_at, fee_amount, arrival, created_at, updated_at)
    select payment_id, 'nowpayments', n::text, 'settled', 'finished', 'eth', '1', '1', ${ether.id},
      amount * ${earningsPerPayment}::integer, now(), 0, 'seen', now(), now() from bench_given`.execute(
    database.db,
  );
  await sql`
    insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, created_at)
    select gen_random_uuid(), g.payment_id, (${payeeIds}::uuid[])[1 + (g.n * ${earningsPerPayment}::integer + k) % ${size.payees}::integer],
      ${ether.id}, g.amount + k, 'threshold', 'pending', 1000000, true, now()
    from bench_given g, generate_series(1, ${earningsPerPayment}::integer) as k`.execute(database.db);
  await bookPending(database);
  await sql`vacuum analyze`.execute(database.db);
  await database.close();
  return database.name;
}

async function bookPending(database: Database): Promise<void> {
  const { rows } = await sql<{ payee_id: string; amount: bigint }>`
    select payee_id, sum(amount) as amount from earning group by payee_id order by payee_id`.execute(
    database.db,
  );
  for (let from = 0; from < rows.length; from += 5_000)
    await postEntry(database.db, {
      id: newId(),
      reason: "payment_settled",
      happenedAt: systemClock.now(),
      postings: rows.slice(from, from + 5_000).flatMap(({ payee_id, amount }) => [
        {
          debit: accounts.processor("nowpayments"),
          credit: accounts.payee(payee_id, "pending"),
          money: { asset: ether.id, amount },
        },
        // From an earlier conversion: these payees are not new.
        {
          debit: accounts.wallet("ethereum", "0xbench"),
          credit: accounts.payee(payee_id, "available"),
          money: { asset: tether.id, amount: 1n },
        },
      ]),
    });
}

function claim(database: Database): Promise<Conversion | null> {
  const trigger = {
    minimumUsdMicros: 0n,
    maximumAgeMs: 0,
    intervalMs: 0,
    weights: "source_amount",
    flow: "standard",
    maximumSlippageBps: 100,
    version: 1,
  } as const;
  return claimConversion(
    { db: database.db, clock: systemClock, log: silentLogger },
    { source: ether, target: tether, trigger, reason: "minimum reached", observationId: null },
  );
}

/** What a swap brought: the coins that the distribution takes from the conversion. */
async function deliver(database: Database, conversion: Conversion): Promise<void> {
  await postEntry(database.db, {
    id: derivedId("bench", conversion.id),
    reason: "swap_delivered",
    happenedAt: systemClock.now(),
    postings: [
      {
        debit: accounts.wallet("ethereum", "0xbench"),
        credit: accounts.conversion(conversion.id),
        money: { asset: tether.id, amount: received },
      },
    ],
  });
}

/** Exact to the base unit, or the figures mean nothing. */
async function expectExact(database: Database, earnings: number): Promise<void> {
  const { rows } = await sql<{ count: number; total: bigint; off: number; booked: bigint; payees: bigint }>`
    with shares as (
      select amount, available_amount, sum(amount) over () as weights from earning where status = 'available'
    )
    select count(*) as count, sum(available_amount) as total,
      count(*) filter (where abs(available_amount * weights - amount * ${received}::numeric) >= weights) as off,
      (select sum(balance) from ledger_account where path like 'payee:%:available' and asset = ${tether.id}) as booked,
      (select count(*)::numeric from payee) as payees
    from shares`.execute(database.db);
  const { count, total, off, booked, payees } = rows[0]!;
  if (count !== earnings || total !== received || booked !== received + payees || off !== 0)
    throw new Error(
      `not exact: ${count} earnings, ${total} given, ${booked} booked, ${off} shares off by a unit or more`,
    );
}

/** The floor: one ready-made posting an earning, into a table like the ledger's without its rules. */
async function insertPostings(database: Database): Promise<number> {
  await sql`create table bench_posting (like posting including indexes)`.execute(database.db);
  await sql`
    create table bench_ready as select id as entry_id, 1 as line, 1::bigint as debit_account_id,
      row_number() over (order by id) as credit_account_id, available_amount as amount
    from earning where status = 'available'`.execute(database.db);
  await sql`vacuum analyze bench_ready`.execute(database.db);
  return secondsOf(() => sql`insert into bench_posting select * from bench_ready`.execute(database.db));
}

/** As an application does it that knows no sets: one update and one entry an earning. On its own few earnings; extrapolated. */
async function rowByRow(server: BenchServer, template: string): Promise<number> {
  const database = await server.fresh({ max: 2, copyOf: template });
  const conversion = randomUUID();
  await deliver(database, { id: conversion } as Conversion);
  const { rows } = await sql<{ id: string; payee_id: string; amount: bigint }>`
    select id, payee_id, amount from earning order by id limit ${rowByRowEarnings}`.execute(database.db);
  const seconds = await secondsOf(() =>
    inTransaction(database.db, async (tx) => {
      const shares = allocate(
        received,
        rows.map(({ id, amount }) => ({ id, weight: amount })),
      );
      for (const { id, payee_id } of rows) {
        const amount = shares.get(id)!;
        await sql`update earning set status = 'available', conversion_id = ${conversion}, available_asset = ${tether.id},
          available_amount = ${amount} where id = ${id}`.execute(tx);
        const posting = {
          debit: accounts.conversion(conversion),
          credit: accounts.payee(payee_id, "available"),
          money: { asset: tether.id, amount },
        };
        const entry = { id: newId(), reason: "bench", happenedAt: systemClock.now(), postings: [posting] };
        if (amount > 0n) await postEntries(tx, [entry]);
      }
    }),
  );
  await database.close();
  await server.drop(database.name);
  return seconds / rows.length;
}

/** 100,000 earnings claimed and distributed exactly, beside a bare insert of the same postings. */
export async function benchDistribution(
  server: BenchServer,
  effort: Effort & { earnings: number },
): Promise<Report> {
  const { earnings } = effort;
  const figures = createFigures();
  const sizes = [...new Set([Math.ceil(earnings / 10), earnings])].map((payees) => ({ earnings, payees }));
  const comparisons: Comparison[] = [];
  for (const size of sizes) {
    const name = `${earnings} earnings of ${size.payees} payees`;
    effort.progress(`distribution: preparing ${name}`);
    const template = await fillDatabase(server, size);
    for (let round = 1; round <= effort.rounds; round++) {
      effort.progress(`distribution: ${name}, round ${round} of ${effort.rounds}`);
      const perEarning = await rowByRow(server, template);
      const database = await server.fresh({ max: 2, copyOf: template });
      const memoryBefore = process.memoryUsage().rss;
      let peak = memoryBefore;
      const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
      let conversion: Conversion | null = null;
      const claimed = await secondsOf(async () => (conversion = await claim(database)));
      if (conversion === null) throw new Error("nothing was claimed");
      const live: Conversion = conversion;
      await deliver(database, live);
      const cause = { kind: "job", ref: "bench" } as const;
      const distributed = await secondsOf(() =>
        inTransaction(database.db, (tx) => distribute(tx, live, received, { cause, now: systemClock.now() })),
      );
      clearInterval(watch);
      await expectExact(database, earnings);
      const floor = await insertPostings(database);
      figures.record(`${name}: bare insert of a posting each`, "seconds", floor);
      figures.record(`${name}: claim`, "seconds", claimed);
      figures.record(`${name}: distribute`, "seconds", distributed);
      figures.record(`${name}: claim and distribute`, "seconds", claimed + distributed);
      figures.record(`${name}: distribute row by row (extrapolated)`, "seconds", perEarning * earnings);
      figures.record(`${name}: memory of the process, growth`, "mb", (peak - memoryBefore) / 2 ** 20);
      await database.close();
      await server.drop(database.name);
    }
    await server.drop(template);
    comparisons.push(
      {
        row: `${name}: distribute`,
        limit: `${name}: bare insert of a posting each`,
        goal: 0.28,
        goalName: "goal 5, with balances",
      },
      { row: `${name}: claim and distribute`, limit: `${name}: bare insert of a posting each` },
      {
        row: `${name}: distribute`,
        limit: `${name}: distribute row by row (extrapolated)`,
        goal: 20,
        goalName: "goal 5",
      },
    );
  }
  return figures.report(comparisons);
}
