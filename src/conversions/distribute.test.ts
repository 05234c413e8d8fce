import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { inTransaction, sql, type Db } from "../database/index.ts";
import { newId } from "../ids.ts";
import { accounts, balanceOf, postEntry } from "../ledger/index.ts";
import { allocate } from "../money/index.ts";
import type { Conversion } from "./conversion.ts";
import { distribute, keepConverted } from "./distribute.ts";

const now = new Date("2026-01-02T03:04:05Z");
const cause = { kind: "job", ref: "test" } as const;
let db: Db;

beforeAll(async () => {
  ({ db } = await freshDatabase());
  await sql`
    insert into pay_order (id, request_hash, purpose, description, price_usd_micros, fee_bps, tolerance_bps, expires_at,
      created_at, status, checkout_status, processor)
    values (${newId()}, '\\x00', 'test', '', 1, 0, 0, ${now}, ${now}, 'open', 'pending', 'nowpayments')`.execute(
    db,
  );
});

/** A conversion that claimed these amounts, and received that much. */
async function claimed(
  weights: readonly bigint[],
  received: bigint,
  by: Conversion["weights"] = "source_amount",
): Promise<{ conversion: Conversion; earnings: { id: string; payeeId: string; weight: bigint }[] }> {
  const id = newId();
  const earnings = weights.map((weight) => ({ id: newId(), payeeId: newId(), weight }));
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  const source = by === "source_amount" ? total : BigInt(weights.length) * 7n;
  const conversion = await inTransaction(db, async (tx) => {
    const { rows } = await sql<Conversion>`
      insert into conversion (id, source_asset, source_amount, target_asset, weights, status, trigger_reason, settings_version,
        created_at, updated_at)
      values (${id}, ${`test:${id}`}, ${source}, 'ethereum:USDT', ${by}, 'swapping', 'test', 1, ${now}, ${now})
      returning *`.execute(tx);
    const paymentId = newId();
    await sql`
      insert into payment (id, processor, external_id, status, processor_status, paid_currency, asked_amount, paid_amount,
        settled_asset, settled_amount, settled_at, created_at, updated_at)
      values (${paymentId}, 'nowpayments', ${paymentId}, 'settled', 'finished', 'eth', '1', '1', 'ethereum:ETH', 1, ${now},
        ${now}, ${now})`.execute(tx);
    await sql`
      insert into payee (id, request_hash, name, payout_mode, destination_asset, destination_address, threshold_asset,
        threshold_amount, status, created_at)
      select payee, '\\x00', 'x', 'threshold', 'ethereum:USDT', '0x', 'ethereum:USDT', 1, 'active', ${now}
      from unnest(${earnings.map((one) => one.payeeId)}::uuid[]) as payee`.execute(tx);
    await sql`
      insert into earning (id, payment_id, payee_id, asset, amount, route, status, usd_micros, spendable, conversion_id, created_at)
      select id, ${paymentId}, payee, 'ethereum:ETH', case when ${by} = 'usd_value' then 7 else weight end, 'threshold',
        'converting', case when ${by} = 'usd_value' then weight end, true, ${id}, ${now}
      from unnest(${earnings.map((one) => one.id)}::uuid[], ${earnings.map((one) => one.payeeId)}::uuid[],
        ${earnings.map((one) => one.weight)}::numeric[]) as e(id, payee, weight)`.execute(tx);
    const money = { asset: "ethereum:USDT", amount: received };
    const postings = [{ debit: accounts.platform("funding"), credit: accounts.conversion(id), money }];
    await postEntry(tx, { id: newId(), reason: "swap_received", happenedAt: now, postings });
    return rows[0]!;
  });
  return { conversion, earnings };
}

async function sharesAfter(conversion: Conversion, received: bigint): Promise<Map<string, bigint>> {
  await inTransaction(db, (tx) => distribute(tx, conversion, received, { cause, now }));
  const { rows } = await sql<{ id: string; available_amount: bigint; status: string }>`
    select id, available_amount, status from earning where conversion_id = ${conversion.id}`.execute(db);
  expect(new Set(rows.map((row) => row.status))).toEqual(new Set(["available"]));
  return new Map(rows.map((row) => [row.id, row.available_amount]));
}

const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((total, amount) => total + amount, 0n);

