import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { inventAddress } from "../../sandbox/coins.ts";
import { driveUntil, findTrouble, giveEarnings, startWorld, type World } from "../../tests/support/index.ts";
import { checkConversions } from "../conversions/index.ts";
import { inTransaction, sql } from "../database/index.ts";
import { accounts, balanceOf } from "../ledger/index.ts";
import { planPayouts } from "../payouts/index.ts";
import { takeBackEarningsOf } from "./index.ts";

const USDT = "ethereum:USDT";
let world: World;
let people = 0;
const signal = () => AbortSignal.timeout(20_000);
beforeAll(async () => {
  world = await startWorld({ worker: false, sandbox: { blocks: "automine" } });
});
afterAll(() => world.stop());
afterEach(async () => {
  expect(await findTrouble(world)).toEqual([]);
});

const balance = (path: string): Promise<bigint> => balanceOf(world.engine.db, path, USDT);
const dollars = (count: number): bigint => BigInt(count) * 1_000_000n;

async function earn(payeeId: string, ...amounts: bigint[]): Promise<void> {
  await giveEarnings(
    world,
    USDT,
    amounts.map((amount) => ({ payeeId, amount })),
  );
  await checkConversions(world.engine.conversions, signal(), true);
  await driveUntil(world, "converted", async () => {
    const { rows } = await sql`
      select from earning where payee_id = ${payeeId} and status in ('pending', 'converting')`.execute(
      world.engine.db,
    );
    return rows.length === 0;
  });
}

/** Pays what the payee has, at once. @returns the amount. */
async function pay(payeeId: string): Promise<bigint> {
  const ids = await planPayouts(world.engine.payouts, signal());
  await driveUntil(world, "paid", async () => (await balance(accounts.payee(payeeId, "held"))) === 0n);
  const { rows } = await sql<{ amount: bigint }>`
    select coalesce(sum(amount), 0) as amount from payout where id = any (${ids}::uuid[])`.execute(
    world.engine.db,
  );
  return rows[0]!.amount;
}

/** A payee who was paid these amounts, all of which were refunded afterwards. */
async function debtor(...paid: bigint[]): Promise<string> {
  const address = inventAddress("evm", `debtor ${++people}`);
  const payeeId = await world.payee({ threshold: "1", destination: { asset: USDT, address } });
  await earn(payeeId, ...paid);
  await pay(payeeId);
  const { rows } = await sql<{ payment_id: string }>`
    select payment_id from earning where payee_id = ${payeeId} order by amount desc`.execute(world.engine.db);
  for (const [index, { payment_id: id }] of rows.entries())
    await inTransaction(world.engine.db, async (tx) => {
      await sql`update payment set status = 'refunded' where id = ${id}`.execute(tx);
      const now = new Date(Date.now() + index * 1_000);
      await takeBackEarningsOf(tx, id, { cause: { kind: "event", ref: "refund" }, now });
    });
  return payeeId;
}

const view = (id: string) => world.client.get("/v1/payees/{id}", { params: { path: { id } } });

test("what is owed back is kept of later earnings, oldest first, to the base unit, and the rest is paid", async () => {
  const payeeId = await debtor(dollars(30), dollars(20));
  expect((await view(payeeId)).balances.recoverable).toEqual([{ asset: USDT, amount: "50" }]);

  await earn(payeeId, dollars(7), dollars(25) + 1n);
  expect(await pay(payeeId)).toBe(0n);
  const { balances, recoverables } = await view(payeeId);
  expect(balances.recoverable).toEqual([{ asset: USDT, amount: "17.999999" }]);
  expect(balances.available).toEqual([]);
  expect(recoverables.map(({ owed, collected }) => [owed.amount, collected.amount])).toEqual([
    ["20", "2.000001"],
  ]);

  await earn(payeeId, dollars(40));
  expect(await pay(payeeId)).toBe(dollars(22) + 1n);
  expect(await balance(accounts.payee(payeeId, "recoverable"))).toBe(0n);
  expect((await view(payeeId)).recoverables).toEqual([]);
});

test("fifty planners at once keep it once; what was kept is owed again when its own payment is refunded", async () => {
  const payeeId = await debtor(dollars(10));
  await earn(payeeId, dollars(15));
  await Promise.all(Array.from({ length: 50 }, () => planPayouts(world.engine.payouts, signal())));
  await driveUntil(world, "paid", async () => (await balance(accounts.payee(payeeId, "held"))) === 0n);
  const { rows } = await sql<{ amount: bigint }>`
    select amount from payout where payee_id = ${payeeId} order by created_at`.execute(world.engine.db);
  expect(rows.map(({ amount }) => amount)).toEqual([dollars(10), dollars(5)]);
  const { rows: kept } = await sql<{ payment_id: string }>`
    select payment_id from earning where payee_id = ${payeeId} and collected_for is not null`.execute(
    world.engine.db,
  );
  await inTransaction(world.engine.db, async (tx) => {
    await sql`update payment set status = 'refunded' where id = ${kept[0]!.payment_id}`.execute(tx);
    const step = { cause: { kind: "event", ref: "refund" } as const, now: new Date() };
    await takeBackEarningsOf(tx, kept[0]!.payment_id, step);
  });
  expect(await balance(accounts.payee(payeeId, "recoverable"))).toBe(dollars(15));
});

test("an operator forgives it once, and it is our variance", async () => {
  const payeeId = await debtor(dollars(12));
  const { id } = (await view(payeeId)).recoverables[0]!;
  const variance = await balance(accounts.platform("variance"));
  const path = { thing: "recoverable", id, action: "forgive" } as const;
  const forgive = () => world.client.post("/v1/review/{thing}/{id}/{action}", { params: { path } });
  await forgive();
  await expect(forgive()).rejects.toMatchObject({ code: "nothing_owed_back" });
  expect(await balance(accounts.payee(payeeId, "recoverable"))).toBe(0n);
  expect((await balance(accounts.platform("variance"))) - variance).toBe(-dollars(12));
  const { rows } = await sql<{ outcome: string }>`
    select outcome from review_action where thing_id = ${id} order by taken_at`.execute(world.engine.db);
  expect(rows.map(({ outcome }) => outcome)).toEqual(["done", "nothing_owed_back"]);
  await earn(payeeId, dollars(3));
  expect(await pay(payeeId)).toBe(dollars(3));
});
