import { sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { paymentLife } from "./payment.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts } from "../ledger/index.ts";
import { findTransferOf, planTransfer, type TransferIntent } from "../transfers/index.ts";
import type { PaymentDeps } from "./deps.ts";
import type { Payment } from "./payment-store.ts";
import { refundPayment } from "./refund-payment.ts";
import { paymentTasks } from "./tasks.ts";

/** What a transfer that gives a payer's coins back is for. */
const purpose = "payment_refund";

/** Sends the coins of a payment in review, which are in this wallet of ours, back to its payer. The network's fee is ours. */
export async function returnToPayer(
  tx: Tx,
  payment: Payment,
  to: {
    walletId: string;
    address: string;
    money: { asset: string; amount: bigint };
    cause: Cause;
    now: Date;
  },
): Promise<void> {
  const { cause, now } = to;
  const set = {
    refund_address: to.address,
    review_reason: null,
  };
  await paymentLife.advance(tx, { id: payment.id, from: "in_review", to: "refunded", cause, now, set });
  await refundPayment(tx, payment, cause, now);
  await planTransfer(tx, {
    walletId: to.walletId,
    purpose,
    purposeId: payment.id,
    money: to.money,
    toAddress: to.address,
    debitAccount: accounts.suspense("refunds"),
    doneTask: paymentTasks.refundEnded,
    correlationId: payment.id,
    now,
  });
}

/** What may be sent back for a payment, by its own row. `null`: nothing. */
export async function refundIntent(tx: Tx, paymentId: string): Promise<TransferIntent | null> {
  const { rows } = await sql<TransferIntent>`
    select settled_asset as asset, settled_amount as amount, refund_address as "toAddress" from payment
    where id = ${paymentId} and status = 'refunded' and refund_address is not null`.execute(tx);
  return rows[0] ?? null;
}

/** Told when a refund's transfer ends. One that did not arrive leaves its money in suspense, where the desk shows it. */
export const refundEndedJob = (deps: PaymentDeps): Job =>
  defineJob(paymentTasks.refundEnded, {
    async run({ id }, { log }) {
      const transfer = await findTransferOf(deps.db, purpose, id);
      const facts = { payment_id: id, transfer_id: transfer?.id, status: transfer?.status };
      if (transfer?.status === "final") log.info(facts, "a payer has their money back");
      else log.error(facts, "a refund did not reach the payer; the money is in suspense:refunds");
    },
  });
