import { systemClock } from "../src/clock.ts";
import { sql, type Database } from "../src/database/index.ts";
import { newId } from "../src/ids.ts";
import { accounts, postEntries } from "../src/ledger/index.ts";
import { registry } from "../src/money/index.ts";
import { paymentEntryId } from "../src/payments/index.ts";
import { readStatements, statementCsv } from "../src/statements/index.ts";
import { addPayees, type Effort } from "./booking.ts";
import type { BenchServer } from "./database.ts";
import { secondsOf } from "./measure.ts";
import { createFigures, type Report } from "./report.ts";

const ether = registry.get("ethereum:ETH");
const paymentsEach = 3;
const entriesAtOnce = 1_000;

/** Payees with settled payments and their entries. Rows of rooms are written in bulk: they are the input, not what is measured. */
async function fillDatabase(server: BenchServer, payees: number): Promise<Database> {
  const database = await server.fresh({ max: 2 });
  const payeeIds = Array.from({ length: payees }, newId);
  await addPayees(database, payeeIds);
  for (let from = 0; from < payees * paymentsEach; from += entriesAtOnce) {
    const size = Math.min(entriesAtOnce, payees * paymentsEach - from);
    const given = Array.from({ length: size }, (_, n) => ({
      payment: newId(),
      payee: payeeIds[(from + n) % payees]!,
      amount: 1_000_000_000_000_000n + BigInt(from + n),
    }));
    const columns = sql`unnest(${given.map(({ payment }) => payment)}::uuid[], ${given.map(({ payee }) => payee)}::uuid[],
      ${given.map(({ amount }) => amount.toString())}::numeric[]) as g(payment, payee, amount)`;
    await sql`
      insert into payment (id, processor, external_id, status, processor_status, paid_currency, asked_amount, paid_amount,
        settled_asset, settled_amount, settled_at, fee_amount, arrival, created_at, updated_at)
      select payment, 'nowpayments', payment::text, 'settled', 'finished', 'eth', '1', '1', ${ether.id}, amount, now(), 0, 'seen',
        now(), now() from ${columns}`.execute(database.db);
    await sql`
      insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, created_at)
      select gen_random_uuid(), payment, payee, ${ether.id}, amount, 'threshold', 'pending', 1000000, true, now()
      from ${columns}`.execute(database.db);
    await postEntries(
      database.db,
      given.map(({ payment, payee, amount }) => ({
        id: paymentEntryId(payment, "settled"),
        reason: "payment_settled",
        happenedAt: systemClock.now(),
        postings: [
          {
            debit: accounts.processor("nowpayments"),
            credit: accounts.payee(payee, "pending"),
            money: { asset: ether.id, amount },
          },
        ],
      })),
    );
  }
  await sql`vacuum analyze`.execute(database.db);
  return database;
}

/** The limit: the same postings of the same payees, in the same sets, and nothing told of them. */
async function readPostings(database: Database): Promise<void> {
  for (let after = ""; ;) {
    const { rows } = await sql<{ path: string }>`
      select a.path, p.amount, e.posted_at, e.reason
      from (select id, path from ledger_account where path > ${after} and path like 'payee:%' order by path limit 200) as a
      join posting p on p.credit_account_id = a.id join journal_entry e on e.id = p.entry_id
      order by a.path, e.seq`.execute(database.db);
    if (rows.length === 0) return;
    after = rows.at(-1)!.path;
  }
}

/** Statements of everybody, as a file is written of them, and whether memory grows with how many there are. */
export async function benchStatements(
  server: BenchServer,
  effort: Effort & { payees: number },
): Promise<Report> {
  const { payees } = effort;
  const figures = createFigures();
  effort.progress(`statements: preparing ${payees} payees`);
  const database = await fillDatabase(server, payees);
  const name = `statements of ${payees} payees`;
  try {
    for (let round = 1; round <= effort.rounds; round++) {
      effort.progress(`statements: round ${round} of ${effort.rounds}`);
      const limit = await secondsOf(() => readPostings(database));
      figures.record("their postings alone", "per_second", payees / limit);
      let [read, bytes, tenth, peak] = [0, 0, 0, 0];
      const seconds = await secondsOf(async () => {
        const now = systemClock.now();
        for await (const statement of readStatements(database.db, { from: new Date(0), to: now }, now)) {
          if (statement.assets[0]?.movements.length !== paymentsEach)
            throw new Error("a statement lacks a movement");
          bytes += statementCsv(statement, { header: false }).length;
          peak = Math.max(peak, process.memoryUsage().rss);
          if (++read === Math.ceil(payees / 10)) tenth = peak;
        }
      });
      if (read !== payees || bytes === 0) throw new Error(`${read} statements of ${payees} were read`);
      figures.record(name, "per_second", payees / seconds);
      figures.record(`${name}: memory, growth after the first tenth`, "mb", (peak - tenth) / 2 ** 20);
    }
  } finally {
    await database.close();
  }
  return figures.report([{ row: name, limit: "their postings alone" }]);
}
