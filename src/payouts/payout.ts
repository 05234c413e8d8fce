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
