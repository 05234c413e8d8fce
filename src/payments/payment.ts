/** Every legal step of a payment. A step not listed here does not compile. */
export const paymentTransitions = {
  waiting: ["confirming", "confirmed", "settled", "rejected", "expired", "in_review", "refunded"],
  confirming: ["confirmed", "settled", "rejected", "expired", "in_review", "refunded"],
  confirmed: ["settled", "rejected", "in_review", "refunded"],
  expired: ["confirming", "confirmed", "settled", "in_review", "refunded"], // a late deposit, which nobody can refuse
  rejected: ["confirming", "confirmed", "settled", "in_review", "refunded"], // the processor's support may revive it
  in_review: ["settled", "refunded"],
  settled: ["refunded"],
  refunded: [],
} as const;

export type PaymentStatus = keyof typeof paymentTransitions;
