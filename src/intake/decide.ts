import { parseProviderUnits } from "../money/index.ts";
import type { ProcessorPayment, ProcessorStatus } from "../providers/port.ts";
import { paymentLife, type Payment, type PaymentStatus } from "../payments/index.ts";

/** What an event means for a payment. Pure: the same facts give the same decision. */
export type Decision =
  | { readonly kind: "ignore"; readonly outcome: string }
  | { readonly kind: "review_event"; readonly outcome: string }
  | { readonly kind: "move"; readonly to: Told; readonly outcome: string }
  /** What waits in suspense is booked by its order, and so is what is told beyond all that settled before. */
  | { readonly kind: "settle" }
  /** Money that nobody's order explains, beyond all that settled before: booked to suspense until a person decides. */
  | { readonly kind: "suspend"; readonly reason: "unknown_order" }
  | { readonly kind: "park"; readonly reason: "no_settled_amount" | "unknown_settled_asset" }
  /** Given back; what it tells of coins that were sent to us before is kept, so that they are looked for. */
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

/** @param parts the payment as it is, in order: none, when this is the first we hear of it. */
export function decide(
  event: ProcessorPayment,
  parts: readonly Payment[],
  order: { known: boolean },
): Decision {
  const current = parts[0] ?? null;
  if (event.status === "unrecognised")
    return { kind: "review_event", outcome: `unrecognised status "${event.rawStatus}"` };
  const status = current?.status ?? null;
  if (status === "reversed") return { kind: "ignore", outcome: "the chain took it back" };
  if (event.status === "refunded") {
    if (current === null || parts.some((part) => part.status !== "refunded") || isUnheardOf(event, parts))
      return { kind: "refund" };
    // What its processor did not say before, we did: the payer may get it twice.
    return parts.every((part) => part.processor_status === event.rawStatus)
      ? { kind: "ignore", outcome: "already refunded" }
      : {
          kind: "review_event",
          outcome: "we send it back ourselves, and now its processor says that it did",
        };
  }
  if (event.status === "settled" || event.status === "partially_settled") {
    if (parts.some((part) => part.status === "refunded")) return compareRefunded(event, parts);
    const booked = parts.filter(isBooked);
    return booked.length === 0
      ? decideSettlement(event, current, order)
      : compareSettlement(event, booked, order);
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
  const unclear = reasonToPark(event);
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

/** Its coins are in the books: as an order's, or in suspense. */
const isBooked = ({ status, review_reason: reason }: Payment): boolean =>
  status === "settled" || reason === "unknown_order";

/**
 * "finished" may be said again, after "partially_paid", and for more than before: then the rest is booked, by the order as
 * the whole is. Never less than once was told; what comes late, or out of order, changes nothing.
 */
function compareSettlement(
  event: ProcessorPayment,
  booked: readonly Payment[],
  order: { known: boolean },
): Decision {
  const { settled } = event;
  const suspended = booked.some(({ status }) => status === "in_review");
  const now = suspended ? "in suspense" : "settled";
  const already: Decision = { kind: "ignore", outcome: `already ${now}` };
  if (settled?.asset == null) return already;
  const other: Decision = {
    kind: "review_event",
    outcome: `already ${now}, but the event now says ${settled.amount} ${settled.currency}`,
  };
  if (booked.some((part) => part.settled_asset !== settled.asset?.id)) return other;
  const told = parseProviderUnits(settled.amount, settled.asset.decimals, "down");
  const before = booked.reduce((sum, part) => sum + (part.settled_amount ?? 0n), 0n);
  if (told === before) return order.known && suspended ? { kind: "settle" } : already;
  if (told > before) return order.known ? { kind: "settle" } : { kind: "suspend", reason: "unknown_order" };
  return isLate(event, booked.at(-1)!) ? { kind: "ignore", outcome: `late news: already ${now}` } : other;
}

/**
 * What was given back settles no more. But who gave it back, its processor or we, did not give back what comes on top of it: that is
 * somebody's money, and a person must say whose. What was so before the refund is old news.
 */
function compareRefunded(event: ProcessorPayment, parts: readonly Payment[]): Decision {
  const nothing: Decision = { kind: "ignore", outcome: "refunded meanwhile" };
  const { settled, updatedAt } = event;
  if (settled?.asset == null) return nothing;
  const alike = parts.every(
    (part) => part.settled_asset === null || part.settled_asset === settled.asset?.id,
  );
  const before = parts.reduce((sum, part) => sum + (part.settled_amount ?? 0n), 0n);
  const isMore = parseProviderUnits(settled.amount, settled.asset.decimals, "down") > before;
  const refundedAt = Math.max(
    ...parts.filter(({ status }) => status === "refunded").map((part) => part.updated_at.getTime()),
  );
  const isOld = updatedAt !== null && updatedAt.getTime() <= refundedAt;
  if (isOld && isUnheardOf(event, parts)) return { kind: "refund" };
  return isOld || (alike && !isMore)
    ? nothing
    : {
        kind: "review_event",
        outcome: `refunded meanwhile, but the event now says ${settled.amount} ${settled.currency}`,
      };
}

/** Whether it tells of coins sent to us for a payment of which we were told none: they come, although it was given back. */
const isUnheardOf = ({ settled }: ProcessorPayment, parts: readonly Payment[]): boolean =>
  settled?.asset != null && parts.every((part) => part.settled_amount === null);

/** Whether this was so before what we know: by its time, or because a part came before the whole. */
const isLate = (event: ProcessorPayment, latest: Payment): boolean =>
  (event.updatedAt !== null && latest.settled_at !== null && event.updatedAt < latest.settled_at) ||
  (event.status === "partially_settled" && latest.processor_status !== event.rawStatus);
