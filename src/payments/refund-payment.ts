import { inTransaction, sql, type Tx } from "../database/index.ts";
import { minutes, type Cause } from "../lifecycle/index.ts";
import { owedBack, payoutsHolding, takeBackEarningsOf, takeBackFor } from "../earnings/index.ts";
import { defineJob, enqueueOnce, type Job } from "../jobs/index.ts";
import { accounts, postEntry, type Posting } from "../ledger/index.ts";
import { refundedOf } from "../refunds/index.ts";
import type { PaymentDeps } from "./deps.ts";
import { paymentLife } from "./payment.ts";
import { findPayment, type Payment } from "./payment-store.ts";
import { endOurRefundsOf, refuseIfRefunded } from "./refund-settled.ts";
import { paymentEntryId } from "./settle-payments.ts";
import { paymentTasks, payoutsAdvance } from "./tasks.ts";

/**
 * Takes back what a settled payment brought, because the processor says it was refunded: our fee, and each earning from
 * where it is now, or where what has it now leaves it. What is taken back waits in suspense, because the coins are with us
 * and owed to somebody.
 * @param payment as it was before the refund.
 */
export async function refundPayment(tx: Tx, payment: Payment, cause: Cause, now: Date): Promise<void> {
  if (payment.settled_asset === null || payment.settled_amount === null) return;
  await endOurRefundsOf(tx, payment.id, { reason: "refunded_by_processor", cause, now });
  const { refund_fee: feeGone } = (await findPayment(tx, payment.id))!;
  const { left: goneBack } = await refundedOf(tx, payment.id);
  const asset = payment.settled_asset;
  const fee = (payment.fee_amount ?? 0n) - feeGone;
  const postings: Posting[] = [];
  if (payment.status === "in_review")
    postings.push({
      debit: accounts.suspense("unmatched"),
      credit: owedBack,
      money: { asset, amount: payment.settled_amount },
    });
  else if (fee > 0n)
    postings.push({ debit: accounts.platform("fees"), credit: owedBack, money: { asset, amount: fee } });
  if (postings.length > 0)
    await postEntry(tx, {
      id: paymentEntryId(payment.id, "refunded"),
      reason: "payment_refunded",
      happenedAt: now,
      postings,
    });
  await takeBackEarningsOf(tx, payment.id, { cause, now });
  for (const id of await payoutsHolding(tx, payment.id)) await enqueueOnce(tx, payoutsAdvance, { id });
  // Coins that had not reached us never will: what was taken back and the processor's debt to us cancel out.
  if (payment.arrival === "expected" || payment.arrival === "custody") {
    const credit = accounts.processor(payment.processor);
    const cancelled: Posting[] = [
      { debit: owedBack, credit, money: { asset, amount: payment.settled_amount - goneBack } },
      // Coins that we had were somebody else's, and we gave them back before we knew.
      { debit: accounts.platform("variance"), credit, money: { asset, amount: goneBack } },
    ];
    await postEntry(tx, {
      id: paymentEntryId(payment.id, "never_arrived"),
      reason: "payment_never_arrived",
      happenedAt: now,
      postings: cancelled.filter(({ money }) => money.amount > 0n),
    });
    // They may have been on their way all the same: we go on looking for a while.
    await sql`update payment set arrival = 'none', next_check_at = ${now} where id = ${payment.id}`.execute(
      tx,
    );
  }
}

/**
 * Of a payment that was given back and never settled as far as we had heard: its processor may have sent its coins to us before. What
 * it tells of them is kept, and they are looked for as those of any refunded payment; until it tells, it is asked.
 */
export async function lookForRefunded(
  tx: Tx,
  paymentId: string,
  sent: {
    /** Base units, above zero. */
    readonly settled: { readonly asset: string; readonly amount: bigint };
    readonly settledAt: Date;
    readonly settlementHash: string | null;
  } | null,
  now: Date,
): Promise<void> {
  if (sent === null) {
    const at = new Date(now.getTime() + minutes(10));
    await sql`
      update payment set next_check_at = ${at}
      where id = ${paymentId} and status = 'refunded' and settled_amount is null`.execute(tx);
    return;
  }
  const { settled, settledAt, settlementHash } = sent;
  await sql`
    update payment set settled_asset = ${settled.asset}, settled_amount = ${settled.amount}, settled_at = ${settledAt},
      settlement_hash = ${settlementHash}, arrival = 'none', fee_amount = 0, next_check_at = ${now}
    where id = ${paymentId} and status = 'refunded' and settled_amount is null`.execute(tx);
  await enqueueOnce(tx, paymentTasks.follow, { id: paymentId });
}

/**
 * Takes back what a direct payment brought, because its coins are somebody else's: our fee and each earning from where it is
 * now. A settled payment ends so.
 * @param to.here gets what is there in the coins that came. @param to.elsewhere what is there in another form, or owed back.
 * @returns what `here` got, base units.
 * @throws {DomainError} `arrival_kept`: a conversion, payout or refund has a part of it.
 */
export async function takeBackPayment(
  tx: Tx,
  paymentId: string,
  to: { readonly here: string; readonly elsewhere: string },
  { cause, now }: { cause: Cause; now: Date },
): Promise<bigint> {
  await refuseIfRefunded(tx, paymentId);
  const payment = (await findPayment(tx, paymentId))!;
  const set = { arrival: "none", next_check_at: null, deadline_at: null };
  await paymentLife.advance(tx, { id: paymentId, from: "settled", to: "reversed", cause, now, set });
  const fee = { asset: payment.settled_asset ?? "", amount: payment.fee_amount ?? 0n };
  if (fee.amount > 0n)
    await postEntry(tx, {
      id: paymentEntryId(paymentId, "fee_taken_back"),
      reason: "payment_fee_taken_back",
      happenedAt: now,
      postings: [{ debit: accounts.platform("fees"), credit: to.here, money: fee }],
    });
  return fee.amount + (await takeBackFor(tx, paymentId, to, { cause, now }));
}

/** Takes back earnings of a refunded payment that stand where nothing has them: found by whoever looks for orphans. */
export const reverseEarningsJob = (deps: PaymentDeps): Job =>
  defineJob(paymentTasks.reverseEarnings, {
    run: ({ id }) =>
      inTransaction(deps.db, (tx) =>
        takeBackEarningsOf(tx, id, {
          cause: { kind: "job", ref: "payments.reverse_earnings" },
          now: deps.clock.now(),
        }),
      ),
  });
