import { inTransaction, type Cause, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import { parseProviderUnits } from "../money/index.ts";
import type { ProcessorPayment } from "../providers/port.ts";
import { getPayment } from "./accept-short-settlement.ts";
import { coinChanged, paidInUsd } from "./paid-amount.ts";
import type { PaymentDeps } from "./deps.ts";
import { closeEventsOf, lockPaymentsByExternalId, type Payment } from "./payment-store.ts";
import { paymentEntryId, settlePayments } from "./settle-payments.ts";
import { loadTerms } from "./settlement-terms.ts";

/**
 * Books money that no order explained by the terms of the order an operator names. The processor is asked first: it must
 * still call the payment settled, with the amount that waits in suspense.
 * @throws {DomainError} `unknown_payment`, `payment_not_unmatched`, `unknown_order`, `settlement_changed`
 * @throws {ProviderError} the processor does not answer.
 */
export async function assignPayment(
  deps: PaymentDeps,
  input: { paymentId: string; orderId: string; by: string },
  signal: AbortSignal,
): Promise<void> {
  const known = await getPayment(deps, input.paymentId);
  assertUnmatched(known);
  const event = await confirmSettlement(deps, known, signal);
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    const [payment] = await lockPaymentsByExternalId(tx, known.processor, [known.external_id]);
    if (!payment) return;
    const { asset, amount } = assertUnmatched(payment);
    const terms = (await loadTerms(tx, [input.orderId])).get(input.orderId);
    if (!terms)
      throw new DomainError(
        "unknown_order",
        `There is no order ${input.orderId}. Name an order of ours by its id.`,
      );
    const cause: Cause = { kind: "operator", ref: input.by, note: `assigned to order ${input.orderId}` };
    await settlePayments(
      tx,
      [
        {
          event,
          processor: payment.processor,
          fromStatus: payment.status,
          settled: { asset: deps.registry.get(asset), amount },
          paidUsdMicros: paidInUsd(event, payment) ?? 0n,
          coinChanged: coinChanged(event, payment),
          terms,
          cause,
        },
      ],
      now,
    );
    await leaveSuspense(tx, payment, now);
    await closeEventsOf(tx, payment.id);
  });
}

/** What waits in suspense because its order was not known is booked by its order now. */
export async function leaveSuspense(tx: Tx, payment: Payment, happenedAt: Date): Promise<void> {
  if (payment.review_reason !== "unknown_order" || payment.settled_asset === null) return;
  const money = { asset: payment.settled_asset, amount: payment.settled_amount ?? 0n };
  await postEntry(tx, {
    id: paymentEntryId(payment.id, "suspense_left"),
    reason: "payment_matched",
    happenedAt,
    reverses: paymentEntryId(payment.id, "suspense"),
    postings: [
      { debit: accounts.suspense("unmatched"), credit: accounts.processor(payment.processor), money },
    ],
  });
}

/** @throws {DomainError} `payment_not_unmatched` */
export function assertUnmatched(payment: Payment): { asset: string; amount: bigint } {
  const { status, review_reason: reason, settled_asset: asset, settled_amount: amount } = payment;
  if (status !== "in_review" || reason !== "unknown_order" || asset === null || amount === null)
    throw new DomainError(
      "payment_not_unmatched",
      `This payment is ${status}${reason === null ? "" : ` (${reason})`}: it is not money without an order.`,
    );
  return { asset, amount };
}

/**
 * What the processor says of a payment now, if that is still what we booked.
 * @throws {DomainError} `settlement_changed`
 */
export async function confirmSettlement(
  deps: PaymentDeps,
  payment: Payment,
  signal: AbortSignal,
): Promise<ProcessorPayment> {
  const found = await deps.processors.get(payment.processor)?.fetchPayment(payment.external_id, signal);
  const event = found?.payment;
  const settled = event?.status === "settled" || event?.status === "partially_settled" ? event.settled : null;
  const same =
    settled?.asset?.id === payment.settled_asset &&
    parseProviderUnits(settled?.amount ?? "0", settled?.asset?.decimals ?? 0, "down") ===
      payment.settled_amount;
  if (!event || !same)
    throw new DomainError(
      "settlement_changed",
      `The processor calls this payment ${event?.rawStatus ?? "unknown"} now, not settled with the amount that we hold. Wait for its news, then look again.`,
    );
  return event;
}
