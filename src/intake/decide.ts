import { parseProviderUnits } from "../money/index.ts";
import type { ProcessorPayment, ProcessorStatus } from "../providers/port.ts";
import { paymentLife, type Payment, type PaymentStatus } from "../payments/index.ts";

/** What an event means for a payment. Pure: the same facts give the same decision. */
export type Decision =
  | { readonly kind: "ignore"; readonly outcome: string }
  | { readonly kind: "review_event"; readonly outcome: string }
  | { readonly kind: "move"; readonly to: Told; readonly outcome: string }
  | { readonly kind: "settle" }
  /** Money that arrived and that nobody's order explains: booked to suspense until a person decides. */
  | { readonly kind: "suspend"; readonly reason: "unknown_order" }
  | { readonly kind: "park"; readonly reason: "no_settled_amount" | "unknown_settled_asset" }
  | { readonly kind: "refund" };

/** Statuses that a processor tells and that book nothing. */
type Told = Extract<PaymentStatus, "waiting" | "confirming" | "confirmed" | "rejected" | "expired">;

const plainMoves: Partial<Record<ProcessorStatus, Told>> = {
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
  const legal: readonly PaymentStatus[] = paymentLife.next[status];
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
