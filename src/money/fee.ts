import { divide, type Money } from "./money.ts";

/** What the platform keeps of a payment: basis points, and a fixed part where the payment settles in its asset. */
export interface FeeTerms {
  readonly bps: number;
  readonly fixed: Money | null;
}

/**
 * The one fee function, used once per payment on every route. Rounds down, in favour of the payees,
 * and never takes more than there is.
 */
export function computeFee(settled: Money, terms: FeeTerms): bigint {
  const percentage = divide(settled.amount * BigInt(terms.bps), 10_000n, "down");
  const fixed = terms.fixed !== null && terms.fixed.asset === settled.asset ? terms.fixed.amount : 0n;
  const fee = percentage + fixed;
  return fee > settled.amount ? settled.amount : fee;
}
