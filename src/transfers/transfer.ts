import type { Fee, TransactionReading } from "../chains/sending.ts";
import type { StoredSlot } from "./slot.ts";

/**
 * Every legal step of a transfer. "included" goes back when a reorganisation took its block; "in_review" tells a person
 * but is followed like the others, so the chain may still end it.
 */
export const transferTransitions = {
  planned: ["signed", "cancelled", "in_review"],
  signed: ["broadcast", "included", "final", "reverted", "displaced", "in_review"],
  broadcast: ["included", "final", "reverted", "displaced", "in_review"],
  included: ["broadcast", "final", "reverted", "displaced", "in_review"],
  in_review: ["signed", "final", "reverted", "displaced", "cancelled"],
  final: [],
  reverted: [],
  displaced: [],
  cancelled: [],
} as const;

export type TransferStatus = keyof typeof transferTransitions;

export const hasEnded = (status: TransferStatus): boolean => transferTransitions[status].length === 0;

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
  | "not_authorised";

/** Only this transfer is in trouble, so it claims no money that others could use. */
export const lettingOthersPass: readonly WaitingReason[] = [
  "above_daily_limit",
  "above_transfer_limit",
  "transfer_would_revert",
  "invalid_destination",
  "not_authorised",
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
