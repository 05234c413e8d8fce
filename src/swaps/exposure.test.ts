import { expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { inTransaction, sql } from "../database/index.ts";
import { newId } from "../ids.ts";
import { parseUsd, registry, valueInUsd } from "../money/index.ts";
import { amountWorth, swapExposure, takeRoom } from "./exposure.ts";
import { findSwap, planSwap } from "./swap-store.ts";
import type { Swap } from "./swap.ts";
import { rowJob } from "../jobs/index.ts";

const { db } = await freshDatabase({ max: 20 });
const now = new Date("2026-11-21T10:00:00Z");

async function planned(usd: string): Promise<Swap> {
  const id = await inTransaction(db, (tx) =>
    planSwap(tx, {
      purpose: "conversion",
      purposeId: newId(),
      doneTask: rowJob("conversions.advance"),
      flow: "standard",
      source: { asset: "ethereum:ETH", amount: 1n },
      sourceUsdMicros: parseUsd(usd),
      targetAsset: "ethereum:USDT",
      targetAddress: "0x1",
      targetMemo: null,
      leastTargetAmount: 1n,
      sourceAccount: "conversion:x",
      refundAddress: "0x1",
      correlationId: "x",
      now,
    }),
  );
  return (await findSwap(db, id!))!;
}
const take = (swap: Swap, provider: string, limit: string | null): Promise<boolean> =>
  inTransaction(db, (tx) => takeRoom(tx, swap, { provider, limit: limit === null ? null : parseUsd(limit) }));
const inFlightAt = async (provider: string): Promise<bigint> =>
  (await swapExposure(db)).find((one) => one.provider === provider)?.usd_micros ?? 0n;

test("of fifty swaps at once, as many get room as the limit holds, and not one more", async () => {
  const swaps = await Promise.all(Array.from({ length: 50 }, () => planned("100")));
  const taken = await Promise.all(swaps.map((swap) => take(swap, "alpha", "1000")));
  expect(taken.filter(Boolean)).toHaveLength(10);
  expect(await inFlightAt("alpha")).toBe(parseUsd("1000"));
  const [left] = swaps.filter((_, index) => !taken[index]);
  expect(await take(left!, "beta", "1000"), "another provider has room").toBe(true);
});

test("room is given back when a swap ends, and when it will never be funded; not while it may be", async () => {
  const [first, second] = [await planned("600"), await planned("600")];
  expect(await take(first, "gamma", "1000")).toBe(true);
  const set = (status: string, transfer: string | null) =>
    sql`update swap set status = ${status}, review_reason = 'test', provider_id = 'x', transfer_id = ${transfer}::uuid
        where id = ${first.id}`.execute(db);
  for (const status of ["created", "funding", "exchanging", "on_hold", "refunding"]) {
    await set(status, null);
    expect(await take(second, "gamma", "1000"), status).toBe(false);
  }
  await set("in_review", null);
  expect(await take(second, "gamma", "1000")).toBe(true);
  await sql`update swap set status = 'written_off', loss_finding = 'absent' where id = ${first.id}`.execute(
    db,
  );
  expect(await inFlightAt("gamma")).toBe(parseUsd("600"));
});

test("asking twice takes room once, and without a limit there is always room", async () => {
  const swap = await planned("700");
  expect([await take(swap, "delta", "1000"), await take(swap, "delta", "1000")]).toEqual([true, true]);
  expect(await take(await planned("1000000"), "delta", null)).toBe(true);
});

test("an amount sized to a limit is never worth more than it, at any price", () => {
  for (const price of ["3000", "0.99987", "0.000000123456789", "65123.45678901234567890123"])
    for (const id of ["ethereum:ETH", "ethereum:USDT"]) {
      const asset = registry.get(id);
      const limit = parseUsd("1234.567891");
      const most = amountWorth(limit, asset, price);
      expect(valueInUsd(most, asset, price, "down") <= limit).toBe(true);
      const step = asset.decimals > 6 ? 10n ** BigInt(asset.decimals - 6) : 1n;
      expect(valueInUsd(most + most / 1_000n + step, asset, price, "down") > limit).toBe(true);
    }
});
