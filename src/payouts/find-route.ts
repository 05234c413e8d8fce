import { ProviderError } from "../errors.ts";
import { divide, valueInUsd, type Money } from "../money/index.ts";
import { amountWorth, leastTargetAmount, swapLimits } from "../swaps/index.ts";
import type { PayoutDeps } from "./deps.ts";

/** How a payout can go now, or why it cannot yet. */
export type FoundRoute =
  | { readonly kind: "direct" }
  | {
      readonly kind: "swap";
      readonly leastTargetAmount: bigint;
      readonly sourceUsdMicros: bigint;
      /** What one swap may take at the providers; null: no limit. */
      readonly limit: bigint | null;
      /** What a payout planned now should not go beyond: the limit, and the room that the exposure setting leaves. */
      readonly most: bigint | null;
    }
  | { readonly kind: "none"; readonly reason: string };

/** Prices move between planning a payout and opening its swap: so much of the exposure limit is kept free for that. */
const roomForPricesBps = 500n;

/**
 * Direct where asset and chain already match, otherwise a swap that delivers to the payee; which provider makes it is
 * decided when it is opened. Below every provider's minimum there is no route yet: the balance goes on growing and the
 * reason is kept.
 */
export async function findRoute(
  deps: PayoutDeps,
  money: Money,
  destinationAsset: string,
  signal: AbortSignal,
): Promise<FoundRoute> {
  if (money.asset === destinationAsset) return { kind: "direct" };
  const source = deps.registry.get(money.asset);
  const target = deps.registry.get(destinationAsset);
  try {
    const prices = await deps.prices.observe([source, target], signal);
    const sourcePrice = prices.get(source.id)?.usd;
    const targetPrice = prices.get(target.id)?.usd;
    if (sourcePrice === undefined || targetPrice === undefined) return { kind: "none", reason: "no_price" };
    const limits = await swapLimits(
      deps.swapProviders.values(),
      { source, target, flow: "standard" },
      signal,
    );
    if (limits.kind === "unknown") return { kind: "none", reason: limits.reason };
    if (money.amount < limits.min) return { kind: "none", reason: "below_provider_minimum" };
    const least = leastTargetAmount(
      { asset: source, amount: money.amount, price: sourcePrice },
      { asset: target, price: targetPrice },
      await deps.readMaximumSlippageBps(),
    );
    const exposure = await deps.readExposureLimit();
    const room =
      exposure === null
        ? null
        : amountWorth(divide(exposure * (10_000n - roomForPricesBps), 10_000n, "down"), source, sourcePrice);
    return {
      kind: "swap",
      leastTargetAmount: least,
      sourceUsdMicros: valueInUsd(money.amount, source, sourcePrice, "down"),
      limit: limits.max,
      most: room === null || (limits.max !== null && limits.max < room) ? limits.max : room,
    };
  } catch (error) {
    if (error instanceof ProviderError) return { kind: "none", reason: `provider: ${error.reason}` };
    throw error;
  }
}