describe("distribution", () => {
  test("F85 F87 a thousand random weights: the shares sum to what arrived, and nothing stays in the conversion", async () => {
    const weights = Array.from({ length: 1_000 }, (_, index) => BigInt((index * 7_919) % 99_991) ** 3n + 1n);
    const received = 123_456_789n;
    const { conversion, earnings } = await claimed(weights, received);
    const shares = await sharesAfter(conversion, received);
    expect(sum(shares.values())).toBe(received);
    expect(shares).toEqual(allocate(received, earnings));
    expect(await balanceOf(db, accounts.conversion(conversion.id), "ethereum:USDT")).toBe(0n);
    const first = earnings[0]!;
    expect(await balanceOf(db, accounts.payee(first.payeeId, "available"), "ethereum:USDT")).toBe(
      shares.get(first.id),
    );
  });

  test("the database's distribution is `allocate`, whatever the weights and the total", async () => {
    const weight = fc.oneof(fc.bigInt(1n, 5n), fc.bigInt(1n, 10n ** 6n), fc.bigInt(10n ** 17n, 10n ** 30n));
    await fc.assert(
      fc.asyncProperty(
        fc.array(weight, { minLength: 1, maxLength: 30 }),
        fc.bigInt(1n, 10n ** 20n),
        fc.constantFrom("source_amount" as const, "usd_value" as const),
        async (weights, received, by) => {
          const { conversion, earnings } = await claimed(weights, received, by);
          expect(await sharesAfter(conversion, received)).toEqual(allocate(received, earnings));
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([
    { name: "one earning gets all", weights: [17n], received: 5_000_001n, expected: [5_000_001n] },
    {
      name: "an even division has no remainder",
      weights: [1n, 2n, 3n],
      received: 600n,
      expected: [100n, 200n, 300n],
    },
    {
      name: "the largest remainder gets the last unit",
      weights: [10n, 45n, 45n],
      received: 7n,
      expected: [1n, 3n, 3n],
    },
    {
      name: "equal remainders go to the smallest ids",
      weights: [1n, 1n, 1n],
      received: 5n,
      expected: [2n, 2n, 1n],
    },
    {
      name: "less than one unit each: some get nothing",
      weights: [1n, 1n, 9n],
      received: 1n,
      expected: [0n, 0n, 1n],
    },
  ])("$name", async ({ weights, received, expected }) => {
    const { conversion, earnings } = await claimed(weights, received);
    const shares = await sharesAfter(conversion, received);
    const inOrderOfIds = [...earnings].sort((a, b) => (a.id < b.id ? -1 : 1));
    if (new Set(weights).size === 1) expect(inOrderOfIds.map(({ id }) => shares.get(id))).toEqual(expected);
    else expect(earnings.map(({ id }) => shares.get(id))).toEqual(expected);
  });

  test("49 equal earnings differ by one base unit at most", async () => {
    const { conversion } = await claimed(Array(49).fill(10n ** 15n), 100_000_000n);
    const shares = [...(await sharesAfter(conversion, 100_000_000n)).values()];
    expect(sum(shares)).toBe(100_000_000n);
    expect(new Set(shares)).toEqual(new Set([2_040_816n, 2_040_817n]));
    expect(shares.filter((share) => share === 2_040_817n)).toHaveLength(100_000_000 - 49 * 2_040_816);
  });

  test("a part of a claim: what was converted and what is released sum to the claim, at any line through it", async () => {
    const amount = fc.oneof(fc.bigInt(1n, 5n), fc.bigInt(10n ** 15n, 10n ** 20n));
    await fc.assert(
      fc.asyncProperty(
        fc.array(amount, { minLength: 2, maxLength: 12 }),
        fc.bigInt(1n, 10n ** 18n),
        fc.bigInt(1n, 10n ** 9n),
        async (weights, line, received) => {
          const total = sum(weights);
          const kept = 1n + (line % (total - 1n));
          const { conversion, earnings } = await claimed(weights, received);
          const money = { asset: conversion.source_asset, amount: total - kept };
          const funding = { debit: accounts.platform("funding"), credit: accounts.conversion(conversion.id) };
          await inTransaction(db, async (tx) => {
            const postings = [{ ...funding, money }];
            await postEntry(tx, { id: newId(), reason: "test", happenedAt: now, postings });
            const converted = await keepConverted(tx, conversion, total - kept, { cause, now });
            expect(converted.source_amount).toBe(kept);
            await distribute(tx, converted, received, { cause, now });
          });
          const { rows } = await sql<{ status: string; amount: bigint; available: bigint | null }>`
            select status, sum(amount) as amount, sum(available_amount) as available from earning
            where payee_id = any (${earnings.map(({ payeeId }) => payeeId)}::uuid[]) group by status order by status`.execute(
            db,
          );
          expect(rows).toEqual([
            { status: "available", amount: kept, available: received },
            { status: "pending", amount: total - kept, available: null },
          ]);
          for (const asset of [conversion.source_asset, "ethereum:USDT"])
            expect(await balanceOf(db, accounts.conversion(conversion.id), asset)).toBe(0n);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("an earning is divided while it is owed, and neither half nor value loses a unit", async () => {
    const { conversion, earnings } = await claimed([10n], 5n);
    const { id } = earnings[0]!;
    await expect(sql`update earning set amount = 9 where id = ${id}`.execute(db)).rejects.toThrow();
    const divide = (kept: bigint) =>
      sql`select earning_divide(${id}, ${newId()}, ${kept}::numeric)`.execute(db);
    const dividedAndChanged = inTransaction(db, async (tx) => {
      await sql`select earning_divide(${id}, ${newId()}, 4)`.execute(tx);
      await sql`update earning set amount = 9 where id = ${id}`.execute(tx);
    });
    await expect(dividedAndChanged, "nor after a division in the same transaction").rejects.toThrow(/never/);
    for (const kept of [0n, 10n, 11n]) await expect(divide(kept)).rejects.toThrow("cannot be divided");
    await sharesAfter(conversion, 5n);
    // Distributed, it is divided by what is payable: a part may be kept for what its payee owes back.
    for (const kept of [0n, 5n, 6n]) await expect(divide(kept)).rejects.toThrow("cannot be divided");
    await divide(4n);
    const { rows } = await sql<{ amount: bigint; available: bigint }>`
      select amount, available_amount as available from earning where payee_id = ${earnings[0]!.payeeId} order by part`.execute(
      db,
    );
    expect(rows).toEqual([
      { amount: 8n, available: 4n },
      { amount: 2n, available: 1n },
    ]);
    await sql`update earning set status = 'reversed' where id = ${id}`.execute(db);
    await expect(divide(1n), "nothing of it is owed any more").rejects.toThrow();
  });
});
