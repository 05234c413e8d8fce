import type { Tx } from "../database/index.ts";
import { owedBack } from "../earnings/index.ts";
import { derivedId } from "../ids.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { startRefund, type SubjectRoom } from "../refunds/index.ts";
import { paymentLife } from "./payment.ts";
import type { Payment } from "./payment-store.ts";

const unmatched = accounts.suspense("unmatched");

/**
 * Sends the coins of a payment that no order explains, which are in this wallet of ours, back to its payer.
 * @throws {DomainError} `invalid_address`
 */
export async function returnToPayer(
  tx: Tx,
  payment: Payment,
  to: {
    walletId: string;
    address: string;
    money: { asset: string; amount: bigint };
    by: string;
    cause: Cause;
    now: Date;
  },
): Promise<void> {
  const { walletId, money, by, cause, now } = to;
  const set = { review_reason: null };
  await paymentLife.advance(tx, { id: payment.id, from: "in_review", to: "refunded", cause, now, set });
  const refundId = await startRefund(tx, {
    subject: "payment",
    subjectId: payment.id,
    orderId: null,
    walletId,
    money,
    toAddress: to.address,
    debitAccount: owedBack,
    by,
    cause,
    now,
  });
  await postEntry(tx, {
    id: derivedId("refund", refundId, "decided"),
    reason: "payment_refunded",
    happenedAt: now,
    postings: [{ debit: unmatched, credit: owedBack, money }],
  });
}

/** A refund that was not sent: nobody's money again, for a person to decide about. */
export const takeBackPaymentRefund: NonNullable<SubjectRoom["takeBack"]> = async (
  tx,
  refund,
  { cause, now },
) => {
  const { id, subject_id: paymentId, asset, amount } = refund;
  await paymentLife.advance(tx, {
    id: paymentId,
    from: "refunded",
    to: "in_review",
    cause,
    now,
    set: { review_reason: "unknown_order" },
  });
  await postEntry(tx, {
    id: derivedId("refund", id, "not_sent"),
    reason: "refund_not_sent",
    happenedAt: now,
    postings: [{ debit: owedBack, credit: unmatched, money: { asset, amount } }],
  });
};
