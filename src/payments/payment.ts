import { days, hours, minutes, type Wait } from "../lifecycle/index.ts";

/** What a payment on a chain is called beside processors' payments. */
export const directProcessor = "chain";

/** Every legal step of a payment. A step not listed here does not compile. */
export const paymentTransitions = {
  waiting: ["confirming", "confirmed", "settled", "rejected", "expired", "in_review", "refunded"],
  confirming: ["confirmed", "settled", "rejected", "expired", "in_review", "refunded"],
  confirmed: ["settled", "rejected", "in_review", "refunded"],
  expired: ["confirming", "confirmed", "settled", "in_review", "refunded"], // a late deposit, which nobody can refuse
  rejected: ["confirming", "confirmed", "settled", "in_review", "refunded"], // the processor's support may revive it
  in_review: ["settled", "refunded"],
  settled: ["refunded", "reversed"],
  refunded: [],
  reversed: [], // a reorganisation took it; should it come again, that is another payment
} as const;

export type PaymentStatus = keyof typeof paymentTransitions;

/**
 * What a payment waits for. "settled" is at rest once its coins are in our wallet, and "expired" and "rejected" are, though
 * a late deposit may still revive them.
 */
export const paymentWaits = {
  waiting: { owner: "payer", deadlineMs: days(8), nextAction: "ask the processor" },
  confirming: { owner: "provider", deadlineMs: days(2), nextAction: "ask the processor" },
  confirmed: { owner: "provider", deadlineMs: days(2), nextAction: "ask the processor" },
  settled: { owner: "provider", deadlineMs: days(1), nextAction: "look for its coins on the chain" },
  in_review: { owner: "operator", deadlineMs: days(3), nextAction: "ask the processor" },
} as const satisfies Partial<Record<PaymentStatus, Wait>>;

/** Coins that the processor keeps for us may be paid out one day. Kept for longer than this they are worth a look. */
export const custodyDeadlineMs = days(30);

/** When to look again after a step, and when the desk shows it. Null: at rest. */
export function watchOf(
  { to, reason }: { to: PaymentStatus; reason: string | null },
  now: Date,
): { next_check_at: Date | null; deadline_at: Date | null } {
  const at = (ms: number): Date => new Date(now.getTime() + ms);
  // A late deposit may still follow an expiry, and its notice may be lost.
  if (to === "expired") return { next_check_at: at(days(1)), deadline_at: null };
  if (to === "rejected" || to === "refunded" || to === "reversed")
    return { next_check_at: null, deadline_at: null };
  const mayBeToldYet = to !== "in_review" || reason === "no_settled_amount";
  return {
    next_check_at: at(mayBeToldYet ? minutes(10) : hours(6)),
    deadline_at: at(paymentWaits[to].deadlineMs),
  };
}

/** What an inbound event waits for; a row that was never put off is due since it came. */
export const eventWaits = {
  received: { owner: "system", deadlineMs: days(1), nextAction: "process it" },
  unmatched: { owner: "operator", deadlineMs: days(3), nextAction: "its payment is in review" },
  in_review: { owner: "operator", deadlineMs: days(3), nextAction: "none by itself: replay or dismiss it" },
} as const satisfies Record<string, Wait>;

export const eventTransitions = {
  received: ["processed", "ignored", "unmatched", "in_review"],
  unmatched: ["received", "processed", "ignored"],
  in_review: ["received", "ignored"],
  processed: ["received"],
  ignored: ["received"],
} as const;
