import { divide, formatUnits, parseProviderUnits } from "../../money/index.ts";
import { decimalSchema, isPositive } from "../decimal.ts";

/** Prices are reckoned with in units of 10⁻³⁶: finer than any source tells, and a comparison is exact. */
const priceDecimals = 36;
const one = 10n ** BigInt(priceDecimals);
/** A coin worth more than everything there is has no price but an error. */
const largestPrice = one * 10n ** 18n;

/** A price's decimal text in units of 10⁻³⁶, digits beyond cut off; null: it is no price, or rounds to none. */
export function readPrice(text: string): bigint | null {
  if (!decimalSchema.safeParse(text).success || !isPositive(text)) return null;
  const units = parseProviderUnits(text, priceDecimals, "down");
  return units > 0n && units <= largestPrice ? units : null;
}

/** Plain decimal text, without exponent. */
export const priceText = (units: bigint): string => formatUnits(units, priceDecimals);

/** A price in one currency times that currency's price, rounded down to 10⁻³⁶. */
export const multiplyPrices = (price: bigint, currency: bigint): bigint =>
  divide(price * currency, one, "down");

/** The middle of two prices, rounded down to 10⁻³⁶. */
export const averagePrice = (low: bigint, high: bigint): bigint => divide(low + high, 2n, "down");
