import { sql } from "../database/index.ts";
import { pendingAssets, type PendingAsset } from "../earnings/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { formatUsd, valueInUsd, type Asset } from "../money/index.ts";
import type { PriceObservation } from "../providers/port.ts";
import { swapLimits } from "../swaps/index.ts";
import { findWallet } from "../transfers/index.ts";
import { claimConversion } from "./claim-conversion.ts";
import type { Conversion, ConversionTrigger } from "./conversion.ts";
import type { ConversionDeps } from "./deps.ts";
import { recordObservation } from "./price-observation.ts";
import { conversionTasks } from "./tasks.ts";

/** What one check came to for one asset. */
export interface CheckResult {
  readonly asset: string;
  readonly pendingAmount: bigint;
  readonly pendingUsdMicros: bigint | null;
  readonly decision: "converted" | "waiting";
  readonly reason: string;
  readonly conversionId: string | null;
}

/** Looks at what has gathered, once an interval, and starts a conversion where the trigger says so. */
export const checkConversionsJob = (deps: ConversionDeps): Job =>
  defineJob(conversionTasks.check, {
    async run(_payload, { signal }) {
      if (await intervalPassed(deps)) await checkConversions(deps, signal);
    },
  });

/** The schedule ticks more often than the interval, so that a changed interval needs no restart. */
async function intervalPassed(deps: ConversionDeps): Promise<boolean> {
  const { intervalMs } = await deps.readTrigger();
  const { rows } = await sql<{
    last: Date | null;
  }>`select max(checked_at) as last from conversion_check`.execute(deps.db);
  const period = (at: Date): number => Math.floor(at.getTime() / intervalMs);
  const last = rows[0]?.last ?? null;
  return last === null || period(deps.clock.now()) > period(last);
}

/** @param force converts whatever may be converted, whatever the trigger says: an operator's command. */
export async function checkConversions(
  deps: ConversionDeps,
  signal: AbortSignal,
  force = false,
): Promise<CheckResult[]> {
  const trigger = await deps.readTrigger();
  const target = deps.registry.get(await deps.readSettlementAsset());
  const results: CheckResult[] = [];
  for (const pending of await pendingAssets(deps.db, trigger.weights)) {
    const check = new AssetCheck(deps, {
      trigger,
      target,
      source: deps.registry.get(pending.asset),
      pending,
      force,
    });
    results.push(await check.run(signal));
  }
  return results;
}

interface CheckInput {
  readonly trigger: ConversionTrigger;
  readonly target: Asset;
  readonly source: Asset;
  readonly pending: PendingAsset;
  readonly force: boolean;
}

/** One asset's check: each step may end it with a reason, and the reason is stored. */
class AssetCheck {
  private readonly deps: ConversionDeps;
  private readonly input: CheckInput;

  constructor(deps: ConversionDeps, input: CheckInput) {
    this.deps = deps;
    this.input = input;
  }

  async run(signal: AbortSignal): Promise<CheckResult> {
    const { source, target } = this.input;
    const prices = await this.deps.prices.observe([source, target], signal).catch((error: unknown) => {
      if (error instanceof ProviderError) return new Map<string, PriceObservation>();
      throw error;
    });
    const sourcePrice = prices.get(source.id);
    const targetPrice = prices.get(target.id);
    if (!sourcePrice || !targetPrice) return this.end("waiting", "no_price", null);
    const observationId = await recordObservation(this.deps.db, sourcePrice);
    const usd = valueInUsd(this.input.pending.amount, source, sourcePrice.usd, "down");
    const due = this.dueReason(usd);
    if (due === null) return this.end("waiting", "below_trigger", { usd, observationId });
    const obstacle = source.id === target.id ? null : await this.obstacle(signal);
    if (obstacle !== null) return this.end("waiting", obstacle, { usd, observationId });
    return this.claim(due, { usd, observationId });
  }

  /** Which part of the trigger fires, or null. */
  private dueReason(usd: bigint): string | null {
    const { trigger, pending, force } = this.input;
    if (force) return "asked by an operator";
    if (usd >= trigger.minimumUsdMicros)
      return `pending value reached ${formatUsd(trigger.minimumUsdMicros)} USD`;
    const age = this.deps.clock.now().getTime() - pending.oldest_at.getTime();
    return age >= trigger.maximumAgeMs ? "oldest earning reached the maximum age" : null;
  }

  /** Why no swap can be made of it now, or null. */
  private async obstacle(signal: AbortSignal): Promise<string | null> {
    const { source, target, pending, trigger } = this.input;
    if ((await findWallet(this.deps.db, target.chain)) === null) return "no_wallet_for_settlement_asset";
    const pair = { source, target, flow: trigger.flow };
    const limits = await swapLimits(this.deps.swapProviders.values(), pair, signal);
    if (limits.kind === "unknown") return limits.reason;
    return pending.amount < limits.min ? "below_provider_minimum" : null;
  }

  private async claim(due: string, found: { usd: bigint; observationId: string }): Promise<CheckResult> {
    const { source, target, trigger } = this.input;
    const conversion: Conversion | null = await claimConversion(this.deps, {
      source,
      target,
      trigger,
      reason: due,
      observationId: found.observationId,
    });
    return conversion === null
      ? this.end("waiting", "conversion_under_way", found)
      : this.end("converted", due, found, conversion);
  }

  private async end(
    decision: CheckResult["decision"],
    reason: string,
    seen: { usd: bigint; observationId: string } | null,
    conversion: Conversion | null = null,
  ): Promise<CheckResult> {
    const { pending } = this.input;
    const conversionId = conversion?.id ?? null;
    await sql`
      insert into conversion_check (asset, checked_at, pending_amount, pending_usd_micros, oldest_at, decision, reason,
        price_observation_id, conversion_id)
      values (${pending.asset}, ${this.deps.clock.now()}, ${conversion?.source_amount ?? pending.amount}, ${seen?.usd ?? null},
        ${pending.oldest_at}, ${decision}, ${reason}, ${seen?.observationId ?? null}, ${conversionId})`.execute(
      this.deps.db,
    );
    this.deps.log.info(
      { asset: pending.asset, decision, reason, conversion_id: conversionId },
      "conversion check",
    );
    return {
      asset: pending.asset,
      pendingAmount: conversion?.source_amount ?? pending.amount,
      pendingUsdMicros: seen?.usd ?? null,
      decision,
      reason,
      conversionId,
    };
  }
}
