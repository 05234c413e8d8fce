import { z } from "zod";
import { advanceStatus, inTransaction, sql, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, enqueue, type Job, type JobContext } from "../jobs/index.ts";
import { accounts } from "../ledger/index.ts";
import { divide, type Asset } from "../money/index.ts";
import type { SwapProvider } from "../providers/port.ts";
import { endedSwaps, leastTargetAmount, planSwap, swapsOf, type Swap } from "../swaps/index.ts";
import { findWallet } from "../transfers/index.ts";
import type { Conversion } from "./conversion.ts";
import type { ConversionDeps } from "./deps.ts";
import { distribute, release } from "./distribute.ts";

/** Does whatever a conversion needs next: its swap, one more swap, the distribution, or giving the claim back. */
export const advanceConversionJob = (deps: ConversionDeps): Job =>
  defineJob({
    name: "conversions.advance",
    payload: z.object({ id: z.uuid() }),
    timeoutMs: 300_000,
    async run({ id }, context) {
      const prepared = await prepare(deps, id, context);
      if (prepared === null) return;
      await inTransaction(deps.db, async (tx) => {
        const conversion = await lockConversion(tx, id);
        if (conversion && isLive(conversion)) await advance(deps, tx, conversion, prepared);
      });
    },
  });

const isLive = (conversion: Conversion): boolean =>
  conversion.status === "claimed" || conversion.status === "swapping";

async function lockConversion(tx: Tx, id: string): Promise<Conversion | null> {
  const { rows } = await sql<Conversion>`select * from conversion where id = ${id} for update`.execute(tx);
  return rows[0] ?? null;
}

/** What a new swap would need from the outside world, asked before any transaction is open. */
interface Prepared {
  readonly provider: SwapProvider | null;
  readonly max: bigint | null;
  readonly leastOf: ((amount: bigint) => bigint) | null;
  readonly flow: "standard" | "fixed-rate";
}

async function prepare(
  deps: ConversionDeps,
  id: string,
  { signal, log }: JobContext,
): Promise<Prepared | null> {
  const { rows } = await sql<Conversion>`select * from conversion where id = ${id}`.execute(deps.db);
  const conversion = rows[0];
  if (!conversion || !isLive(conversion)) return null;
  const source = deps.registry.get(conversion.source_asset);
  const target = deps.registry.get(conversion.target_asset);
  const { flow, maximumSlippageBps } = await deps.readTrigger();
  if (source.id === target.id) return { provider: null, max: null, leastOf: null, flow };
  try {
    const prices = await deps.prices.observe([source, target], signal);
    const sourcePrice = prices.get(source.id)?.usd;
    const targetPrice = prices.get(target.id)?.usd;
    const found = await findProvider(deps, { source, target, flow }, signal);
    const leastOf =
      sourcePrice === undefined || targetPrice === undefined
        ? null
        : (amount: bigint) =>
            leastTargetAmount(
              { asset: source, amount, price: sourcePrice },
              { asset: target, price: targetPrice },
              maximumSlippageBps,
            );
    return { provider: found?.provider ?? null, max: found?.max ?? null, leastOf, flow };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log.warn({ error, conversion_id: id }, "no price or provider now; a swap already under way goes on");
    return { provider: null, max: null, leastOf: null, flow };
  }
}

async function findProvider(
  deps: ConversionDeps,
  pair: { source: Asset; target: Asset; flow: "standard" | "fixed-rate" },
  signal: AbortSignal,
): Promise<{ provider: SwapProvider; max: bigint | null } | null> {
  for (const provider of deps.swapProviders.values())
    if (provider.knows(pair)) return { provider, max: (await provider.limits(pair, signal)).max };
  return null;
}

