import { divide, type Money } from "./money.ts";

/** What the platform keeps of a payment: basis points, and a fixed part where the payment settles in its asset. */
export interface FeeTerms {
  readonly bps: number;
  readonly fixed: Money | null;
}

/** A part of what settles, in ten-thousandths of it. */
export interface FeePart {
  readonly weightBps: number;
  /** Of this part; null or left out: as the terms say. */
  readonly feeBps?: number | null;
}

const whole: readonly FeePart[] = [{ weightBps: 10_000 }];

/**
 * The one fee function, used once per payment on every route. Rounds down, once for all parts, in favour of the payees,
 * and never takes more than there is.
 * @param parts their weights sum to 10,000.
 */
export function computeFee(settled: Money, terms: FeeTerms, parts: readonly FeePart[] = whole): bigint {
  const weighted = parts.reduce(
    (sum, { weightBps, feeBps }) => sum + BigInt(weightBps) * BigInt(feeBps ?? terms.bps),
    0n,
  );
  const percentage = divide(settled.amount * weighted, 100_000_000n, "down");
  const fixed = terms.fixed !== null && terms.fixed.asset === settled.asset ? terms.fixed.amount : 0n;
  const fee = percentage + fixed;
  return fee > settled.amount ? settled.amount : fee;
}
