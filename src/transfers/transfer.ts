import type { Fee, TransactionReading } from "../chains/sending.ts";
import { defineLife, hours, type StatusOf } from "../lifecycle/index.ts";
import type { StoredSlot } from "./slot.ts";
import { transferTasks } from "./tasks.ts";

/** "included" goes back when a reorganisation took its block. In review it is followed like the others. */
export const transferLife = defineLife({
  thing: "transfer",
  table: "transfer",
  note: "A replacement with higher fees is a further attempt of the same transfer, not a status. Only the chain ends a signed one.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: transferTasks.advance,
  sweep: transferTasks.sweep,
  starts: ["planned"],
  ends: ["final", "reverted", "displaced", "cancelled"],
  statuses: {
    planned: {
      means: "Decided; not signed. waiting_reason says why not yet.",
      next: ["signed", "cancelled", "in_review"],
      waits: {
        owner: "system",
        deadlineMs: hours(6),
        nextAction: "sign it, once what it waits for is there",
      },
    },
    signed: {
      means: "Bytes, hash and slot are stored; not sent as far as we know.",
      next: ["broadcast", "included", "final", "reverted", "displaced", "in_review"],
      waits: { owner: "system", deadlineMs: hours(6), nextAction: "broadcast the stored bytes" },
    },
    broadcast: {
      means: "A node took it.",
      next: ["included", "final", "reverted", "displaced", "in_review"],
      waits: {
        owner: "system",
        deadlineMs: hours(6),
        nextAction: "look for it on the chain; replace it if it is stuck",
      },
    },
    included: {
      means: "In a block that may still be reorganised away.",
      next: ["broadcast", "final", "reverted", "displaced", "in_review"],
      waits: { owner: "system", deadlineMs: hours(6), nextAction: "look whether its block is final" },
    },
    in_review: {
      means: "Past its deadline, would revert, or the ledger refused it. Followed all the same.",
      next: ["signed", "final", "reverted", "displaced", "cancelled"],
      waits: { owner: "operator", deadlineMs: hours(12), nextAction: "look for it on the chain" },
    },
    final: { means: "Succeeded in a final block, and booked.", next: [] },
    reverted: { means: "Failed in a final block; only its fee was spent.", next: [] },
    displaced: { means: "Another transaction used its slot for good: it was never sent.", next: [] },
    cancelled: { means: "Withdrawn before it was signed.", next: [] },
  },
});

export type TransferStatus = StatusOf<typeof transferLife>;

/**
 * Why a transfer is not signed yet. Each heals by itself once its cause is gone. It keeps its place in the queue, except
 * for those in `lettingOthersPass`.
 */
export type WaitingReason =
  | "insufficient_asset"
  | "insufficient_gas"
  | "below_gas_reserve"
  | "fee_above_cap"
  | "wallet_paused"
  | "rpc_unavailable"
  | "wrong_network"
  | "signer_missing"
  | "keystore_missing"
  | "keystore_invalid"
  | "wrong_password"
  | "too_many_in_flight"
  | "above_daily_limit"
  | "above_transfer_limit"
  | "transfer_would_revert"
  | "invalid_destination"
  | "not_authorised"
  | "awaiting_approval"
  | "paused_by_operator"
  | "policy_missing";

/** Only this transfer is in trouble, so it claims no money that others could use. */
export const lettingOthersPass: readonly WaitingReason[] = [
  "above_daily_limit",
  "above_transfer_limit",
  "transfer_would_revert",
  "invalid_destination",
  "not_authorised",
  "awaiting_approval",
  "paused_by_operator",
  "policy_missing",
];

/** A person should look at these at once. The others heal by themselves, or by somebody's word that is asked for elsewhere. */
export const reviewedAtOnce: readonly WaitingReason[] = [
  "above_transfer_limit",
  "transfer_would_revert",
  "invalid_destination",
  "not_authorised",
  "policy_missing",
];

/** One send, as its row. */
export interface Transfer {
  readonly id: string;
  readonly wallet_id: string;
  readonly purpose: string;
  readonly purpose_id: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly to_address: string;
  readonly debit_account: string;
  readonly done_task: string;
  readonly status: TransferStatus;
  readonly waiting_reason: WaitingReason | null;
  readonly review_reason: string | null;
  /** `null`: nothing was signed yet. */
  readonly slot: StoredSlot | null;
  /** Of a slot that is a number. */
  readonly slot_number: bigint | null;
  readonly fee_reserved: bigint;
  /** On whose word it was signed, as the gate names it. */
  readonly authorised_by: string | null;
  readonly transaction_hash: string | null;
  readonly block_number: bigint | null;
  readonly block_hash: string | null;
  readonly fee_paid: bigint | null;
  readonly correlation_id: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly next_check_at: Date | null;
  readonly deadline_at: Date | null;
}

/** One signing of a transfer. All of them share slot, destination and amount, so at most one can land. */
export interface TransferAttempt {
  readonly transfer_id: string;
  readonly seq: number;
  readonly transaction_hash: string;
  readonly raw: string;
  readonly fee_most: bigint;
  readonly fee_terms: Fee["terms"];
  readonly signed_at: Date;
  readonly last_broadcast_at: Date | null;
  readonly broadcasts: number;
  readonly last_answer: string | null;
}

/** A reading of a transaction that a block has, whatever came of it. */
export type Landed = Extract<TransactionReading, { includedIn: unknown }>;
