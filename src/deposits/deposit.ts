import { days, hours, type Wait } from "../lifecycle/index.ts";

/**
 * Every legal step of a deposit. Each but "refunded" can be taken back by the chain until it is final; one that comes again
 * after that starts anew.
 */
export const depositTransitions = {
  confirming: ["credited", "in_review", "ignored", "reversed"],
  credited: ["reversed"],
  in_review: ["credited", "refunded", "reversed"],
  ignored: ["reversed"],
  reversed: ["confirming"],
  refunded: [],
} as const;

export type DepositStatus = keyof typeof depositTransitions;

/** What a deposit waits for. "credited" is at rest once it is final. */
export const depositWaits = {
  confirming: { owner: "provider", deadlineMs: hours(6), nextAction: "read it from the chain" },
  credited: {
    owner: "provider",
    deadlineMs: hours(6),
    nextAction: "read it from the chain, until it is final",
  },
  in_review: {
    owner: "operator",
    deadlineMs: days(3),
    nextAction: "read it from the chain, until it is final",
  },
} as const satisfies Partial<Record<DepositStatus, Wait>>;

export const claimTransitions = {
  waiting: ["accepted", "in_review", "rejected"],
  in_review: ["accepted", "rejected", "waiting"],
  rejected: ["waiting", "accepted", "in_review"], // told again
  accepted: ["waiting"], // a reorganisation took its deposit
} as const;

export type ClaimStatus = keyof typeof claimTransitions;

export const claimWaits = {
  waiting: { owner: "payer", deadlineMs: days(2), nextAction: "read the transaction from the chain" },
  in_review: { owner: "operator", deadlineMs: days(3), nextAction: "see what became of its deposit" },
} as const satisfies Partial<Record<ClaimStatus, Wait>>;

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
  readonly refund_address: string | null;
  readonly swept_at: Date | null;
  readonly sweep_id: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Where coins wait that reached an address of ours and belong to no order's payment. */
export const depositSuspense = "deposits";
