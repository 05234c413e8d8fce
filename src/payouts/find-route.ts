import { ProviderError } from "../errors.ts";
import type { Money } from "../money/index.ts";
import { leastTargetAmount } from "../swaps/index.ts";
import type { PayoutDeps } from "./deps.ts";

/** How a payout can go now, or why it cannot yet. */
export type FoundRoute =
  | { readonly kind: "direct" }
  /** `most`: what one swap may take; null: no limit. */
  | {
      readonly kind: "swap";
      readonly provider: string;
      readonly leastTargetAmount: bigint;
      readonly most: bigint | null;
    }
  | { readonly kind: "none"; readonly reason: string };

/**
 * Direct where asset and chain already match, otherwise a swap that delivers to the payee. Below the provider's minimum
 * there is no route yet: the balance goes on growing and the reason is kept.
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
    for (const provider of deps.swapProviders.values()) {
      if (!provider.knows({ source, target })) continue;
      const { min, max } = await provider.limits({ source, target, flow: "standard" }, signal);
      if (money.amount < min) return { kind: "none", reason: "below_provider_minimum" };
      const bps = await deps.readMaximumSlippageBps();
      const least = leastTargetAmount(
        { asset: source, amount: money.amount, price: sourcePrice },
        { asset: target, price: targetPrice },
        bps,
      );
      return { kind: "swap", provider: provider.name, leastTargetAmount: least, most: max };
    }
    return { kind: "none", reason: "no_swap_provider" };
  } catch (error) {
    if (error instanceof ProviderError) return { kind: "none", reason: `provider: ${error.reason}` };
    throw error;
  }
}
