import type { Money } from "../money/index.ts";
import type { WaitOwner } from "../lifecycle/index.ts";

/** What the recovery desk shows: one thing that a person should look at. */
export interface ReviewItem {
  readonly thing: ReviewThing;
  /** With `thing`, what an action names. */
  readonly id: string;
  readonly status: string;
  /** Our stable word for why it is here. */
  readonly reason: string;
  /** When it came into this status; null where nobody wrote that down. */
  readonly since: Date | null;
  /** Whose turn it is; whatever is here, an operator may act. */
  readonly owner: WaitOwner;
  readonly deadlineAt: Date | null;
  /** Base units. Empty where no amount is known. */
  readonly money: readonly Money[];
  /** Of that money, as observed; null: unknown. */
  readonly usdMicros: bigint | null;
  /** The payout or conversion this is a part of: when that is here too, it is the same money. */
  readonly partOf: string | null;
  readonly actions: readonly ReviewAction[];
}

export type ReviewThing =
  | "order"
  | "payment"
  | "deposit"
  | "payment_claim"
  | "surplus"
  | "deposit_sweep"
  | "event"
  | "conversion"
  | "swap"
  | "transfer"
  | "payout"
  | "orphan"
  | "dead_letter"
  | "suspense"
  | "wallet"
  | "wallet_difference";

/** Each asks the chain or the provider before it moves money, or moves none. */
export type ReviewAction =
  | "check"
  | "assign"
  | "refund"
  | "accept_short"
  | "replay"
  | "dismiss"
  | "retry"
  | "give_back"
  | "accept_delivery"
  | "accept_refund"
  | "write_off"
  | "abandon"
  | "resume"
  | "top_up";
