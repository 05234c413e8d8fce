import { days, defineLife, hours, type StatusOf } from "../lifecycle/index.ts";
import type { SwapFlow } from "../providers/port.ts";
import { swapTasks } from "./tasks.ts";

/** "in_review" is left as soon as the provider or the chain settles the question. Past its deadline a funded one is followed all the same. */
export const swapLife = defineLife({
  thing: "swap",
  table: "swap",
  note: "in_review is shown to a person and followed all the same: whatever the provider or the chain says next may end it.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: swapTasks.advance,
  sweep: swapTasks.sweep,
  starts: ["quoted"],
  ends: ["delivered", "refunded", "expired", "rejected", "written_off"],
  statuses: {
    quoted: {
      means: "Planned. A quote is asked for and the exchange created.",
      next: ["created", "rejected", "in_review"],
      waits: { owner: "system", deadlineMs: days(1), nextAction: "ask for quotes and create the exchange" },
    },
    created: {
      means: "The provider has the exchange, checked against what we asked for.",
      next: ["funding", "expired"],
      waits: { owner: "system", deadlineMs: days(1), nextAction: "plan the transfer that funds it" },
    },
    funding: {
      means: "Our one transfer to its deposit address is planned or under way.",
      next: ["funded", "expired", "in_review"],
      waits: { owner: "system", deadlineMs: days(1), nextAction: "look how far its transfer is" },
    },
    funded: {
      means: "Our transfer is final; the provider has not said that it saw it.",
      next: ["exchanging", "on_hold", "delivered", "refunding", "refunded", "in_review"],
      waits: { owner: "provider", deadlineMs: days(1), nextAction: "ask the provider, then the chain" },
    },
    exchanging: {
      means: "The provider is at work.",
      next: ["on_hold", "delivered", "refunding", "refunded", "in_review"],
      waits: { owner: "provider", deadlineMs: days(1), nextAction: "ask the provider, then the chain" },
    },
    on_hold: {
      means: "The provider checks, or wants something from us.",
      next: ["exchanging", "delivered", "refunding", "refunded", "in_review"],
      waits: { owner: "provider", deadlineMs: days(1), nextAction: "ask the provider, then the chain" },
    },
    refunding: {
      means: "The provider says it refunded; our chain does not show it final.",
      next: ["delivered", "refunded", "in_review"],
      waits: { owner: "provider", deadlineMs: days(1), nextAction: "look for the refund on the chain" },
    },
    in_review: {
      means:
        "Expired or failed there after funding, past its deadline, or not what we asked for and therefore not funded.",
      // rejected: only unfunded; written_off: only funded, and by a person
      next: ["exchanging", "on_hold", "delivered", "refunding", "refunded", "rejected", "written_off"],
      waits: { owner: "operator", deadlineMs: hours(12), nextAction: "ask the provider, then the chain" },
    },
    delivered: {
      means: "A conversion's: seen final in our wallet. A payout's: reported with a hash.",
      next: [],
    },
    refunded: { means: "Seen back in our wallet; a shortfall is our variance.", next: [] },
    written_off: {
      means:
        "Given up by an operator after asking provider and chain; what was sent is our variance. A payout's is followed all the same.",
      next: [],
    },
    expired: { means: "Never funded, for certain.", next: [] },
    rejected: { means: "The provider refuses it, or we gave up before anything was created.", next: [] },
  },
});

export type SwapStatus = StatusOf<typeof swapLife>;

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
  | "deposit_mismatch"
  | "delivered_below_quote"
  | "refund_shortfall"
  | "written_off"
  | "lost_unproved"
  | "delivered_after_loss"
  | "refunded_after_loss"
  | "surplus_arrived";

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
  /** By what its provider says now that it delivered, in its chain's normal form, and when it was last asked and answered. */
  readonly told_hash: string | null;
  readonly told_at: Date | null;
  readonly delivered_amount: bigint | null;
  readonly payout_hash: string | null;
  readonly refund_hash: string | null;
  readonly refunded_amount: bigint | null;
  /** Of a swap that was written off: what was found of its target then or since, or what two persons said of it. */
  readonly loss_finding: "absent" | "cannot_tell" | "vouched" | "delivered" | null;
  /** The head of the target's chain just before it was funded; null: we do not read it. */
  readonly funded_at_target_block: bigint | null;
  readonly alerts: readonly SwapAlert[];
  readonly correlation_id: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly next_check_at: Date | null;
  readonly deadline_at: Date | null;
}

/** Those that ended. Whoever asked for the swap is told once, when it gets there. */
export const endedSwaps: ReadonlySet<SwapStatus> = new Set(swapLife.ends);
