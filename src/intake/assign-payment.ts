import { inTransaction } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { DomainError } from "../errors.ts";
import { parseProviderUnits } from "../money/index.ts";
import { loadTerms } from "../orders/index.ts";
import {
  getPayment,
  leaveSuspense,
  lockPaymentsByExternalId,
  partsOf,
  settlePayments,
  type Payment,
  type PaymentDeps,
} from "../payments/index.ts";
import type { ProcessorPayment } from "../providers/port.ts";
import { bookingOf, settledSoFar, toldOf } from "./booking-of.ts";
import { closeEventsOf } from "./close-events.ts";

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
    const parts = await lockPaymentsByExternalId(tx, known.processor, [known.external_id]);
    assertUnmatched(parts.find(({ id }) => id === known.id) ?? known);
    // Whose the first part is, his is what its processor told of it later.
    const waiting = parts.filter((part) => refuseAssign(part) === null);
    const terms = (await loadTerms(tx, [input.orderId])).get(input.orderId);
    if (!terms)
      throw new DomainError(
        "unknown_order",
        `There is no order ${input.orderId}. Name an order of ours by its id.`,
      );
    const cause: Cause = { kind: "operator", ref: input.by, note: `assigned to order ${input.orderId}` };
    const requests = waiting.map((part) => {
      const { asset, amount } = assertUnmatched(part);
      return bookingOf(event, {
        processor: part.processor,
        current: part,
        parts,
        told: toldOf(event, part, parts.length === 1),
        settled: { asset: deps.registry.get(asset), amount },
        terms,
        cause,
      });
    });
    await settlePayments(tx, requests, now);
    for (const part of waiting) {
      await leaveSuspense(tx, part, now);
      await closeEventsOf(tx, part.id);
    }
  });
}

/** @throws {DomainError} `payment_not_unmatched` */
export function assertUnmatched(payment: Payment): { asset: string; amount: bigint } {
  const { settled_asset: asset, settled_amount: amount } = payment;
  const refusal = refuseAssign(payment);
  if (refusal !== null || asset === null || amount === null) throw refusal ?? notUnmatched(payment);
  return { asset, amount };
}

type Unmatched = Pick<Payment, "status" | "review_reason" | "settled_asset" | "settled_amount">;

/** Only money that no order explains can be given to one, or back. */
export function refuseAssign(payment: Unmatched): DomainError | null {
  const { status, review_reason: reason, settled_asset: asset, settled_amount: amount } = payment;
  const unmatched = status === "in_review" && reason === "unknown_order" && asset !== null && amount !== null;
  return unmatched ? null : notUnmatched(payment);
}

const notUnmatched = ({ status, review_reason: reason }: Unmatched): DomainError =>
  new DomainError(
    "payment_not_unmatched",
    `This payment is ${status}${reason === null ? "" : ` (${reason})`}: it is not money without an order.`,
  );

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
  const before = settledSoFar(await partsOf(deps.db, payment));
  const settled = event?.status === "settled" || event?.status === "partially_settled" ? event.settled : null;
  const same =
    settled?.asset?.id === payment.settled_asset &&
    parseProviderUnits(settled?.amount ?? "0", settled?.asset?.decimals ?? 0, "down") === before;
  if (!event || !same)
    throw new DomainError(
      "settlement_changed",
      `The processor calls this payment ${event?.rawStatus ?? "unknown"} now, not settled with the amount that we hold. Wait for its news, then look again.`,
    );
  return event;
}
