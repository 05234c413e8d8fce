import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/clock.ts";
import { createLane, sql, type Database } from "../src/database/index.ts";
import { DomainError } from "../src/errors.ts";
import { newId } from "../src/ids.ts";
import { accounts, balanceOf, postEntry } from "../src/ledger/index.ts";
import { registry } from "../src/money/index.ts";
import { requestPayout } from "../src/payouts/index.ts";
import { silentLogger } from "../src/telemetry/index.ts";
import { addPayees, type Effort } from "./booking.ts";
import type { BenchServer } from "./database.ts";
import { secondsOf } from "./measure.ts";
import { createFigures, type Comparison, type Report } from "./report.ts";

const tether = registry.get("ethereum:USDT");
const connections = 32;
/** Of a thousand who ask, the balance covers nine hundred. */
const coveredOf = (callers: number): number => callers - Math.floor(callers / 10);
/** Earnings that the balance is made of: nearly every withdrawal ends inside one. */
const earnings = 90;
const each = 2_000_003n;

/** A payee whose balance is exactly so much, as conversions made it. */
export async function payeeWith(database: Database, total: bigint): Promise<string> {
  const payeeId = newId();
  await addPayees(database, [payeeId]);
  const part = total / BigInt(earnings);
  const amounts = Array.from({ length: earnings }, (_, n) =>
    n === 0 ? total - part * BigInt(earnings - 1) : part,
  );
  const paymentIds = amounts.map(newId);
  await sql`
    insert into payment (id, processor, external_id, status, processor_status, paid_currency, asked_amount, paid_amount,
      settled_asset, settled_amount, settled_at, fee_amount, arrival, created_at, updated_at)
    select id, 'nowpayments', id::text, 'settled', 'finished', 'eth', '1', '1', 'ethereum:ETH', 1000000000000000, now(), 0, 'seen', now(), now()
    from unnest(${paymentIds}::uuid[]) as id`.execute(database.db);
  await sql`
    insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, available_asset,
      available_amount, created_at)
    select gen_random_uuid(), p.id, ${payeeId}, 'ethereum:ETH', 1000000000000000, 'threshold', 'available', 1000000, true,
      ${tether.id}, p.amount, now()
    from unnest(${paymentIds}::uuid[], ${amounts.map(String)}::numeric[]) as p(id, amount)`.execute(
    database.db,
  );
  await postEntry(database.db, {
    id: newId(),
    reason: "conversion_distributed",
    happenedAt: systemClock.now(),
    postings: [
      {
        debit: accounts.wallet("ethereum", "0xbench"),
        credit: accounts.payee(payeeId, "available"),
        money: { asset: tether.id, amount: total },
      },
    ],
  });
  return payeeId;
}

interface Way {
  readonly name: string;
  /** How its callers come: all at once, or one alone. */
  readonly runs: readonly ("together" | "alone")[];
  /** Opens an account with a balance. @returns asks for one withdrawal of it, and says whether it was let go. */
  open(total: bigint): Promise<() => Promise<boolean>>;
  /** What the account has in the end. */
  left(): Promise<bigint>;
  /** Absent: callers meet at a row's lock, and PostgreSQL says who is next. */
  readonly inOrder?: true;
}

/** The real code path: hold, journal entry, payout, history and job, each withdrawal. */
function withdrawals(database: Database): Way {
  const deps = { db: database.db, clock: systemClock, log: silentLogger, registry };
  let payeeId = "";
  return {
    name: "withdrawal, whole path",
    runs: ["together", "alone"],
    inOrder: true,
    async open(total) {
      payeeId = await payeeWith(database, total);
      const request = {
        payeeId,
        kind: "withdrawal",
        asset: tether.id,
        amount: each,
        requestedBy: "bench",
      } as const;
      return async () => {
        try {
          await requestPayout(deps, request);
          return true;
        } catch (error) {
          if (error instanceof DomainError && error.code === "insufficient_balance") return false;
          throw error;
        }
      };
    },
    left: () => balanceOf(database.db, accounts.payee(payeeId, "available"), tether.id),
  };
}

