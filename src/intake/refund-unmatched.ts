import { inTransaction, type Cause } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { getPayment, lockPaymentsByExternalId, returnToPayer, type PaymentDeps } from "../payments/index.ts";
import { findWallet } from "../transfers/index.ts";
import { assertUnmatched, confirmSettlement } from "./assign-payment.ts";
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
    await returnToPayer(tx, payment, { walletId: wallet.id, address: input.toAddress, money, cause, now });
    await closeEventsOf(tx, payment.id);
  });
}