async function advance(
  deps: ConversionDeps,
  tx: Tx,
  conversion: Conversion,
  prepared: Prepared,
): Promise<void> {
  const now = deps.clock.now();
  const cause = { kind: "job", ref: "conversions.advance" } as const;
  if (conversion.source_asset === conversion.target_asset)
    return distribute(tx, conversion, conversion.source_amount, { cause, now });
  const swaps = await swapsOf(tx, "conversion", conversion.id);
  if (swaps.some((swap) => !endedSwaps.has(swap.status))) return;
  const delivered = swaps.filter((swap) => swap.status === "delivered");
  const remaining = conversion.source_amount - delivered.reduce((sum, swap) => sum + swap.source_amount, 0n);
  if (remaining === 0n) {
    const received = delivered.reduce((sum, swap) => sum + (swap.delivered_amount ?? 0n), 0n);
    await distribute(tx, conversion, received, {
      cause: { ...cause, note: `${delivered.length} swap(s) delivered` },
      now,
    });
    deps.log.info(
      { conversion_id: conversion.id, correlation_id: conversion.id, received: received.toString() },
      "conversion distributed",
    );
    return;
  }
  const last = swaps.at(-1);
  if (delivered.length === 0 && (last?.status === "rejected" || last?.status === "refunded")) {
    deps.log.warn(
      { conversion_id: conversion.id, reason: last.waiting_reason ?? last.status },
      "conversion released: its earnings wait for the next one",
    );
    return release(tx, conversion, { cause: { ...cause, note: last.waiting_reason ?? last.status }, now });
  }
  const notBefore = earliestNextSwap(swaps);
  if (now < notBefore || !(await startSwap(deps, tx, conversion, { remaining, last, prepared, now }))) {
    const runAt = now < notBefore ? notBefore : new Date(now.getTime() + 60_000);
    await sql`update conversion set next_check_at = ${new Date(runAt.getTime() + 60_000)} where id = ${conversion.id}`.execute(
      tx,
    );
    await enqueue(
      tx,
      "conversions.advance",
      { id: conversion.id },
      { runAt, key: `conversions.advance:${conversion.id}` },
    );
  }
}

/** Each swap in a row that came to nothing makes the next one wait longer, half an hour at most: some cost us gas. */
function earliestNextSwap(swaps: readonly Swap[]): Date {
  const failed = swaps.length - 1 - swaps.findLastIndex((swap) => swap.status === "delivered");
  const last = swaps.at(-1);
  if (failed === 0 || !last) return new Date(0);
  return new Date(last.updated_at.getTime() + Math.min(failed, 30) * 60_000);
}

/** Plans the next swap: all that remains, or equal parts of it where the provider's maximum is lower. */
async function startSwap(
  deps: ConversionDeps,
  tx: Tx,
  conversion: Conversion,
  {
    remaining,
    last,
    prepared,
    now,
  }: { remaining: bigint; last: Swap | undefined; prepared: Prepared; now: Date },
): Promise<boolean> {
  const source = deps.registry.get(conversion.source_asset);
  const target = deps.registry.get(conversion.target_asset);
  const wallet = await findWallet(tx, source.chain);
  const receiving = await findWallet(tx, target.chain);
  const { provider, leastOf, max, flow } = prepared;
  if (!provider || !leastOf || !wallet || !receiving) return false;
  const parts = max === null || remaining <= max ? 1n : divide(remaining, max, "up");
  const amount = divide(remaining, parts, "up");
  await planSwap(tx, {
    purpose: "conversion",
    purposeId: conversion.id,
    doneTask: "conversions.advance",
    provider: provider.name,
    flow,
    source: { asset: source.id, amount },
    targetAsset: target.id,
    targetAddress: receiving.address,
    targetMemo: null,
    leastTargetAmount: leastOf(amount),
    sourceAccount: accounts.conversion(conversion.id),
    refundAddress: wallet.address,
    correlationId: conversion.id,
    now,
  });
  if (conversion.status === "claimed") {
    const cause = {
      kind: "job",
      ref: "conversions.advance",
      note: last ? `swap ${last.seq + 1}` : "first swap",
    } as const;
    await advanceStatus(tx, {
      thing: "conversion",
      id: conversion.id,
      from: "claimed",
      to: "swapping",
      cause,
      now,
    });
  }
  return true;
}

/** Wakes conversions whose check time passed. */
export const sweepConversionsJob = (deps: ConversionDeps): Job =>
  defineJob({
    name: "conversions.sweep",
    payload: z.object({}).loose(),
    run: () =>
      inTransaction(deps.db, async (tx) => {
        const now = deps.clock.now();
        const { rows } = await sql<{ id: string }>`
          update conversion set next_check_at = ${new Date(now.getTime() + 10 * 60_000)}
          where id in (select id from conversion where next_check_at <= ${now} order by next_check_at limit 100 for update skip locked)
          returning id`.execute(tx);
        for (const { id } of rows)
          await enqueue(tx, "conversions.advance", { id }, { key: `conversions.advance:${id}` });
      }),
  });