const balanceIn = async (database: Database, id: string): Promise<bigint> => {
  const { rows } = await sql<{ balance: bigint }>`select balance from bench.account where id = ${id}`.execute(
    database.db,
  );
  return rows[0]!.balance;
};

async function openAccount(database: Database, total: bigint): Promise<string> {
  const id = newId();
  await sql`insert into bench.account values (${id}, ${total})`.execute(database.db);
  return id;
}

/** What keeps nothing but a balance: a statement a withdrawal, each its own transaction. */
function conditionalUpdate(database: Database): Way {
  let id = "";
  const text = "update bench.account set balance = balance - $2 where id = $1 and balance >= $2";
  return {
    name: "conditional update",
    runs: ["together", "alone"],
    async open(total) {
      id = await openAccount(database, total);
      return async () => {
        const { rowCount } = await database.pool.query({ name: "bench_update", text, values: [id, each] });
        return rowCount === 1;
      };
    },
    left: () => balanceIn(database, id),
  };
}

/** The same balance and nothing else, by the lane: those who wait are admitted together, in one statement, in order. */
function admission(database: Database): Way {
  let id = "";
  const text = "select bench.admit($1, $2::numeric[]) as admitted";
  const lane = createLane<bigint, boolean>({
    largestBatch: 1_000,
    async work(amounts) {
      const query = { name: "bench_admit", text, values: [id, amounts.map(String)] };
      const { rows } = await database.pool.query<{ admitted: boolean[] }>(query);
      return rows[0]!.admitted;
    },
  });
  return {
    name: "admission alone",
    runs: ["together"],
    inOrder: true,
    async open(total) {
      id = await openAccount(database, total);
      return () => lane(each);
    },
    left: () => balanceIn(database, id),
  };
}

/** As much of better-sqlite3 as is used here: it is not installed with us, because it is compiled where no binary is offered. */
interface Sqlite {
  pragma(text: string): unknown;
  exec(text: string): void;
  prepare(text: string): {
    run(...values: unknown[]): { changes: number };
    get(...values: unknown[]): unknown;
  };
  close(): void;
}

/** `begin immediate`, the same conditional update, `commit`; in this process, written through to the disk. Null: not installed. */
function sqliteIn(directory: string): (Way & { close(): void }) | null {
  const name = "better-sqlite3";
  let open: new (path: string) => Sqlite;
  try {
    open = createRequire(import.meta.url)(name) as typeof open;
  } catch {
    return null;
  }
  const database = new open(join(directory, "withdrawals.sqlite"));
  database.pragma("journal_mode = wal");
  database.pragma("synchronous = full");
  database.exec("create table account (id text primary key, balance integer not null)");
  const [begin, commit] = [database.prepare("begin immediate"), database.prepare("commit")];
  const update = database.prepare("update account set balance = balance - ? where id = ? and balance >= ?");
  let id = "";
  return {
    name: "SQLite, begin immediate",
    runs: ["together", "alone"],
    open(total) {
      id = newId();
      database.prepare("insert into account values (?, ?)").run(id, total);
      return Promise.resolve(() => {
        begin.run();
        const { changes } = update.run(each, id, each);
        commit.run();
        return Promise.resolve(changes === 1);
      });
    },
    left() {
      const row = database
        .prepare("select cast(balance as text) as balance from account where id = ?")
        .get(id);
      return Promise.resolve(BigInt((row as { balance: string }).balance));
    },
    close: () => database.close(),
  };
}

async function prepare(server: BenchServer): Promise<Database> {
  const database = await server.fresh({ max: connections });
  await sql`create schema bench`.execute(database.db);
  await sql`create table bench.account (id uuid primary key, balance numeric not null) with (fillfactor = 10)`.execute(
    database.db,
  );
  await database.pool.query(`
    create function bench.admit(p_id uuid, p_amounts numeric[]) returns boolean[] language plpgsql as $$
    declare
      v_balance numeric;
      v_left numeric;
      v_amount numeric;
      v_admitted boolean[] := '{}';
    begin
      select balance into v_balance from bench.account where id = p_id for update;
      v_left := v_balance;
      foreach v_amount in array p_amounts loop
        v_admitted := v_admitted || (v_amount <= v_left);
        if v_amount <= v_left then v_left := v_left - v_amount; end if;
      end loop;
      update bench.account set balance = v_left where id = p_id and v_left <> v_balance;
      return v_admitted;
    end $$`);
  return database;
}

