import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { connect, sql, type Database, type Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { accounts, balanceOf, postEntry, verifyLedger } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import { checkInvariants } from "../reconciliation/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { openSecondPerson } from "../operators/index.ts";
import { planPayouts, requestPayout, type PayoutDeps } from "./index.ts";

const asset = "ethereum:USDT";
const now = new Date("2026-03-01T12:00:00Z");
let database: Database;

beforeAll(async () => {
  database = await freshDatabase();
});
afterEach(async () => {
  expect(await checkInvariants(database.db)).toEqual([]);
  expect((await verifyLedger(database.db)).problems).toEqual([]);
});

interface Part {
  /** What the payment brought of it, in the coin that came. */
  readonly source: bigint;
  /** What its conversion made of that. */
  readonly worth: bigint;
}

/** A payee with converted earnings, in this order. */
async function payeeWith(parts: readonly Part[]): Promise<string> {
  const payeeId = newId();
  await sql`
    insert into payee (id, request_hash, name, payout_mode, destination_asset, destination_address, threshold_asset,
      threshold_amount, status, created_at)
    values (${payeeId}, '', 'Payee', 'threshold', ${asset}, '0x', ${asset}, 1, 'active', ${now})`.execute(
    database.db,
  );
  for (const { source, worth } of parts) {
    const paymentId = newId();
    await sql`
      insert into payment (id, processor, external_id, status, processor_status, paid_currency, asked_amount, paid_amount,
        settled_asset, settled_amount, settled_at, fee_amount, arrival, created_at, updated_at)
      values (${paymentId}, 'nowpayments', ${paymentId}, 'settled', 'finished', 'eth', '1', '1', 'ethereum:ETH', ${source}, now(), 0,
        'seen', now(), now())`.execute(database.db);
    await sql`
      insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, available_asset,
        available_amount, created_at)
      values (${newId()}, ${paymentId}, ${payeeId}, 'ethereum:ETH', ${source}, 'threshold', 'available', ${worth}, true, ${asset},
        ${worth}, now())`.execute(database.db);
  }
  await postEntry(database.db, {
    id: newId(),
    reason: "conversion_distributed",
    happenedAt: now,
    postings: parts.map(({ worth: amount }) => ({
      debit: accounts.wallet("ethereum", "0xtest"),
      credit: accounts.payee(payeeId, "available"),
      money: { asset, amount },
    })),
  });
  return payeeId;
}

const ask = (payeeId: string, amount?: bigint, db: Db = database.db): Promise<string> =>
  requestPayout(
    { db, clock: { now: () => now }, log: silentLogger, registry },
    { payeeId, asset, amount, requestedBy: "test" },
  ).then(
    () => "held",
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );
const balances = (payeeId: string) =>
  Promise.all(
    (["available", "held"] as const).map((part) =>
      balanceOf(database.db, accounts.payee(payeeId, part), asset),
    ),
  );
/** What a payee's earnings were in the coin that came, and in dollars, however they were divided. */
async function wholeOf(payeeId: string) {
  const { rows } = await sql`
    select sum(amount) as source, sum(available_amount) as worth, sum(usd_micros) as usd from earning
    where payee_id = ${payeeId}`.execute(database.db);
  return rows[0];
}

/** Until a statement stands still because somebody else has a row. */
async function waitsForARow(): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
      database.db,
    );
    if (rows.length > 0) return;
  }
}

test("of those who ask at once each is admitted in turn: who asks too much is refused, and takes nothing from who comes after", async () => {
  const payeeId = await payeeWith([
    { source: 10n ** 18n, worth: 70n },
    { source: 10n ** 18n, worth: 30n },
  ]);
  const other = await payeeWith([{ source: 10n ** 18n, worth: 5n }]);
  const answers = await Promise.all(
    [60n, 50n, 40n, 1n, 1n]
      .map((amount) => ask(payeeId, amount))
      .concat([ask(other, 6n), ask(other), ask(newId(), 1n)]),
  );
  expect(answers).toEqual([
    "held",
    "insufficient_balance",
    "held",
    "insufficient_balance",
    "insufficient_balance",
    "insufficient_balance",
    "held",
    "unknown_payee",
  ]);
  expect(await balances(payeeId)).toEqual([0n, 100n]);
  expect(await balances(other)).toEqual([0n, 5n]);
  expect(await ask(payeeId)).toBe("nothing_to_pay");
});

