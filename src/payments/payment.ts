import { days, defineLife, hours, minutes, type StatusOf, type Watch } from "../lifecycle/index.ts";
import { paymentTasks } from "./tasks.ts";

/** What a payment on a chain is called beside processors' payments. */
export const directProcessor = "chain";

/** "settled" is at rest once its coins are in our wallet. */
export const paymentLife = defineLife({
  thing: "payment",
  table: "payment",
  note: "Events come late, twice and out of order, so a payment may begin with any of them; news that is no legal step is kept and changes nothing.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: paymentTasks.follow,
  sweep: paymentTasks.sweep,
  starts: ["waiting", "confirming", "confirmed", "settled", "rejected", "expired", "in_review", "refunded"],
  ends: ["reversed"],
  statuses: {
    waiting: {
      means: "The processor waits for the customer's coins.",
      next: ["confirming", "confirmed", "settled", "rejected", "expired", "in_review", "refunded"],
      waits: { owner: "payer", deadlineMs: days(8), nextAction: "ask the processor" },
      firstLookMs: minutes(10),
    },
    confirming: {
      means: "The processor has seen coins that are not confirmed.",
      next: ["confirmed", "settled", "rejected", "expired", "in_review", "refunded"],
      waits: { owner: "provider", deadlineMs: days(2), nextAction: "ask the processor" },
      firstLookMs: minutes(10),
    },
    confirmed: {
      means: "Confirmed; the processor has not told what it settles to us.",
      next: ["settled", "rejected", "in_review", "refunded"],
      waits: { owner: "provider", deadlineMs: days(2), nextAction: "ask the processor" },
      firstLookMs: minutes(10),
    },
    expired: {
      means: "Nothing came in time. A late deposit is still taken.",
      next: ["confirming", "confirmed", "settled", "in_review", "refunded"], // a late deposit, which nobody can refuse
      firstLookMs: days(1), // its notice may be lost
    },
    rejected: {
      means: "The processor calls it failed. Its support may revive it.",
      next: ["confirming", "confirmed", "settled", "in_review", "refunded"],
    },
    in_review: {
      means: "Money that no order explains (booked to suspense), or a settlement we cannot read.",
      next: ["in_review", "settled", "refunded"], // again: for another reason
      waits: { owner: "operator", deadlineMs: days(3), nextAction: "ask the processor" },
      firstLookMs: hours(6),
    },
    settled: {
      means: "Booked: fee and earnings exist. A refund may still undo it.",
      next: ["refunded", "reversed", "settled"], // again: two persons gave its coins to somebody else
      waits: { owner: "provider", deadlineMs: days(1), nextAction: "look for its coins on the chain" },
      firstLookMs: minutes(10),
    },
    refunded: {
      means: "The processor gave it back, or we do; fee and earnings are reversed.",
      next: ["in_review"], // ours could not be sent
    },
    // Should it come again, that is another payment.
    reversed: {
      means:
        "A reorganisation took its deposit off the chain, or two persons gave it to somebody else; fee and earnings are reversed.",
      next: [],
    },
  },
  resting: "status = 'settled' and arrival in ('none', 'seen')",
});

export type PaymentStatus = StatusOf<typeof paymentLife>;

/** Coins that the processor keeps for us may be paid out one day. Kept for longer than this they are worth a look. */
export const custodyDeadlineMs = days(30);

/** When to look again after a step, and when the desk shows it. */
export function watchOf({ to, reason }: { to: PaymentStatus; reason: string | null }, now: Date): Watch {
  const watch = paymentLife.watchFrom(to, now);
  // The processor may tell the amount any minute.
  return to === "in_review" && reason === "no_settled_amount"
    ? { ...watch, next_check_at: new Date(now.getTime() + minutes(10)) }
    : watch;
}

/** What came from a processor. A row that was never put off is due since it came. */
export const eventLife = defineLife({
  thing: "event",
  title: "inbound event",
  table: "processor_event",
  note: "Every event is kept as it came and can be replayed, so none of its statuses is left for ever.",
  keeps: [],
  starts: ["received"],
  ends: [],
  statuses: {
    received: {
      means: "Stored and acknowledged, not processed yet.",
      next: ["processed", "ignored", "unmatched", "in_review"],
      waits: { owner: "system", deadlineMs: days(1), nextAction: "process it" },
    },
    unmatched: {
      means: "Money that no order explains: its payment is in review.",
      next: ["received", "processed", "ignored"],
      waits: { owner: "operator", deadlineMs: days(3), nextAction: "its payment is in review" },
    },
    in_review: {
      means: "It cannot be read or believed as it stands, or processing it failed too often.",
      next: ["received", "processed", "ignored"], // processed: its payment left the review
      waits: {
        owner: "operator",
        deadlineMs: days(3),
        nextAction: "none by itself: replay or dismiss it",
      },
    },
    processed: { means: "It did what it says.", next: ["received"] },
    ignored: {
      means: "It changed nothing: late, said before, about something else, or dismissed by an operator.",
      next: ["received"],
    },
  },
});
