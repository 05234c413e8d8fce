import { days, defineLife, hours, minutes, type StatusOf } from "../lifecycle/index.ts";
import { bankingTasks } from "./tasks.ts";

export const bankTransferLife = defineLife({
  thing: "bank_transfer",
  table: "bank_transfer",
  note: "One payment to a bank out of a float of ours. Its id is the reference that the provider knows it by, for ever: telling it twice sends once.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: bankingTasks.advance,
  sweep: bankingTasks.sweep,
  starts: ["planned"],
  ends: ["succeeded", "failed", "cancelled"],
  statuses: {
    planned: {
      means: "Nobody outside knows of it. It waits for its word, or for the float.",
      next: ["submitting", "cancelled"],
      waits: { owner: "system", deadlineMs: hours(12), nextAction: "ask whether it may leave, and send it" },
      firstLookMs: minutes(1),
    },
    submitting: {
      means: "The provider was told, or is being told: whether it knows is not known yet.",
      // planned: it was not heard, for certain; succeeded: by two persons
      next: ["planned", "pending", "succeeded", "failed", "in_review"],
      waits: {
        owner: "system",
        deadlineMs: hours(6),
        nextAction: "look for its reference, and tell it again where it is not there",
      },
      firstLookMs: minutes(1),
    },
    pending: {
      means: "The provider has it. It may still fail.",
      next: ["succeeded", "failed", "in_review"],
      waits: { owner: "provider", deadlineMs: days(2), nextAction: "ask how far it is" },
      firstLookMs: minutes(1),
    },
    in_review: {
      means: "The provider tells of another amount, account or currency than was asked.",
      next: ["pending", "succeeded", "failed"],
      waits: { owner: "operator", deadlineMs: hours(12), nextAction: "ask how far it is" },
      firstLookMs: minutes(10),
    },
    succeeded: { means: "The bank has it, as the provider says.", next: [] },
    failed: { means: "It was refused, for certain. Nothing left the float.", next: [] },
    cancelled: { means: "Taken back before anybody outside knew of it.", next: [] },
  },
});

export type BankTransferStatus = StatusOf<typeof bankTransferLife>;

/** Amounts are base units: of `asset` what the bank is to get, of `source_asset` what the payee is owed for it. */
export interface BankTransfer {
  readonly id: string;
  readonly purpose: string;
  readonly purpose_id: string;
  readonly provider: string;
  readonly asset: string;
  readonly amount: bigint;
  /** The most that sending may cost on top, as the provider told before. */
  readonly fee_expected: bigint;
  readonly bank_code: string;
  readonly account_number: string;
  readonly branch_code: string | null;
  readonly holder: string;
  readonly source_asset: string;
  readonly source_amount: bigint;
  /** What the ledger debits once it succeeded. */
  readonly debit_account: string;
  readonly done_task: string;
  readonly correlation_id: string;
  readonly status: BankTransferStatus;
  readonly waiting_reason: string | null;
  readonly review_reason: string | null;
  readonly external_id: string | null;
  readonly fee_paid: bigint | null;
  /** The provider's words. */
  readonly said: string | null;
  /** When the provider was told last; null: never. */
  readonly told_at: Date | null;
  /** How often it was told since it was planned. */
  readonly tellings: number;
  /** When the provider first told of one that had failed as if it had not; null: never, or two persons said it did not arrive. */
  readonly contradicted_at: Date | null;
  readonly authorised_by: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}
