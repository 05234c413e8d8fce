import { derivedId } from "../ids.ts";
import type { EarningRoute } from "./earning.ts";

/** One payee's part of a settled amount, above zero. */
export interface Share {
  readonly payeeId: string;
  readonly route: EarningRoute;
  readonly amount: bigint;
}

/**
 * The earnings of a payment as its booking writes them, pending: the SQL function `payment_settle` inserts those of the
 * payments that it settles, in the statement that settles them.
 */
export const settledEarnings = (paymentId: string, asset: string, shares: readonly Share[]) =>
  shares.map(({ payeeId, route, amount }) => ({
    id: derivedId("earning", paymentId, payeeId),
    payment_id: paymentId,
    payee_id: payeeId,
    asset,
    amount: amount.toString(),
    route,
  }));
