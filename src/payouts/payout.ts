import { days, hours, type Wait } from "../lifecycle/index.ts";

/** Every legal step of a payout. */
export const payoutTransitions = {
  requested: ["approved"],
  approved: ["sending", "failed"],
  sending: ["sent", "approved", "failed", "in_review"],
  sent: ["completed", "approved", "in_review"],
  in_review: ["approved", "sent", "failed"],
  completed: [],
  failed: [],
} as const;

export type PayoutStatus = keyof typeof payoutTransitions;

/** What a payout waits for. An approved one past its deadline is given up, because nothing of it is on its way. */
export const payoutWaits = {
  requested: { owner: "operator", deadlineMs: days(1), nextAction: "none by itself: it waits for approval" },
  approved: { owner: "system", deadlineMs: days(1), nextAction: "find a route and start an attempt" },
  sending: { owner: "system", deadlineMs: days(1), nextAction: "look how far its transfer or swap is" },
  sent: { owner: "provider", deadlineMs: days(2), nextAction: "look how far its swap is" },
  in_review: { owner: "operator", deadlineMs: hours(12), nextAction: "look how far its transfer or swap is" },
} as const satisfies Partial<Record<PayoutStatus, Wait>>;

/** Every legal step of one try of a payout. Its next check and its deadline are those of its payout. */
export const payoutAttemptTransitions = {
  sending: ["succeeded", "failed"],
  succeeded: [],
  failed: [],
} as const;

export const payoutAttemptWaits = {
  sending: { owner: "system", deadlineMs: days(1), nextAction: "that of its payout" },
} as const satisfies Partial<Record<keyof typeof payoutAttemptTransitions, Wait>>;

/** A step of a payout sets when it is looked at again and when the recovery desk shows it; the end of it clears both. */
export function watchOf(
  to: PayoutStatus,
  now: Date,
): { next_check_at: Date | null; deadline_at: Date | null } {
  if (to === "completed" || to === "failed") return { next_check_at: null, deadline_at: null };
  return {
    next_check_at: new Date(now.getTime() + 5 * 60_000),
    deadline_at: new Date(now.getTime() + payoutWaits[to].deadlineMs),
  };
}
export type PayoutKind = "threshold" | "instant" | "operator";
export type PayoutRoute = "direct" | "swap";

export interface Payout {
  readonly id: string;
  readonly payee_id: string;
  readonly kind: PayoutKind;
  readonly asset: string;
  readonly amount: bigint;
  readonly destination_asset: string;
  readonly destination_address: string;
  readonly destination_memo: string | null;
  readonly route: PayoutRoute;
  readonly status: PayoutStatus;
  readonly review_reason: string | null;
  readonly requested_by: string;
  readonly delivered_amount: bigint | null;
  readonly transaction_hash: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly completed_at: Date | null;
  readonly deadline_at: Date | null;
}

export interface PayoutAttempt {
  readonly id: string;
  readonly payout_id: string;
  readonly seq: number;
  readonly route: PayoutRoute;
  readonly status: "sending" | "succeeded" | "failed";
  readonly outcome: string | null;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}
