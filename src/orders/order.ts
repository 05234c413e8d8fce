import { days, defineLife, type StatusOf } from "../lifecycle/index.ts";
import type { FeeTerms } from "../money/index.ts";
import { orderTasks } from "./tasks.ts";

/** How long after its expiry an underpaid order still waits for the rest. Later payments are taken all the same. */
export const underpaidMs = days(14);

/** A late payment may still complete an order that expired. Deadlines count from its expiry. */
export const orderLife = defineLife({
  thing: "order",
  table: "pay_order",
  note: "What customers paid decides; it is summed anew from the order's payments whenever one of them changes.",
  keeps: ["next_check_at"],
  sweep: orderTasks.sweep,
  starts: ["open"],
  ends: ["refunded"],
  statuses: {
    open: {
      means: "Nothing has been paid yet.",
      next: ["partially_paid", "paid", "expired", "cancelled"],
      waits: {
        owner: "payer",
        deadlineMs: 0,
        nextAction: "expire; until its checkout page is there, ask for it again",
      },
    },
    partially_paid: {
      means: "Something was paid, less than the price less its tolerance.",
      next: ["open", "expired", "cancelled", "paid", "refunded"], // back: the processor took its word back
      waits: { owner: "payer", deadlineMs: underpaidMs, nextAction: "expire" },
    },
    expired: {
      means: "Not paid in time. A late payment still completes it.",
      next: ["partially_paid", "paid"],
    },
    cancelled: {
      means:
        "Withdrawn by the seller before anything was paid. A payment that comes all the same is a late one, and completes it.",
      next: ["partially_paid", "paid"],
    },
    paid: {
      means: "Paid. A refund may still undo it.",
      next: ["open", "expired", "cancelled", "partially_paid", "refunded"],
    },
    refunded: { means: "Every payment of it was refunded.", next: [] },
  },
  deadline: `expires_at + interval '1 hour' + case status when 'partially_paid' then interval '14 days' else interval '0' end`,
});

export type OrderStatus = StatusOf<typeof orderLife>;

export interface OrderSplit {
  readonly payeeId: string;
  /** Ten-thousandths of what remains after the fee; an order's splits sum to 10 000. */
  readonly weightBps: number;
  /** Our fee of this part, where the payee had terms of their own when the order was made; null or left out: the order's. */
  readonly feeBps?: number | null;
}

/** What a payer is asked to pay: terms that never change, and what has come of them. */
export interface Order {
  readonly id: string;
  readonly externalId: string | null;
  readonly purpose: string;
  readonly description: string;
  readonly priceUsdMicros: bigint;
  readonly fee: FeeTerms;
  readonly toleranceBps: number;
  readonly splits: readonly OrderSplit[];
  readonly processor: string;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly status: OrderStatus;
  readonly paidUsdMicros: bigint;
  /** What the seller takes as the whole price, though it is less; null: nobody said so. */
  readonly acceptedUsdMicros: bigint | null;
  /** When the seller withdrew it; null: nobody did. */
  readonly cancelledAt: Date | null;
  /** The integrator's own words, as given. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly checkout: {
    /** "none": the order is paid straight on a chain, and there is no page of the processor's. */
    readonly status: "none" | "pending" | "ready" | "rejected";
    readonly url: string | null;
    readonly error: string | null;
  };
}

/** The least that counts as paid: the price less the tolerance, rounded up against the payer, or what the seller accepted. */
export function leastToPay(
  order: Pick<Order, "priceUsdMicros" | "toleranceBps"> & Partial<Pick<Order, "acceptedUsdMicros">>,
): bigint {
  const least = (order.priceUsdMicros * BigInt(10_000 - order.toleranceBps) + 9_999n) / 10_000n;
  const accepted = order.acceptedUsdMicros ?? null;
  return accepted !== null && accepted < least ? accepted : least;
}

/** From when on a payment is a late one: the order's expiry, or when it was withdrawn before that. */
export const lateFrom = ({ expiresAt, cancelledAt }: Pick<Order, "expiresAt" | "cancelledAt">): Date =>
  cancelledAt !== null && cancelledAt < expiresAt ? cancelledAt : expiresAt;

/** USD micros that lack to the price, for an order that somebody may still pay. */
export function remainingUsdOf({
  status,
  priceUsdMicros,
  paidUsdMicros,
}: Pick<Order, "status" | "priceUsdMicros" | "paidUsdMicros">): bigint {
  if (status === "paid" || status === "refunded" || status === "cancelled") return 0n;
  if (paidUsdMicros >= priceUsdMicros) return 0n;
  return priceUsdMicros - paidUsdMicros;
}
