import { days, defineLife, type StatusOf } from "../lifecycle/index.ts";

/**
 * Earnings move by the thousand, in one SQL statement a set; the invariant checks compare their sums with the accounts.
 * They have no check time of their own: a claimed or held one shares that of its conversion or payout, a pending one is
 * looked at by the conversion check. An available balance is at rest until it reaches the payee's threshold.
 */
export const earningLife = defineLife({
  thing: "earning",
  table: "earning",
  note: "One payee's part of one payment. Steps are described here, not enforced by a table in code; the invariant checks compare the sums with the accounts.",
  keeps: [],
  starts: ["pending"],
  ends: [],
  statuses: {
    pending: {
      means: "Owed in the asset received. Waits for its coins to be in our wallet, then for a conversion.",
      next: ["converting", "available", "held", "paid", "reversed"], // sold by hand, it is available at once
      waits: {
        owner: "system",
        deadlineMs: days(30),
        nextAction: "conversion check, each interval of the trigger",
      },
    },
    converting: {
      means: "Claimed by a conversion under way.",
      next: ["available", "pending"],
      waits: { owner: "system", deadlineMs: days(2), nextAction: "that of its conversion" },
    },
    available: { means: "Payable, in the settlement asset.", next: ["held", "paid", "reversed"] },
    held: {
      means: "Part of a payout under way.",
      next: ["paid", "available", "pending"],
      waits: { owner: "system", deadlineMs: days(1), nextAction: "that of its payout" },
    },
    paid: {
      means: "Paid out, or kept for what the payee owed back. A refund of its payment makes it recoverable.",
      next: ["reversed"],
    },
    reversed: {
      means: "Taken back, because its payment was refunded, or this part of it.",
      next: ["pending", "available"], // the refund was not sent after all
    },
  },
});

export type EarningStatus = StatusOf<typeof earningLife>;

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
  /** Its payment was refunded while a conversion or payout had it, or a refund of ours has it. */
  readonly refunded_at: Date | null;
  /** Our refund that it is a part of. */
  readonly refund_id: string | null;
  readonly refund_stage: "reserved" | "set_aside" | "sent" | null;
  /** What the payee owed back and this was kept for. */
  readonly collected_for: string | null;
}
