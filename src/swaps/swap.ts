import type { SwapFlow } from "../providers/port.ts";

/** Every legal step of a swap. "in_review" is left as soon as the provider or the chain settles the question. */
export const swapTransitions = {
  quoted: ["created", "rejected", "in_review"],
  created: ["funding", "expired"],
  funding: ["funded", "expired", "in_review"],
  funded: ["exchanging", "on_hold", "delivered", "refunding", "refunded", "in_review"],
  exchanging: ["on_hold", "delivered", "refunding", "refunded", "in_review"],
  on_hold: ["exchanging", "delivered", "refunding", "refunded", "in_review"],
  refunding: ["delivered", "refunded", "in_review"],
  // rejected: only unfunded; written_off: only funded, and by a person
  in_review: ["exchanging", "on_hold", "delivered", "refunding", "refunded", "rejected", "written_off"],
  delivered: [],
  refunded: [],
  written_off: [],
  expired: [],
  rejected: [],
} as const;

export type SwapStatus = keyof typeof swapTransitions;

/** What one provider offered when it was asked. Amounts are base units as text. */
export interface QuoteAsked {
  readonly provider: string;
  readonly target_amount: string | null;
  readonly withdrawal_fee: string | null;
  /** Why it was not taken; null: it was. */
  readonly problem: string | null;
}

/** What a person is told of a swap, each once: nothing waits for an answer. */
export type SwapAlert =
  "deposit_mismatch" | "delivered_below_quote" | "refund_shortfall" | "written_off" | "surplus_arrived";

/** One exchange at a swap provider, as stored. */
export interface Swap {
  readonly id: string;
  readonly purpose: "conversion" | "payout_attempt";
  readonly purpose_id: string;
  readonly seq: number;
  readonly done_task: string;
  /** Null until one is chosen. */
  readonly provider: string | null;
  readonly status: SwapStatus;
  readonly waiting_reason: string | null;
  readonly review_reason: string | null;
  readonly flow: SwapFlow;
  readonly source_asset: string;
  readonly source_amount: bigint;
  readonly source_usd_micros: bigint;
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
  readonly quotes: readonly QuoteAsked[] | null;
  readonly provider_fees: { deposit: string; withdrawal: string } | null;
  readonly transfer_id: string | null;
  /** What the provider says it received and sent. What we sent and what arrived are `source_amount`, `delivered_amount`. */
  readonly received_amount: bigint | null;
  readonly told_amount: bigint | null;
  readonly delivered_amount: bigint | null;
  readonly payout_hash: string | null;
  readonly refund_hash: string | null;
  readonly refunded_amount: bigint | null;
  readonly alerts: readonly SwapAlert[];
  readonly correlation_id: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly next_check_at: Date | null;
  readonly deadline_at: Date | null;
}

/** Those that ended. Whoever asked for the swap is told once, when it gets there. */
export const endedSwaps: ReadonlySet<SwapStatus> = new Set([
  "delivered",
  "refunded",
  "expired",
  "rejected",
  "written_off",
]);
