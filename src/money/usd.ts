import { divide, formatUnits, parseProviderUnits, parseUnits, type Rounding } from "./money.ts";
import type { Asset } from "./registry.ts";

/** USD values are observations beside an amount, never instead of it. They are kept in millionths of a dollar. */
export const usdDecimals = 6;

export const parseUsd = (text: string): bigint => parseUnits(text, usdDecimals);
export const formatUsd = (micros: bigint): string => formatUnits(micros, usdDecimals);

/** Prices are kept with 18 digits, so that a coin worth a hundred-millionth of a cent still has a price. */
const priceDecimals = 18;

/** @param price USD for one whole coin, as the source's decimal text. */
export function valueInUsd(amount: bigint, asset: Asset, price: string, rounding: Rounding): bigint {
  const scaled = parseProviderUnits(price, priceDecimals, "down");
  return divide(amount * scaled, 10n ** BigInt(asset.decimals + priceDecimals - usdDecimals), rounding);
}

/**
 * So much of one asset as an amount of another is worth at these prices in USD, base units.
 * @returns null: `to` has no price that is more than zero.
 */
export function amountAtPrices(
  from: { readonly amount: bigint; readonly asset: Asset; readonly price: string },
  to: { readonly asset: Asset; readonly price: string },
  rounding: Rounding,
): bigint | null {
  const [had, wanted] = [from, to].map(({ price }) => parseProviderUnits(price, priceDecimals, "down"));
  if (wanted! <= 0n) return null;
  return divide(
    from.amount * had! * 10n ** BigInt(to.asset.decimals),
    wanted! * 10n ** BigInt(from.asset.decimals),
    rounding,
  );
}
