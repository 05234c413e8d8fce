import { sql } from "../database/index.ts";
import { days, defineLife, hours, minutes, type StatusOf } from "../lifecycle/index.ts";
import { finalTransfers } from "../transfers/index.ts";
import { refundTasks } from "./tasks.ts";

export const refundLife = defineLife({
  thing: "refund",
  table: "refund",
  note: "Coins on their way back to a payer: a payment of an order or a part of it, a deposit in review, what was paid beyond a price, money that no order explains. Each try has a transfer of its own, one at a time; only the chain ends one that was signed.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: refundTasks.look,
  sweep: refundTasks.sweep,
  starts: ["awaiting_address", "waiting", "sending"],
  ends: ["sent", "given_back"],
  statuses: {
    awaiting_address: {
      means:
        "Its payer has a link, and has not said yet where it goes. Nothing is booked; nobody else may have it.",
      next: ["waiting", "given_back"],
      waits: { owner: "payer", deadlineMs: days(14), nextAction: "wait for the payer's address" },
      firstLookMs: days(1),
    },
    waiting: {
      means:
        "Where it goes is known. It waits for its coins to be in our wallet, or for enough of that asset that is ours.",
      next: ["waiting", "sending", "given_back"],
      waits: { owner: "system", deadlineMs: days(2), nextAction: "see whether it can set out" },
      firstLookMs: minutes(5),
    },
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
      means: "Nothing was sent: it is where it was before.",
      next: [],
    },
  },
});

export type RefundStatus = StatusOf<typeof refundLife>;

/**
 * What is sent back: `subject_id` names a deposit, the order of a surplus, a payment that no order explains, or one that was
 * booked for its order.
 */
export type RefundSubject = "deposit" | "surplus" | "payment" | "settled_payment";

/** At what a payment is given back: the units that came, or what they were worth then at today's price. */
export type RefundRate = "original" | "current";

export interface Refund {
  readonly id: string;
  readonly subject: RefundSubject;
  readonly subject_id: string;
  readonly order_id: string | null;
  readonly wallet_id: string;
  readonly asset: string;
  /** What goes back, base units. */
  readonly amount: bigint;
  readonly debit_account: string;
  /** Null: its payer has not said. */
  readonly to_address: string | null;
  /** Who named that address, or made the payer's link to it; null: whoever asked for the refund. */
  readonly addressed_by: string | null;
  readonly requested_by: string;
  readonly status: RefundStatus;
  /** Why it waits, is stopped, or was given back. */
  readonly reason: string | null;
  /** Why it is made, in the words of whoever asked. */
  readonly why: string | null;
  readonly rate: RefundRate;
  /** Of a settled payment: the part of it that this refunds, base units. */
  readonly share_amount: bigint | null;
  /** Our fee's part of that; `fee_kept`: it stays with us. */
  readonly fee_amount: bigint;
  readonly fee_kept: boolean;
  /** That the payer has it by, once they have. */
  readonly transaction_hash: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** A refund of which something may still be sent. */
export const underWay = [
  "awaiting_address",
  "waiting",
  "sending",
  "stopped",
] as const satisfies RefundStatus[];

export interface RefundAttempt {
  readonly id: string;
  readonly refund_id: string;
  readonly seq: number;
  readonly to_address: string;
  /** Null: under way. */
  readonly outcome: string | null;
  readonly asked_by: string;
  readonly created_at: Date;
  readonly ended_at: Date | null;
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

/** SQL, of a payment `p`: what of it its payer has back, base units of what came. */
export const sentShare = sql`(
  select coalesce(sum(share_amount::numeric), 0) from refund
  where subject = 'settled_payment' and status = 'sent' and subject_id = p.id)`;
