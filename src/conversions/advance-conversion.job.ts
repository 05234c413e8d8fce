import { inTransaction, sql, type Tx } from "../database/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job, type JobContext } from "../jobs/index.ts";
import { accounts } from "../ledger/index.ts";
import { divide, valueInUsd, type Asset } from "../money/index.ts";
import type { SwapFlow } from "../providers/port.ts";
import {
  amountWorth,
  endedSwaps,
  leastTargetAmount,
  planSwap,
  swapLimits,
  swapsOf,
  type Swap,
  type SwapStatus,
} from "../swaps/index.ts";
import { findWallet } from "../transfers/index.ts";
import { conversionLife, type Conversion } from "./conversion.ts";
import type { ConversionDeps } from "./deps.ts";
import { conversionTasks } from "./tasks.ts";
import { distribute, keepConverted, release } from "./distribute.ts";

/** Does whatever a conversion needs next: its swap, one more swap, the distribution, or giving the claim back. */
export const advanceConversionJob = (deps: ConversionDeps): Job =>
  defineJob(conversionTasks.advance, {
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
interface Terms {
  readonly flow: SwapFlow;
  /** The most that one swap may take; null: no limit. */
  readonly max: bigint | null;
  leastOf(amount: bigint): bigint;
  usdMicrosOf(amount: bigint): bigint;
}

/** `terms` is null while there is no price, or no provider answers: a swap already under way goes on. */
interface Prepared {
  readonly terms: Terms | null;
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
  if (source.id === target.id) return { terms: null };
  try {
    return { terms: await termsOf(deps, { source, target }, signal) };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log.warn({ error, conversion_id: id }, "no price now; a swap already under way goes on");
    return { terms: null };
  }
}

async function termsOf(
  deps: ConversionDeps,
  { source, target }: { source: Asset; target: Asset },
  signal: AbortSignal,
): Promise<Terms | null> {
  const { flow, maximumSlippageBps } = await deps.readTrigger();
  const prices = await deps.prices.observe([source, target], signal);
  const sourcePrice = prices.get(source.id)?.usd;
  const targetPrice = prices.get(target.id)?.usd;
  const limits = await swapLimits(deps.swapProviders.values(), { source, target, flow }, signal);
  if (sourcePrice === undefined || targetPrice === undefined || limits.kind === "unknown") return null;
  const exposure = await deps.readExposureLimit();
  const room = exposure === null ? null : amountWorth(exposure, source, sourcePrice);
  return {
    flow,
    max: room === null || (limits.max !== null && limits.max < room) ? limits.max : room,
    leastOf: (amount) =>
      leastTargetAmount(
        { asset: source, amount, price: sourcePrice },
        { asset: target, price: targetPrice },
        maximumSlippageBps,
      ),
    usdMicrosOf: (amount) => valueInUsd(amount, source, sourcePrice, "down"),
  };
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
  const received = delivered.reduce((sum, swap) => sum + (swap.delivered_amount ?? 0n), 0n);
  if (remaining === 0n) {
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
  if (last && comesToNothing.has(last.status)) {
    const reason = last.waiting_reason ?? last.status;
    const step = { cause: { ...cause, note: reason }, now };
    deps.log.warn(
      { conversion_id: conversion.id, reason, released: remaining.toString() },
      "what was not converted is released: its earnings wait for the next conversion",
    );
    if (delivered.length === 0) return release(tx, conversion, step);
    const converted = await keepConverted(tx, conversion, remaining, step);
    return distribute(tx, converted, received, step);
  }
  const notBefore = earliestNextSwap(swaps);
  if (now < notBefore || !(await startSwap(deps, tx, conversion, { remaining, last, prepared, now }))) {
    const runAt = now < notBefore ? notBefore : new Date(now.getTime() + 60_000);
    await conversionLife.lookAgain(tx, conversion.id, runAt);
  }
}

/** How a swap ended when another one of the same would hardly do better, and what it was for is whole again. */
const comesToNothing: ReadonlySet<SwapStatus> = new Set(["rejected", "refunded", "written_off"]);

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
  if (!prepared.terms || !wallet || !receiving) return false;
  const { leastOf, usdMicrosOf, max, flow } = prepared.terms;
  const parts = max === null || remaining <= max ? 1n : divide(remaining, max, "up");
  const amount = divide(remaining, parts, "up");
  await planSwap(tx, {
    purpose: "conversion",
    purposeId: conversion.id,
    doneTask: conversionTasks.advance,
    flow,
    source: { asset: source.id, amount },
    sourceUsdMicros: usdMicrosOf(amount),
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
    await conversionLife.advance(tx, { id: conversion.id, from: "claimed", to: "swapping", cause, now });
  }
  return true;
}
