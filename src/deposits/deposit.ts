import { days, defineLife, hours, type StatusOf } from "../lifecycle/index.ts";
import { depositTasks } from "./tasks.ts";

/**
 * Each status but "refunded" can be taken back by the chain until the deposit is final; one that comes again after that
 * starts anew.
 */
export const depositLife = defineLife({
  thing: "deposit",
  table: "deposit",
  note: "One transfer to an address of ours on a chain, under (chain, transaction hash, index). Until it is final, the chain may take it back; then whatever was booked of it is taken back too.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  sweep: depositTasks.sweep,
  starts: ["confirming"],
  ends: [],
  statuses: {
    confirming: {
      means: "In a block, not deep enough yet for its value; or no source tells its price.",
      next: ["credited", "in_review", "ignored", "reversed"],
      waits: { owner: "provider", deadlineMs: hours(6), nextAction: "read it from the chain" },
    },
    credited: {
      means: "Booked for its order: as a payment, as surplus, or both.",
      next: ["reversed", "ignored"], // ignored: two persons gave it to somebody else
      waits: {
        owner: "provider",
        deadlineMs: hours(6),
        nextAction: "read it from the chain, until it is final",
      },
    },
    in_review: {
      means:
        "Its coins are in suspense, and a person must decide: no order, another asset or chain, too old, late.",
      next: ["credited", "refunded", "reversed", "ignored"],
      waits: {
        owner: "operator",
        deadlineMs: days(3),
        nextAction: "read it from the chain, until it is final",
      },
    },
    ignored: {
      means: "Dust, coins that we moved ourselves, or coins that two persons gave to somebody else.",
      next: ["reversed", "ignored", "in_review"], // in_review: on its way to another order
    },
    reversed: {
      means: "A reorganisation took it. Should it come again, it starts anew.",
      next: ["confirming"],
      firstLookMs: 0, // it may come again, or never have been gone
    },
    refunded: {
      means: "Decided to go back to the payer. Its refund says whether they have it.",
      next: ["in_review"], // it could not be sent
    },
  },
  resting: "status = 'credited' and final",
});

export type DepositStatus = StatusOf<typeof depositLife>;

export const claimLife = defineLife({
  thing: "payment_claim",
  table: "payment_claim",
  note: "A payer's word that they paid, with a hash. Only what is final on the chain disproves it.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: depositTasks.checkClaim,
  sweep: depositTasks.sweep,
  starts: ["waiting"],
  ends: [],
  statuses: {
    waiting: {
      means: "Not found yet, not confirmed yet, or the chain cannot be read now.",
      next: ["accepted", "in_review", "rejected"],
      waits: { owner: "payer", deadlineMs: days(2), nextAction: "read the transaction from the chain" },
      firstLookMs: 0,
    },
    in_review: {
      means: "Its deposit is in review, or nobody can prove what the transaction moved.",
      next: ["accepted", "rejected", "waiting"],
      waits: { owner: "operator", deadlineMs: days(3), nextAction: "see what became of its deposit" },
      firstLookMs: 0,
    },
    rejected: {
      means: "The chain disproves it, with a reason; it may be told again.",
      next: ["waiting", "accepted", "in_review"],
    },
    accepted: { means: "Its deposit is booked for the order.", next: ["waiting"] }, // a reorganisation took its deposit
  },
});

export type ClaimStatus = StatusOf<typeof claimLife>;

/** One transfer to an address of ours, as its row. */
export interface DepositRow {
  readonly id: string;
  readonly chain: string;
  readonly transaction_hash: string;
  readonly transfer_index: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly from_address: string | null;
  readonly address: string;
  readonly order_id: string | null;
  readonly block_number: bigint;
  readonly block_hash: string;
  readonly block_time: Date;
  readonly final: boolean;
  readonly generation: number;
  readonly status: DepositStatus;
  readonly reason: string | null;
  readonly payment_id: string | null;
  readonly surplus_amount: bigint;
  readonly usd_micros: bigint | null;
  readonly swept_at: Date | null;
  readonly sweep_id: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Where coins wait that reached an address of ours and belong to no order's payment. */
export const depositSuspense = "deposits";
