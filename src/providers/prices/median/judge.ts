import type { PriceObservation } from "../../port.ts";
import { isFresh } from "../freshness.ts";
import { averagePrice, priceText, readPrice } from "../price-units.ts";

export interface MedianLimits {
  /** A price older than this, by its source's own time, does not count; nor does one without a time. */
  readonly maxAgeMs: number;
  /** A price further than this from the median does not count. 100 is one per cent. */
  readonly maxDivergenceBps: number;
  /** With fewer that count, an asset has no price. */
  readonly leastSources: number;
}

/**
 * Why a source's word did not count. "unavailable": it did not answer, or answered no price. "jumps": nobody else lists
 * the asset, and it is too far from what the same source said before.
 */
export interface Rejection {
  readonly source: string;
  readonly reason: "stale" | "diverges" | "unavailable" | "jumps";
}

export interface Judgement {
  /** Null: too few agree, so nobody knows the price. */
  readonly agreed: { readonly usd: string; readonly parts: readonly PriceObservation[] } | null;
  readonly rejected: readonly Rejection[];
}

/** Whether two prices are within the limit of each other, measured by the smaller one. */
export function isNear(left: bigint, right: bigint, maxDivergenceBps: number): boolean {
  const [low, high] = left < right ? [left, right] : [right, left];
  return (high - low) * 10_000n <= low * BigInt(maxDivergenceBps);
}

/** The middle price two times, or the two middle ones. @param sorted at least one price, ascending */
function middlesOf(sorted: readonly bigint[]): [bigint, bigint] {
  const at = (index: number): bigint => sorted[index] ?? 0n;
  return [at((sorted.length - 1) >> 1), at(sorted.length >> 1)];
}

/**
 * What several sources' prices of one asset come to: their median, rounded down at 36 digits. With an even number the
 * two middle ones are averaged, and a price must be near both: so two that contradict each other leave none. The
 * median stands when a price is left out, because a second one, of the rest, is what a single liar could move. Beyond
 * `leastSources`, more than half of the fresh prices must agree.
 */
export function judge(parts: readonly PriceObservation[], now: Date, limits: MedianLimits): Judgement {
  const rejected: Rejection[] = [];
  const fresh: { readonly part: PriceObservation; readonly price: bigint }[] = [];
  for (const part of parts) {
    const price = readPrice(part.usd);
    if (price === null) rejected.push({ source: part.source, reason: "unavailable" });
    else if (!isFresh(part.sourceTime, now, limits.maxAgeMs))
      rejected.push({ source: part.source, reason: "stale" });
    else fresh.push({ part, price });
  }
  if (fresh.length === 0) return { agreed: null, rejected };
  const sorted = fresh.map(({ price }) => price).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const [low, high] = middlesOf(sorted);
  const agreeing: PriceObservation[] = [];
  for (const { part, price } of fresh) {
    if ([low, high].every((middle) => isNear(price, middle, limits.maxDivergenceBps))) agreeing.push(part);
    else rejected.push({ source: part.source, reason: "diverges" });
  }
  const isKnown = agreeing.length >= limits.leastSources && agreeing.length * 2 > fresh.length;
  return { agreed: isKnown ? { usd: priceText(averagePrice(low, high)), parts: agreeing } : null, rejected };
}
