import {
  divide,
  formatUnits,
  InvalidAmount,
  parseProviderUnits,
  parseUnits,
  type Rounding,
} from "../src/money/index.ts";

/** The emulated services know eight digits of every coin. Their amounts are kept as whole numbers of 10⁻⁸ coins. */
export const wireDecimals = 8;

/** A number or decimal text off the wire; digits beyond the eighth are cut off. Null: it is no amount above zero. */
export function readWireAmount(value: unknown): bigint | null {
  if (typeof value !== "number" && typeof value !== "string") return null;
  try {
    const units = parseProviderUnits(String(value), wireDecimals, "down");
    return units > 0n ? units : null;
  } catch (error) {
    if (error instanceof InvalidAmount) return null;
    throw error;
  }
}

/** Their JSON holds numbers. Eight digits of any amount we meet survive the way through a double. */
export const toWireNumber = (units: bigint): number => parseFloat(formatUnits(units, wireDecimals));

/** Cuts what a coin of fewer digits cannot hold. */
export function quantize(units: bigint, coinDecimals: number, rounding: Rounding): bigint {
  if (coinDecimals >= wireDecimals) return units;
  const step = 10n ** BigInt(wireDecimals - coinDecimals);
  return divide(units, step, rounding) * step;
}

/** Exact for a quantized amount. */
export function toBaseUnits(units: bigint, coinDecimals: number): bigint {
  const shift = BigInt(coinDecimals - wireDecimals);
  return shift >= 0n ? units * 10n ** shift : units / 10n ** -shift;
}

/** Cuts digits beyond the eighth. */
export function fromBaseUnits(amount: bigint, coinDecimals: number): bigint {
  const shift = BigInt(coinDecimals - wireDecimals);
  return shift >= 0n ? amount / 10n ** shift : amount * 10n ** -shift;
}

const priceDecimals = 18;
export const parsePrice = (usd: string): bigint => parseUnits(usd, priceDecimals);

/** Values one coin in another by their prices in USD. */
export function convertByPrice(
  units: bigint,
  price: { from: string; to: string },
  rounding: Rounding,
): bigint {
  return divide(units * parsePrice(price.from), parsePrice(price.to), rounding);
}

/** "0.6" of an amount. */
export function part(units: bigint, fraction: string): bigint {
  return divide(units * parsePrice(fraction), 10n ** BigInt(priceDecimals), "down");
}

export const withoutBps = (units: bigint, bps: number): bigint =>
  divide(units * BigInt(10_000 - bps), 10_000n, "down");
