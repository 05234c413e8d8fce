import type { FeeTerms } from "../money/index.ts";
import { days, type Wait } from "../lifecycle/index.ts";

/** Every legal step of an order. A late payment may still complete one that expired. */
export const orderTransitions = {
  open: ["partially_paid", "paid", "expired"],
  partially_paid: ["open", "expired", "paid", "refunded"], // back: the processor took its word back
  expired: ["partially_paid", "paid"],
  paid: ["open", "expired", "partially_paid", "refunded"],
  refunded: [],
} as const;

export type OrderStatus = keyof typeof orderTransitions;

/** How long after its expiry an underpaid order still waits for the rest. Later payments are taken all the same. */
export const underpaidMs = days(14);

/** What an order waits for; its deadline counts from its expiry. */
export const orderWaits = {
  open: {
    owner: "payer",
    deadlineMs: 0,
    nextAction: "expire; until its checkout page is there, ask for it again",
  },
  partially_paid: { owner: "payer", deadlineMs: underpaidMs, nextAction: "expire" },
} as const satisfies Partial<Record<OrderStatus, Wait>>;

export interface OrderSplit {
  readonly payeeId: string;
  /** Ten-thousandths of what remains after the fee; an order's splits sum to 10 000. */
  readonly weightBps: number;
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
  readonly checkout: {
    /** "none": the order is paid straight on a chain, and there is no page of the processor's. */
    readonly status: "none" | "pending" | "ready" | "rejected";
    readonly url: string | null;
    readonly error: string | null;
  };
}

/** The least that counts as paid: the price less the tolerance, rounded up against the payer. */
export function leastToPay(order: Pick<Order, "priceUsdMicros" | "toleranceBps">): bigint {
  return (order.priceUsdMicros * BigInt(10_000 - order.toleranceBps) + 9_999n) / 10_000n;
}
