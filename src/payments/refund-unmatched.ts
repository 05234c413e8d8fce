import { z } from "zod";
import { advanceStatus, inTransaction, sql, type Cause, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts } from "../ledger/index.ts";
import { findTransferOf, findWallet, planTransfer, type TransferIntent } from "../transfers/index.ts";
import { getPayment } from "./accept-short-settlement.ts";
import { assertUnmatched, confirmSettlement } from "./assign-payment.ts";
import type { PaymentDeps } from "./deps.ts";
import { watchOf } from "./payment.ts";
import { closeEventsOf, lockPaymentsByExternalId } from "./payment-store.ts";
import { refundPayment } from "./refund-payment.ts";

/** What a transfer that gives a payer's coins back is for. */
const purpose = "payment_refund";

/**
 * Sends money that no order explained back, to the address an operator names, once: its coins must be in our wallet, and the
 * processor must not have refunded it meanwhile. The network's fee is ours.
 * @throws {DomainError} `unknown_payment`, `payment_not_unmatched`, `settlement_changed`, `coins_not_here`, `invalid_address`
 * @throws {ProviderError} the processor does not answer.
 */
export async function refundUnmatched(
  deps: PaymentDeps,
  input: { paymentId: string; toAddress: string; by: string },
  signal: AbortSignal,
): Promise<void> {
  const known = await getPayment(deps, input.paymentId);
  assertUnmatched(known);
  await confirmSettlement(deps, known, signal);
  const now = deps.clock.now();
  const cause: Cause = { kind: "operator", ref: input.by, note: `refunded to ${input.toAddress}` };
  await inTransaction(deps.db, async (tx) => {
    const [payment] = await lockPaymentsByExternalId(tx, known.processor, [known.external_id]);
    if (!payment) return;
    const money = assertUnmatched(payment);
    const wallet = await findWallet(tx, deps.registry.get(money.asset).chain);
    if (payment.arrival !== "seen" || wallet === null)
      throw new DomainError(
        "coins_not_here",
        "The coins of this payment are not in a wallet of ours: have the processor refund it, or wait until they arrive.",
      );
    const set = {
      refund_address: input.toAddress,
      review_reason: null,
      ...watchOf({ to: "refunded", reason: null }, now),
    };
    await advanceStatus(tx, {
      thing: "payment",
      id: payment.id,
      from: "in_review",
      to: "refunded",
      cause,
      now,
      set,
    });
    await refundPayment(tx, payment, cause, now);
    await closeEventsOf(tx, payment.id);
    await planTransfer(tx, {
      walletId: wallet.id,
      purpose,
      purposeId: payment.id,
      money,
      toAddress: input.toAddress,
      debitAccount: accounts.suspense("refunds"),
      doneTask: "payments.refund_ended",
      correlationId: payment.id,
      now,
    });
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
  defineJob({
    name: "payments.refund_ended",
    payload: z.object({ id: z.uuid() }),
    async run({ id }, { log }) {
      const transfer = await findTransferOf(deps.db, purpose, id);
      const facts = { payment_id: id, transfer_id: transfer?.id, status: transfer?.status };
      if (transfer?.status === "final") log.info(facts, "a payer has their money back");
      else log.error(facts, "a refund did not reach the payer; the money is in suspense:refunds");
    },
  });
