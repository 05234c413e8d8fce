import { sql, type Tx } from "../database/index.ts";
import { markAwaited } from "../earnings/index.ts";
import { DomainError } from "../errors.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { accounts, postEntry, type Posting } from "../ledger/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { refuseAcceptShort, unknownPayment } from "./accept-short-settlement.ts";
import { paymentLife } from "./payment.ts";
import { lockPayment, type Payment } from "./payment-store.ts";
import { paymentEntryId } from "./settle-payments.ts";
import { settlementId, undivided } from "./settlement.ts";
import { paymentTasks } from "./tasks.ts";

/** Coins that arrived, of one transaction. */
interface Arrived {
  readonly transaction_hash: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly purpose_id: string;
}

/**
 * An operator says that a transaction is what a payment's processor owes for it: the payment takes its coins of it soon.
 * @throws {DomainError} `unknown_payment`, `payment_not_awaited`, `wrong_chain`: it is owed another asset.
 */
export async function claimForPayment(
  tx: Tx,
  paymentId: string,
  { transaction_hash: hash, asset }: Arrived,
): Promise<{ purpose: string; purposeId: string; credit: string }> {
  const payment = await lockPayment(tx, paymentId);
  if (payment === null) throw unknownPayment(paymentId);
  const refusal = refuseAcceptShort(payment);
  if (refusal !== null) throw refusal;
  if (payment.settled_asset !== asset)
    throw new DomainError(
      "wrong_chain",
      `Payment ${paymentId} is owed ${payment.settled_asset}, not ${asset}.`,
    );
  await sql`
    update payment set settlement_hash = ${hash}, arrival = 'expected' where id = ${paymentId}`.execute(tx);
  await enqueueOnce(tx, paymentTasks.follow, { id: paymentId });
  return { purpose: "settlement", purposeId: settlementId(payment.processor, hash), credit: undivided };
}

/**
 * Takes coins of a processor's transfer back from the payments that had them, because they are somebody else's: the processor owes
 * them again, and what is not on its way to a payee waits for them. What was converted or paid meanwhile the payees were owed.
 * @returns base units that there are to give away. Less than the arrival: a payment that had them was refunded since.
 */
export async function releasedOfSettlement(
  tx: Tx,
  { transaction_hash: hash, asset, purpose_id, amount }: Arrived,
  { brought, cause, now }: { readonly brought: bigint; readonly cause: Cause; readonly now: Date },
): Promise<bigint> {
  const { rows } = await sql<Payment>`
    select * from payment where settlement_hash = ${hash} and settled_asset = ${asset} and arrival = 'seen'
    order by id desc for update`.execute(tx);
  const having = rows.filter(({ processor }) => settlementId(processor, hash) === purpose_id);
  let left = having.reduce((rest, payment) => rest - (payment.arrived_amount ?? 0n), brought);
  for (const payment of having) {
    if (left >= amount) break;
    // What of it went back to its payer is not there to give away.
    if (payment.status === "refunded" || payment.refund_reserved > 0n) continue;
    await awaitAgain(tx, payment, { cause, now });
    left += payment.arrived_amount ?? 0n;
  }
  if (left < 0n) return 0n;
  return left < amount ? left : amount;
}

async function awaitAgain(
  tx: Tx,
  payment: Payment,
  { cause, now }: { cause: Cause; now: Date },
): Promise<void> {
  const asset = payment.settled_asset ?? "";
  const debit = accounts.processor(payment.processor);
  const part = payment.arrived_amount ?? 0n;
  const postings: Posting[] = [
    { debit, credit: undivided, money: { asset, amount: part } },
    {
      debit,
      credit: accounts.platform("variance"),
      money: { asset, amount: (payment.settled_amount ?? 0n) - part },
    },
  ];
  await postEntry(tx, {
    id: paymentEntryId(payment.id, `awaited_again:${payment.arrivals_lost}`),
    reason: "settlement_awaited_again",
    happenedAt: now,
    postings: postings.filter(({ money }) => money.amount > 0n),
  });
  const set = {
    arrival: "expected",
    arrived_amount: null,
    settlement_hash: null,
    arrivals_lost: payment.arrivals_lost + 1,
    next_check_at: now,
  };
  const step = { id: payment.id, cause, now, set };
  if (payment.status === "in_review")
    await paymentLife.advance(tx, { ...step, from: "in_review", to: "in_review" });
  else await paymentLife.advance(tx, { ...step, from: "settled", to: "settled" });
  await markAwaited(tx, payment.id);
  await enqueueOnce(tx, paymentTasks.follow, { id: payment.id });
}