/** Everybody at once, each once. @returns how many were answered a second. */
async function together(way: Way, callers: number): Promise<number> {
  const covered = coveredOf(callers);
  const ask = await way.open(each * BigInt(covered) + each / 2n);
  let answers: boolean[] = [];
  const seconds = await secondsOf(async () => {
    answers = await Promise.all(Array.from({ length: callers }, () => ask()));
  });
  const admitted = answers.filter(Boolean).length;
  if (admitted !== covered || (await way.left()) !== each / 2n)
    throw new Error(`${way.name}: ${admitted} of ${covered} withdrawals, ${await way.left()} left`);
  if (way.inOrder && answers.lastIndexOf(true) !== covered - 1)
    throw new Error(`${way.name}: somebody was refused before one who came later was admitted`);
  return callers / seconds;
}

/** One after the other, each waiting for its answer. */
async function alone(way: Way, seconds: number): Promise<number> {
  const most = 100_000n;
  const ask = await way.open(each * most);
  let done = 0n;
  const took = await secondsOf(async () => {
    const end = performance.now() + seconds * 1_000;
    for (; performance.now() < end && done < most; done += 1n)
      if (!(await ask())) throw new Error(`${way.name}: refused what the balance covers`);
  });
  if ((await way.left()) !== each * (most - done)) throw new Error(`${way.name}: not exact`);
  return Number(done) / took;
}

/** A thousand withdrawals of one account at once, and one caller alone, beside what keeps nothing but a balance. */
export async function benchWithdrawals(
  server: BenchServer,
  effort: Effort & { callers: number },
): Promise<Report> {
  const { callers, rounds, seconds } = effort;
  effort.progress("withdrawals: preparing");
  const database = await prepare(server);
  const directory = await mkdtemp(join(tmpdir(), "spillway-bench-"));
  const sqlite = sqliteIn(directory);
  if (sqlite === null)
    effort.progress("withdrawals: without SQLite, which is not installed: see bench/README.md");
  const ways = [
    conditionalUpdate(database),
    ...(sqlite ? [sqlite] : []),
    admission(database),
    withdrawals(database),
  ];
  const figures = createFigures();
  const all = `${callers} at once`;
  try {
    // Every connection meets every statement before the first round.
    for (const way of ways) await together(way, Math.max(connections * 2, Math.min(callers, 200)));
    for (let round = 1; round <= rounds; round++) {
      effort.progress(`withdrawals: round ${round} of ${rounds}`);
      for (const way of ways) {
        if (way.runs.includes("together"))
          figures.record(`${way.name}, ${all}`, "per_second", await together(way, callers));
        if (way.runs.includes("alone"))
          figures.record(`${way.name}, 1 caller`, "per_second", await alone(way, seconds));
      }
    }
  } finally {
    sqlite?.close();
    await rm(directory, { recursive: true, force: true });
    await database.close();
  }
  return figures.report(comparisons(all));
}

const comparisons = (all: string): Comparison[] => {
  const own = "withdrawal, whole path";
  const update = "conditional update";
  const sqlite = "SQLite, begin immediate";
  return [
    { row: `${own}, ${all}`, limit: `${update}, ${all}`, goal: 5, goalName: "goal 6" },
    { row: `admission alone, ${all}`, limit: `${update}, ${all}`, goal: 30, goalName: "goal 6" },
    { row: `${own}, 1 caller`, limit: `${update}, 1 caller`, goal: 0.5, goalName: "goal 6" },
    { row: `${own}, ${all}`, limit: `${sqlite}, ${all}`, goal: 1, goalName: "goal 6" },
    { row: `${own}, 1 caller`, limit: `${sqlite}, 1 caller`, goal: 1, goalName: "goal 6" },
  ];
};
