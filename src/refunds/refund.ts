import { sql } from "../database/index.ts";
import { days, defineLife, hours, minutes, type StatusOf } from "../lifecycle/index.ts";
import { finalTransfers } from "../transfers/index.ts";
import { refundTasks } from "./tasks.ts";

export const refundLife = defineLife({
  thing: "refund",
  table: "refund",
  note: "Coins on their way back to a payer: a deposit in review, what was paid beyond a price, money that no order explains. Each try has a transfer of its own, one at a time; only the chain ends one that was signed.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: refundTasks.look,
  sweep: refundTasks.sweep,
  starts: ["sending"],
  ends: ["sent", "given_back"],
  statuses: {
    sending: {
      means: "A transfer to the payer is under way.",
      next: ["sending", "sent", "stopped", "given_back"],
      waits: { owner: "system", deadlineMs: hours(12), nextAction: "look at its transfer" },
      firstLookMs: minutes(2),
    },
    stopped: {
      means:
        "Its transfer failed for certain, or cannot be signed as it is. A person says where to, or that it stays.",
      next: ["sending", "sent", "stopped", "given_back"],
      waits: { owner: "operator", deadlineMs: days(3), nextAction: "look at its transfer" },
      firstLookMs: minutes(10),
    },
    sent: { means: "The payer has it.", next: [] },
    given_back: {
      means: "Nothing was sent: it is where it was before, for a person to decide about.",
      next: [],
    },
  },
});

export type RefundStatus = StatusOf<typeof refundLife>;

/** What is sent back: `subject_id` names a deposit, the order of a surplus, or a payment. */
export type RefundSubject = "deposit" | "surplus" | "payment";

export interface Refund {
  readonly id: string;
  readonly subject: RefundSubject;
  readonly subject_id: string;
  readonly wallet_id: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly debit_account: string;
  readonly requested_by: string;
  readonly status: RefundStatus;
  /** Why it is stopped. */
  readonly reason: string | null;
}

export interface RefundAttempt {
  readonly id: string;
  readonly refund_id: string;
  readonly seq: number;
  readonly to_address: string;
  /** Null: under way. */
  readonly outcome: string | null;
}

/** What a refund's transfer is for; its `purpose_id` is the attempt. */
export const refundPurpose = "refund_attempt";

/**
 * SQL, a relation `r (subject, subject_id, asset, amount, debit_account)`: what is decided to go back and has not left for
 * good. By the transfer itself, since the book follows that: the refund learns of it a moment later.
 */
export const unsentRefunds = sql`(
  select subject, subject_id, asset, amount, debit_account from refund
  where status in ('sending', 'stopped') and not exists (
    select from refund_attempt a join ${finalTransfers} on t.purpose = ${sql.lit(refundPurpose)} and t.purpose_id = a.id
    where a.refund_id = refund.id)) as r`;
