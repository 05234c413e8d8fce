import { divide, valueInUsd, type Asset } from "../money/index.ts";

/**
 * The least of the target that a swap of this amount must bring: what the observed prices make of it, less the slippage
 * allowed, rounded up. A quote below it is a mistake of somebody's, and is not taken.
 */
export function leastTargetAmount(
  source: { asset: Asset; amount: bigint; price: string },
  target: { asset: Asset; price: string },
  maximumSlippageBps: number,
): bigint {
  // One whole target coin in USD with 18 further digits, so that cheap coins keep their precision.
  const precision = 10n ** 18n;
  const coin = valueInUsd(10n ** BigInt(target.asset.decimals) * precision, target.asset, target.price, "up");
  const value = valueInUsd(source.amount * precision, source.asset, source.price, "down");
  if (coin === 0n) return 0n;
  const fair = divide(value * 10n ** BigInt(target.asset.decimals), coin, "down");
  return divide(fair * BigInt(10_000 - maximumSlippageBps), 10_000n, "up");
}
