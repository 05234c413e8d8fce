import type { SwapFlow } from "../providers/port.ts";

/** Every legal step of a swap. "in_review" is left as soon as the provider or the chain settles the question. */
export const swapTransitions = {
  quoted: ["created", "rejected", "in_review"],
  created: ["funding", "expired"],
  funding: ["funded", "expired", "in_review"],
  funded: ["exchanging", "on_hold", "delivered", "refunding", "refunded", "in_review"],
  exchanging: ["on_hold", "delivered", "refunding", "refunded", "in_review"],
  on_hold: ["exchanging", "delivered", "refunding", "refunded", "in_review"],
  refunding: ["refunded", "in_review"],
  in_review: ["exchanging", "on_hold", "delivered", "refunding", "refunded", "rejected"], // rejected: only unfunded
  delivered: [],
  refunded: [],
  expired: [],
  rejected: [],
} as const;

export type SwapStatus = keyof typeof swapTransitions;

/** One exchange at a swap provider, as stored. */
export interface Swap {
  readonly id: string;
  readonly purpose: "conversion" | "payout_attempt";
  readonly purpose_id: string;
  readonly seq: number;
  readonly done_task: string;
  readonly provider: string;
  readonly status: SwapStatus;
  readonly waiting_reason: string | null;
  readonly review_reason: string | null;
  readonly flow: SwapFlow;
  readonly source_asset: string;
  readonly source_amount: bigint;
  readonly target_asset: string;
  readonly target_address: string;
  readonly target_memo: string | null;
  readonly source_account: string;
  readonly refund_address: string;
  readonly provider_id: string | null;
  readonly provider_status: string | null;
  readonly payin_address: string | null;
  readonly payin_memo: string | null;
  readonly rate_id: string | null;
  readonly valid_until: Date | null;
  readonly least_target_amount: bigint;
  readonly quoted_target_amount: bigint | null;
  readonly quoted_at: Date | null;
  readonly provider_fees: { deposit: string; withdrawal: string } | null;
  readonly transfer_id: string | null;
  readonly delivered_amount: bigint | null;
  readonly payout_hash: string | null;
  readonly refund_hash: string | null;
  readonly refunded_amount: bigint | null;
  readonly correlation_id: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly next_check_at: Date | null;
  readonly deadline_at: Date | null;
}

/** Those that ended. Whoever asked for the swap is told once, when it gets there. */
export const endedSwaps: ReadonlySet<SwapStatus> = new Set(["delivered", "refunded", "expired", "rejected"]);
