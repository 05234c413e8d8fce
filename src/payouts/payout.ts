import { days, defineLife, hours, minutes, type StatusOf } from "../lifecycle/index.ts";
import type { Destination } from "../payees/index.ts";
import { payoutTasks } from "./tasks.ts";

/** A payout is looked at this long after each step, unless something tells of it before. */
const firstLookMs = minutes(5);

/** An approved one past its deadline is given up, because nothing of it is on its way. */
export const payoutLife = defineLife({
  thing: "payout",
  table: "payout",
  note: "Nothing is asked or done outside for one that is not approved, but for quotes. What it may do is bound by its authorisation.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: payoutTasks.advance,
  sweep: payoutTasks.sweep,
  starts: ["requested"],
  ends: ["completed", "failed", "rejected", "cancelled"],
  statuses: {
    requested: {
      means: "Earnings are held for it; it has no way yet.",
      next: ["awaiting_approval", "approved", "rejected", "cancelled", "failed"],
      waits: { owner: "system", deadlineMs: days(1), nextAction: "find a way and ask the policy" },
      firstLookMs,
    },
    awaiting_approval: {
      means: "Somebody must approve its terms. Nothing is done for it outside.",
      next: ["approved", "rejected", "cancelled", "sent"], // sent: an attempt from before reached the payee after all
      waits: { owner: "operator", deadlineMs: days(1), nextAction: "approve or reject it" },
      firstLookMs: hours(1),
    },
    approved: {
      means: "May leave; its next attempt starts as soon as it has a route.",
      // sent: one that was given up reached the payee after all; in_review: it may
      next: [
        "sending",
        "outside",
        "sent",
        "failed",
        "awaiting_approval",
        "rejected",
        "cancelled",
        "in_review",
      ],
      waits: { owner: "system", deadlineMs: days(1), nextAction: "find a route and start an attempt" },
      firstLookMs,
    },
    outside: {
      means:
        "An operator pays it elsewhere; the engine sends nothing. It completes with a proof: the chain's, or two persons' word.",
      next: ["sent", "approved"], // approved: given back to the engine
      waits: {
        owner: "operator",
        deadlineMs: days(3),
        nextAction: "pay it, record the proof, or give it back to the engine",
      },
      firstLookMs,
    },
    sending: {
      means: "An attempt is under way.",
      next: ["sent", "approved", "outside", "failed", "in_review"], // outside: nothing was signed for its attempt
      waits: { owner: "system", deadlineMs: days(1), nextAction: "look how far its transfer or swap is" },
      firstLookMs,
    },
    sent: {
      means: "By swap: our coins are at the provider, the payee's are not there yet.",
      next: ["completed", "approved", "in_review"],
      waits: { owner: "provider", deadlineMs: days(2), nextAction: "look how far its swap is" },
      firstLookMs,
    },
    in_review: {
      means:
        "The transfer reverted, the attempts are used up, or its transfer or swap is in review. The hold stays.",
      next: ["in_review", "approved", "outside", "sent", "failed"], // again: for another reason
      waits: { owner: "operator", deadlineMs: hours(12), nextAction: "look how far its transfer or swap is" },
      firstLookMs,
    },
    completed: { means: "The payee has it; the hash is kept.", next: [] },
    failed: { means: "Nothing left us, for certain; the balance is the payee's again.", next: [] },
    rejected: {
      means: "Somebody, or a limit of the policy, refused it; the balance is the payee's again.",
      next: [],
    },
    cancelled: { means: "Taken back before anything was done for it.", next: [] },
  },
});

export type PayoutStatus = StatusOf<typeof payoutLife>;

/** Its next check and its deadline are those of its payout. */
export const payoutAttemptLife = defineLife({
  thing: "payout_attempt",
  table: "payout_attempt",
  note: "One try of a payout by one route. At most one is live per payout; a unique index says so.",
  keeps: [],
  starts: ["sending"],
  ends: ["succeeded"],
  statuses: {
    sending: {
      means: "Its transfer or swap is under way.",
      next: ["succeeded", "failed"],
      waits: { owner: "system", deadlineMs: days(1), nextAction: "that of its payout" },
    },
    succeeded: { means: "It reached the payee.", next: [] },
    failed: {
      means: "It did not, for certain or by two persons' word; outcome says why.",
      next: ["succeeded"], // a swap that was written off delivered after all
    },
  },
});

/** Who asked: the payee's threshold, each payment at once, an operator, or the payee. */
export const payoutKinds = ["threshold", "instant", "operator", "withdrawal"] as const;
export type PayoutKind = (typeof payoutKinds)[number];
/** How the engine pays. */
export type PayoutRoute = "direct" | "swap" | "bank";
/** How one attempt reaches the payee: "outside" is an operator who pays elsewhere, with money that is not in our wallets. */
export type AttemptRoute = PayoutRoute | "outside";

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
  /** Of one that was rejected, cancelled or failed: why. */
  readonly end_reason: string | null;
  /** What it was worth when its way was planned; null: not planned, or no price. */
  readonly usd_micros: bigint | null;
  /** Base units of the destination asset: no way that brings less is taken. Null: not planned. */
  readonly least_net: bigint | null;
  /** The most that its way may cost, of its value; null: not planned. */
  readonly greatest_fee_bps: number | null;
  readonly requested_by: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly delivered_amount: bigint | null;
  readonly transaction_hash: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly completed_at: Date | null;
  readonly deadline_at: Date | null;
}

/** Where it goes. */
export const destinationOf = (payout: Payout): Destination => ({
  asset: payout.destination_asset,
  address: payout.destination_address,
  memo: payout.destination_memo,
});

export interface PayoutAttempt {
  readonly id: string;
  readonly payout_id: string;
  readonly seq: number;
  readonly route: AttemptRoute;
  readonly status: StatusOf<typeof payoutAttemptLife>;
  readonly outcome: string | null;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}
