import { inTransaction } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { DomainError } from "../errors.ts";
import type { Money } from "../money/index.ts";
import {
  getPayment,
  lockPaymentsByExternalId,
  returnToPayer,
  type Payment,
  type PaymentDeps,
} from "../payments/index.ts";
import { findWallet } from "../transfers/index.ts";
import { assertUnmatched, confirmSettlement, refuseAssign } from "./assign-payment.ts";
import { closeEventsOf } from "./close-events.ts";

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
  assertRefundable(known);
  await confirmSettlement(deps, known, signal);
  const now = deps.clock.now();
  const cause: Cause = { kind: "operator", ref: input.by, note: `refunded to ${input.toAddress}` };
  await inTransaction(deps.db, async (tx) => {
    const parts = await lockPaymentsByExternalId(tx, known.processor, [known.external_id]);
    const payment = parts.find(({ id }) => id === known.id);
    if (!payment) return;
    const money = assertRefundable(payment);
    const wallet = await findWallet(tx, deps.registry.get(money.asset).chain);
    if (wallet === null) throw coinsNotHere();
    await returnToPayer(tx, payment, {
      walletId: wallet.id,
      address: input.toAddress,
      money,
      by: input.by,
      cause,
      now,
    });
    await closeEventsOf(tx, payment.id);
  });
}

/** @throws {DomainError} `payment_not_unmatched`, `coins_not_here` */
function assertRefundable(payment: Payment): Money {
  const refusal = refuseRefund(payment);
  if (refusal !== null) throw refusal;
  return assertUnmatched(payment);
}

/** What cannot be assigned cannot be refunded either; and its coins must be here. */
export const refuseRefund = (payment: Payment): DomainError | null =>
  refuseAssign(payment) ?? (payment.arrival === "seen" ? null : coinsNotHere());

const coinsNotHere = (): DomainError =>
  new DomainError(
    "coins_not_here",
    "The coins of this payment are not in a wallet of ours: have the processor refund it, or wait until they arrive.",
  );
