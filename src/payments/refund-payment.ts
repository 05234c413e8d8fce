import { inTransaction, sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { lockEarningsOf, reverseEarning, type Earning } from "../earnings/index.ts";
import { defineJob, type Job, enqueueOnce } from "../jobs/index.ts";
import { accounts, postEntry, type Posting } from "../ledger/index.ts";
import type { PaymentDeps } from "./deps.ts";
import type { Payment } from "./payment-store.ts";
import { paymentEntryId } from "./settle-payments.ts";
import { paymentTasks } from "./tasks.ts";

/** Where what a refund takes back is kept until the processor has it again. */
const owedBack = accounts.suspense("refunds");

/**
 * Takes back what a settled payment brought, because the processor says it was refunded: our fee, and each earning from
 * where it is now: pending, then available, then, once it left us, recoverable from the payee. What is taken back waits in
 * suspense, because the coins are with us and owed to somebody. An earning in a conversion or payout under way is taken
 * back when that ends: the job comes again.
 * @param payment as it was before the refund.
 */
export async function refundPayment(tx: Tx, payment: Payment, cause: Cause, now: Date): Promise<void> {
  if (payment.settled_asset === null || payment.settled_amount === null) return;
  const asset = payment.settled_asset;
  const postings: Posting[] = [];
  if (payment.status === "in_review")
    postings.push({
      debit: accounts.suspense("unmatched"),
      credit: owedBack,
      money: { asset, amount: payment.settled_amount },
    });
  else if (payment.fee_amount !== null && payment.fee_amount > 0n)
    postings.push({
      debit: accounts.platform("fees"),
      credit: owedBack,
      money: { asset, amount: payment.fee_amount },
    });
  if (postings.length > 0)
    await postEntry(tx, {
      id: paymentEntryId(payment.id, "refunded"),
      reason: "payment_refunded",
      happenedAt: now,
      postings,
    });
  await reverseEarnings(tx, payment.id, cause, now);
  // Coins that had not reached us never will: what was taken back and the processor's debt to us cancel out.
  if (payment.arrival === "expected" || payment.arrival === "custody") {
    await postEntry(tx, {
      id: paymentEntryId(payment.id, "never_arrived"),
      reason: "payment_never_arrived",
      happenedAt: now,
      postings: [
        {
          debit: owedBack,
          credit: accounts.processor(payment.processor),
          money: { asset, amount: payment.settled_amount },
        },
      ],
    });
    // They may have been on their way all the same: we go on looking for a while.
    await sql`update payment set arrival = 'none', next_check_at = ${now} where id = ${payment.id}`.execute(
      tx,
    );
  }
}

/** Reverses the earnings of a refunded payment that can be reversed now; asks to come again for the others. */
export async function reverseEarnings(tx: Tx, paymentId: string, cause: Cause, now: Date): Promise<void> {
  let waiting = false;
  for (const earning of await lockEarningsOf(tx, paymentId)) {
    if (earning.status === "reversed") continue;
    const posting = takeBack(earning);
    if (posting === null) {
      waiting = true;
      continue;
    }
    // A share too small for a base unit of the settlement asset is nothing to take back.
    if (posting.money.amount > 0n)
      await postEntry(tx, {
        id: paymentEntryId(earning.id, "reversed"),
        reason: "earning_reversed",
        happenedAt: now,
        postings: [posting],
      });
    await reverseEarning(tx, earning, { cause, now });
  }
  if (waiting)
    await enqueueOnce(
      tx,
      paymentTasks.reverseEarnings,
      { id: paymentId },
      { runAt: new Date(now.getTime() + 60_000) },
    );
}

function takeBack(earning: Earning): Posting | null {
  const received = { asset: earning.asset, amount: earning.amount };
  const available = {
    asset: earning.available_asset ?? earning.asset,
    amount: earning.available_amount ?? earning.amount,
  };
  switch (earning.status) {
    case "pending":
      return { debit: accounts.payee(earning.payee_id, "pending"), credit: owedBack, money: received };
    case "available":
      return { debit: accounts.payee(earning.payee_id, "available"), credit: owedBack, money: available };
    case "paid":
      return { debit: accounts.payee(earning.payee_id, "recoverable"), credit: owedBack, money: available };
    default:
      return null;
  }
}

/** The rest of a refund: earnings that were in a conversion or payout when it came. */
export const reverseEarningsJob = (deps: PaymentDeps): Job =>
  defineJob(paymentTasks.reverseEarnings, {
    run: ({ id }) =>
      inTransaction(deps.db, (tx) =>
        reverseEarnings(tx, id, { kind: "job", ref: "payments.reverse_earnings" }, deps.clock.now()),
      ),
  });
