import { days, type Wait } from "../lifecycle/index.ts";

/** Earnings move in whole sets, by one SQL statement each, so these steps describe; the invariant checks hold them. */
export const earningTransitions = {
  pending: ["converting", "held", "reversed"],
  converting: ["available", "pending"],
  available: ["held", "reversed"],
  held: ["paid", "available", "pending"],
  paid: ["reversed"],
  reversed: [],
} as const;

export type EarningStatus = keyof typeof earningTransitions;

/**
 * Earnings have no check time of their own: a claimed or held one shares that of its conversion or payout, a pending one
 * is looked at by the conversion check. An available balance is at rest until it reaches the payee's threshold.
 */
export const earningWaits = {
  pending: {
    owner: "system",
    deadlineMs: days(30),
    nextAction: "conversion check, each interval of the trigger",
  },
  converting: { owner: "system", deadlineMs: days(2), nextAction: "that of its conversion" },
  held: { owner: "system", deadlineMs: days(1), nextAction: "that of its payout" },
} as const satisfies Partial<Record<EarningStatus, Wait>>;

/** Paid at once in the coin that came, or gathered, converted and paid from a threshold on. */
export type EarningRoute = "instant" | "threshold";

/** What a conversion divides its proceeds by: what each earning put in, or what that was worth when it settled. */
export type Weights = "source_amount" | "usd_value";

/** One payee's part of one payment, as stored. Amounts are base units. */
export interface Earning {
  readonly id: string;
  readonly payment_id: string;
  readonly payee_id: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly route: EarningRoute;
  readonly status: EarningStatus;
  readonly usd_micros: bigint | null;
  readonly conversion_id: string | null;
  readonly available_asset: string | null;
  readonly available_amount: bigint | null;
  readonly payout_id: string | null;
}
