import { parseProviderUnits, usdDecimals, divide } from "../money/index.ts";
import type { ProcessorPayment, ProcessorStatus } from "../providers/port.ts";
import type { Payment } from "./payment-store.ts";
import { paymentTransitions, type PaymentStatus } from "./payment.ts";

/** What an event means for a payment. Pure: the same facts give the same decision. */
export type Decision =
  | { readonly kind: "ignore"; readonly outcome: string }
  | { readonly kind: "review_event"; readonly outcome: string }
  | { readonly kind: "move"; readonly to: PaymentStatus; readonly outcome: string }
  | { readonly kind: "settle" }
  /** Money that arrived and that nobody's order explains: booked to suspense until a person decides. */
  | { readonly kind: "suspend"; readonly reason: "unknown_order" }
  | { readonly kind: "park"; readonly reason: "no_settled_amount" | "unknown_settled_asset" }
  | { readonly kind: "refund" };

const plainMoves: Partial<Record<ProcessorStatus, PaymentStatus>> = {
  waiting: "waiting",
  confirming: "confirming",
  confirmed: "confirmed",
  failed: "rejected",
  expired: "expired",
};

export function decide(
  event: ProcessorPayment,
  current: Payment | null,
  order: { known: boolean },
): Decision {
  if (event.status === "unrecognised")
    return { kind: "review_event", outcome: `unrecognised status "${event.rawStatus}"` };
  const status = current?.status ?? null;
  if (status === "reversed") return { kind: "ignore", outcome: "the chain took it back" };
  if (event.status === "refunded")
    return status === "refunded" ? { kind: "ignore", outcome: "already refunded" } : { kind: "refund" };
  if (event.status === "settled" || event.status === "partially_settled") {
    if (status === "refunded") return { kind: "ignore", outcome: "refunded meanwhile" };
    if (status === "settled") return sameSettlement(event, current, "settled");
    return decideSettlement(event, current, order);
  }
  const to = plainMoves[event.status] ?? "waiting";
  if (status === null) return { kind: "move", to, outcome: to };
  if (status === to) return { kind: "ignore", outcome: `already ${to}` };
  // Events come late and out of order; only a legal step moves a payment.
  const legal: readonly PaymentStatus[] = paymentTransitions[status];
  return legal.includes(to)
    ? { kind: "move", to, outcome: to }
    : { kind: "ignore", outcome: `late news: already ${status}` };
}

function decideSettlement(
  event: ProcessorPayment,
  current: Payment | null,
  order: { known: boolean },
): Decision {
  const inSuspense = current?.review_reason === "unknown_order";
  const unclear = reasonToPark(event);
  if (inSuspense) {
    const same = sameSettlement(event, current, "in suspense");
    return order.known && unclear === null && same.kind === "ignore" ? { kind: "settle" } : same;
  }
  if (unclear !== null)
    return current?.status === "in_review" && current.review_reason === unclear
      ? { kind: "ignore", outcome: `already in review: ${unclear}` }
      : { kind: "park", reason: unclear };
  return order.known ? { kind: "settle" } : { kind: "suspend", reason: "unknown_order" };
}

function reasonToPark({ settled }: ProcessorPayment): "no_settled_amount" | "unknown_settled_asset" | null {
  if (settled === null) return "no_settled_amount";
  if (settled.asset === null) return "unknown_settled_asset";
  const amount = parseProviderUnits(settled.amount, settled.asset.decimals, "down");
  return amount === 0n ? "no_settled_amount" : null;
}

/** "finished" may be said again, or after "partially_paid"; what settled must not have changed meanwhile. */
function sameSettlement(
  event: ProcessorPayment,
  current: Payment | null,
  now: "settled" | "in suspense",
): Decision {
  const { settled } = event;
  const same =
    settled?.asset == null ||
    (settled.asset.id === current?.settled_asset &&
      parseProviderUnits(settled.amount, settled.asset.decimals, "down") === current.settled_amount);
  return same
    ? { kind: "ignore", outcome: `already ${now}` }
    : {
        kind: "review_event",
        outcome: `already ${now}, but the event now says ${settled.amount} ${settled.currency}`,
      };
}

/** Once it has changed, the amount asked is kept as zero: what the event goes on calling so is of the coin before. */
export const coinChanged = (event: ProcessorPayment, current: Payment | null): boolean =>
  current !== null &&
  (current.paid_currency.toLowerCase() !== event.paid.currency.toLowerCase() ||
    (/^[0.]+$/.test(current.asked_amount) && !/^[0.]+$/.test(event.paid.asked)));

/**
 * What the customer paid in USD, by the processor's own price of this payment: price × arrived ÷ asked, rounded down.
 * Null where that price does not describe what arrived: a repeated or wrong-asset deposit copies its parent's figures,
 * and a payment whose coin changed compares two coins. Those are valued by an observed price instead.
 */
export function paidInUsd(event: ProcessorPayment, current: Payment | null): bigint | null {
  const digits = 18;
  const arrived = parseProviderUnits(event.paid.arrived, digits, "down");
  if (arrived === 0n) return 0n;
  const isChild = (event.parentExternalId ?? current?.parent_external_id ?? null) !== null; // a payment read alone does not say so
  if (isChild || coinChanged(event, current) || event.price.currency.toLowerCase() !== "usd") return null;
  const asked = parseProviderUnits(event.paid.asked, digits, "down");
  if (asked === 0n) return null;
  return divide(parseProviderUnits(event.price.amount, usdDecimals, "down") * arrived, asked, "down");
}
