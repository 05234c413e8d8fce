import { type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { paymentLife } from "./payment.ts";
import { earningsOf, reverseEarning } from "../earnings/index.ts";
import { InvariantViolation } from "../errors.ts";
import { reverseEntry } from "../ledger/index.ts";
import { endOurRefundsOf } from "./refund-settled.ts";
import { paymentEntryId } from "./settle-payments.ts";

/**
 * Takes a settled payment back whole, because a reorganisation took its coins off the chain.
 * @throws {InvariantViolation} `spent_before_final`: an earning of it has moved on, which must not be before it is final.
 */
export async function reversePayment(
  tx: Tx,
  paymentId: string,
  { cause, now }: { cause: Cause; now: Date },
): Promise<void> {
  await paymentLife.advance(tx, {
    id: paymentId,
    from: "settled",
    to: "reversed",
    cause,
    now,
    set: { arrival: "none", next_check_at: null, deadline_at: null },
  });
  await endOurRefundsOf(tx, paymentId, { reason: "payment_reversed", cause, now });
  for (const earning of await earningsOf(tx, paymentId)) {
    if (earning.status !== "pending")
      throw new InvariantViolation(
        "spent_before_final",
        `Earning ${earning.id} of a payment that the chain took back is ${earning.status}.`,
      );
    await reverseEarning(tx, earning, { cause, now });
  }
  await reverseEntry(tx, {
    id: paymentEntryId(paymentId, "reversed"),
    reverses: paymentEntryId(paymentId, "settled"),
    happenedAt: now,
  });
}
