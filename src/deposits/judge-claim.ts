import type { DepositReading } from "../chains/receiving.ts";
import type { ClaimStatus, DepositRow } from "./deposit.ts";

/** Why a payer's claim stands as it does. Stable: integrators branch on these. */
export type ClaimReason =
  | "not_found"
  | "pending"
  | "checking"
  | "confirming"
  | "provider_unavailable"
  | "credited"
  | "underpaid"
  | "overpaid"
  | "failed_on_chain"
  | "wrong_recipient"
  | "wrong_asset"
  | "wrong_network"
  | "wrong_chain"
  | "already_used"
  | "too_old"
  | "late"
  | "too_little"
  | "refunded"
  | "needs_review";

/** One sentence for the payer each. None blames the payer for what is our provider's or our own trouble. */
export const claimMessages: Readonly<Record<ClaimReason, string>> = {
  not_found:
    "The network does not show this transaction yet. That is normal for some minutes; we keep looking.",
  pending: "The transaction is known to the network and not in a block yet. We keep looking.",
  checking: "We are asking the network what this transaction paid. We keep looking.",
  confirming: "Your payment arrived and is being confirmed by the network. There is nothing you need to do.",
  provider_unavailable: "We cannot read the network at the moment. Your payment is not lost; we keep trying.",
  credited: "Your payment is complete. Thank you.",
  underpaid: "Your payment was credited, but it is less than the price. Send the rest to the same address.",
  overpaid: "Your payment is complete. What you sent beyond the price is kept for you; ask for it back.",
  failed_on_chain: "The network executed this transaction and it failed: nothing was paid. Please pay again.",
  wrong_recipient:
    "This transaction paid nothing to this order's address. Check that you copied the right hash.",
  wrong_asset: "This transaction sent something that this order does not accept. Please contact support.",
  wrong_network: "This transaction is on another network than the one you named. Name that network instead.",
  wrong_chain:
    "This was sent on another network than this order accepts. Your coins arrived; support will help.",
  already_used: "This transaction already paid for something else. Check that you copied the right hash.",
  too_old: "This transaction was made before the order. Check that you copied the right hash.",
  late: "Your payment came after the order had expired. It is kept for you; support will decide with you.",
  too_little: "The amount is too small to count as a payment.",
  refunded: "This payment was sent back to you.",
  needs_review:
    "Your transaction needs a person to look at it. Your coins are not lost; support will contact you.",
};

export interface ClaimVerdict {
  readonly status: ClaimStatus;
  readonly reason: ClaimReason;
}

export interface JudgedClaim {
  readonly orderId: string;
  readonly orderPaid: boolean;
  readonly reading: DepositReading;
  /** Of the transaction, whosever they are. */
  readonly deposits: readonly DepositRow[];
  /** Whether something unlisted reached this order's own address. */
  readonly unlistedForOrder: boolean;
  /** The chain of the same family on which the transaction was found instead. */
  readonly foundElsewhere: boolean;
  /** Nobody need look for it any more. */
  readonly over: boolean;
}

const waiting = (reason: ClaimReason): ClaimVerdict => ({ status: "waiting", reason });
const rejected = (reason: ClaimReason): ClaimVerdict => ({ status: "rejected", reason });
const inReview = (reason: ClaimReason): ClaimVerdict => ({ status: "in_review", reason });

/** Where a claim stands by what the chain says. Only what is final disproves; all else waits. Pure. */
export function judgeClaim(claim: JudgedClaim): ClaimVerdict {
  const { reading } = claim;
  if (reading.status !== "included") {
    if (claim.foundElsewhere) return rejected("wrong_network");
    return claim.over ? rejected("not_found") : waiting(reading.status);
  }
  if (!reading.succeeded) return reading.final ? rejected("failed_on_chain") : waiting("checking");
  const own = tellingOrder
    .map((status) => claim.deposits.find((row) => row.order_id === claim.orderId && row.status === status))
    .find((row) => row !== undefined);
  if (own) return judgeOwn(own, claim);
  if (!reading.final) return waiting("checking"); // it says nothing yet of whose it is
  const others = claim.deposits.filter((row) => row.status !== "reversed");
  if (others.some((row) => row.order_id !== null)) return rejected("already_used");
  if (others.length > 0) return inReview("needs_review"); // ours, and no order's: a shared address's other amount
  if (claim.unlistedForOrder) return rejected("wrong_asset");
  return reading.mayHideTransfers ? inReview("needs_review") : rejected("wrong_recipient");
}

/** Of several deposits in one transaction, the one that says most to the payer. */
const tellingOrder: readonly DepositRow["status"][] = [
  "credited",
  "confirming",
  "in_review",
  "refunded",
  "ignored",
];

function judgeOwn(row: DepositRow, claim: JudgedClaim): ClaimVerdict {
  switch (row.status) {
    case "credited":
      if (row.surplus_amount > 0n) return { status: "accepted", reason: "overpaid" };
      return { status: "accepted", reason: claim.orderPaid ? "credited" : "underpaid" };
    case "in_review":
      return inReview(reviewReasons[row.reason ?? ""] ?? "needs_review");
    case "ignored":
      return rejected(row.reason === "dust" ? "too_little" : "wrong_recipient");
    case "refunded":
      return rejected("refunded");
    default:
      return waiting("confirming");
  }
}

const reviewReasons: Readonly<Record<string, ClaimReason>> = {
  wrong_asset: "wrong_asset",
  wrong_chain: "wrong_chain",
  too_old: "too_old",
  late: "late",
};