test("whatever is asked for at once, by two processes: exactly what the balance covers, no part of any earning made or lost", async () => {
  const second = connect(database.url, { max: 2 });
  const parts = fc.array(
    fc.record({ source: fc.bigInt({ min: 1n, max: 50n }), worth: fc.bigInt({ min: 1n, max: 1_000n }) }),
    { minLength: 1, maxLength: 6 },
  );
  const amounts = fc.array(fc.option(fc.bigInt({ min: 1n, max: 600n }), { nil: undefined, freq: 8 }), {
    minLength: 1,
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(parts, amounts, async (given, asked) => {
      const payeeId = await payeeWith(given);
      const before = await wholeOf(payeeId);
      const total = given.reduce((sum, { worth }) => sum + worth, 0n);
      const answers = await Promise.all(
        asked.map((amount, index) => ask(payeeId, amount, index % 2 === 0 ? database.db : second.db)),
      );
      const { rows } = await sql<{ amount: bigint; parts: bigint }>`
        select p.amount, (select sum(available_amount) from earning where payout_id = p.id) as parts
        from payout p where payee_id = ${payeeId}`.execute(database.db);
      expect(answers.filter((answer) => answer === "held")).toHaveLength(rows.length);
      for (const { amount, parts: sum } of rows) expect(sum).toBe(amount);
      const held = rows.reduce((sum, { amount }) => sum + amount, 0n);
      expect(await balances(payeeId)).toEqual([total - held, held]);
      expect(await wholeOf(payeeId)).toEqual(before);
      // Whoever was refused asked for more than was left, or where nothing can be divided.
      for (const [index, answer] of answers.entries())
        if (answer === "insufficient_balance") expect(asked[index]! > total - held).toBe(true);
        else expect(["held", "nothing_to_pay", "amount_not_divisible"]).toContain(answer);
    }),
    { numRuns: 25 },
  );
  await second.close();
});

describe("where a balance cannot be cut", () => {
  test("one base unit, as it came, is not divided: the refusal names the nearest sums, and the next is served", async () => {
    const payeeId = await payeeWith([
      { source: 1n, worth: 40n },
      { source: 2n, worth: 10n },
    ]);
    expect(
      await Promise.all([ask(payeeId, 20n), ask(payeeId, 40n), ask(payeeId, 4n), ask(payeeId, 3n)]),
    ).toEqual([
      "amount_not_divisible",
      "held",
      "held",
      "amount_not_divisible", // what is left of the second is one base unit, too
    ]);
    expect(await balances(payeeId)).toEqual([6n, 44n]);
  });

  test("a refund that takes an earning at the same moment is waited for, and the rest is what there is", async () => {
    const payeeId = await payeeWith([
      { source: 10n ** 18n, worth: 30n },
      { source: 10n ** 18n, worth: 20n },
    ]);
    const client = await database.pool.connect();
    await client.query("begin");
    const mark = (when: string) =>
      client.query(
        `update earning set refunded_at = ${when} where id = (select min(id::text)::uuid from earning where payee_id = $1)`,
        [payeeId],
      );
    await mark("now()");
    const both = Promise.all([ask(payeeId, 25n), ask(payeeId, 20n)]);
    await waitsForARow();
    await client.query("commit");
    expect(await both).toEqual(["insufficient_balance", "held"]);
    await mark("null");
    client.release();
    expect(await balances(payeeId)).toEqual([30n, 20n]);
  });

  test("what a payee owes back is kept first", async () => {
    const payeeId = await payeeWith([
      { source: 10n ** 18n, worth: 30n },
      { source: 10n ** 18n, worth: 20n },
    ]);
    const debt = newId();
    await sql`
      insert into recoverable (id, payee_id, asset, amount, reason, created_at) values (${debt}, ${payeeId}, ${asset}, 12, 'paid_twice', now())`.execute(
      database.db,
    );
    await postEntry(database.db, {
      id: newId(),
      reason: "payee_paid_twice",
      happenedAt: now,
      postings: [
        {
          debit: accounts.payee(payeeId, "recoverable"),
          credit: accounts.platform("variance"),
          money: { asset, amount: 12n },
        },
      ],
    });
    expect(await Promise.all([ask(payeeId, 39n), ask(payeeId, 38n)])).toEqual([
      "insufficient_balance",
      "held",
    ]);
    expect(await balances(payeeId)).toEqual([0n, 38n]);
  });
});

test("the connection dies while many are held at once: none of them is, and who asks again is served", async () => {
  const payeeId = await payeeWith([{ source: 10n ** 18n, worth: 100n }]);
  const dying = connect(database.url, { max: 1, applicationName: "dying" });
  // Somebody has the payee's row, so that what is asked for stands still in the middle: the first alone, then the others.
  const client = await database.pool.connect();
  await client.query("begin");
  await client.query("select from payee where id = $1 for update", [payeeId]);
  const batch = Promise.all(Array.from({ length: 8 }, () => ask(payeeId, 10n, dying.db)));
  const kill = (): Promise<unknown> =>
    sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'dying' and wait_event_type = 'Lock'`.execute(database.db);
  let answers: string[] | null = null;
  while (answers === null) answers = await Promise.race([batch, kill().then(() => null)]);
  expect(answers.filter((answer) => answer === "held")).toEqual([]);
  await client.query("commit");
  client.release();
  expect(await balances(payeeId)).toEqual([100n, 0n]);
  expect(await ask(payeeId, 10n, dying.db)).toBe("held");
  expect(await balances(payeeId)).toEqual([90n, 10n]);
  await dying.close();
});

describe("a plan", () => {
  const price = { usd: "1", source: "test", sourceTime: now, fetchedAt: now };
  const deps = (): PayoutDeps => ({
    db: database.db,
    clock: { now: () => now },
    log: silentLogger,
    registry,
    chains: new Map(),
    depositChains: new Map(),
    swapProviders: new Map(),
    banks: new Map(),
    prices: {
      name: "test",
      observe: (assets) => Promise.resolve(new Map(assets.map((one) => [one.id, { asset: one, ...price }]))),
    },
    secondPerson: openSecondPerson({ db: database.db, log: silentLogger }),
    followLosses: () => Promise.resolve(),
    readMaximumSlippageBps: () => Promise.resolve(100),
    readInstantMinimumUsdMicros: () => Promise.resolve(0n),
    readExposureLimit: () => Promise.resolve(null),
  });
  const plan = () => planPayouts(deps(), AbortSignal.timeout(20_000));
  /** By how the payouts of these payees stand. */
  const standing = async (payeeIds: readonly string[]) => {
    const { rows } = await sql<{ payee_id: string; status: string }>`
      select payee_id, status from payout where payee_id = any(${[...payeeIds]}::uuid[])`.execute(
      database.db,
    );
    return payeeIds.map((id) => rows.filter((row) => row.payee_id === id).map(({ status }) => status));
  };

  test("one whose payout cannot be written keeps nobody from theirs, whoever plans at once: each has one", async () => {
    await plan(); // what other tests left
    const payeeIds = [];
    for (let n = 0; n < 6; n++) payeeIds.push(await payeeWith([{ source: 10n ** 18n, worth: 50_000_000n }]));
    const broken = payeeIds[2]!;
    await sql`
      create function refuse_one() returns trigger language plpgsql as $$ begin
        if new.payee_id = ${sql.lit(broken)} then raise exception 'not this one'; end if; return new; end $$`.execute(
      database.db,
    );
    await sql`create trigger refuse_one before insert on payout for each row execute function refuse_one()`.execute(
      database.db,
    );
    const runs = await Promise.allSettled([plan(), plan(), plan()]);
    expect(runs.some(({ status }) => status === "rejected")).toBe(true);
    const served = payeeIds.filter((id) => id !== broken);
    expect(await standing(served)).toEqual(served.map(() => ["approved"]));
    expect(await balances(broken)).toEqual([50_000_000n, 0n]);
    await sql`drop trigger refuse_one on payout`.execute(database.db);
    expect(await plan()).toHaveLength(1);
    expect(await standing([broken])).toEqual([["approved"]]);
  });

  test("what a set lets go counts for those after it: the day's value goes by itself, the rest waits for people", async () => {
    const payeeIds = [];
    for (let n = 0; n < 8; n++) payeeIds.push(await payeeWith([{ source: 10n ** 18n, worth: 900_000_000n }]));
    const { rows } = await sql<{ before: bigint }>`
      select coalesce(sum(usd_micros), 0) as before from authorisation where approvers = 0`.execute(
      database.db,
    );
    const fit = (5_000_000_000n - rows[0]!.before) / 900_000_000n;
    expect(await plan()).toHaveLength(8);
    const statuses = (await standing(payeeIds)).flat();
    expect(statuses.filter((status) => status === "approved")).toHaveLength(Number(fit));
    expect(statuses.filter((status) => status === "awaiting_approval")).toHaveLength(8 - Number(fit));
    const { rows: jobs } = await sql<{ jobs: number }>`
      select count(distinct j.payload -> 'payload' ->> 'id')::int as jobs from graphile_worker._private_jobs j
      join payout p on p.id::text = j.payload -> 'payload' ->> 'id' and p.payee_id = any(${payeeIds}::uuid[])`.execute(
      database.db,
    );
    expect(jobs[0]!.jobs).toBe(Number(fit)); // those that wait are looked at when people have decided
  });
});
