import type { Tx } from "../database/index.ts";
import type { DeskAction, RoomDesk } from "../desk-port/index.ts";
import { DomainError } from "../errors.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { waitingDesk, type Cause } from "../lifecycle/index.ts";
import { bankTransferLife, type BankTransfer } from "./bank-transfer.ts";
import { lockBankTransfer } from "./bank-transfer-store.ts";
import type { BankingDeps } from "./deps.ts";
import { fail, succeed } from "./end-bank-transfer.ts";
import { bankingTasks } from "./tasks.ts";

type Row = BankTransfer & { readonly shown_from?: Date };
type Decidable = BankTransfer & { readonly status: "submitting" | "pending" | "in_review" };

/** Its provider is asked for as long as it may still say what became of it. */
function refuseDecision(row: Row, now: Date): DomainError | null {
  const isLate = row.shown_from !== undefined && row.shown_from <= now;
  const mayDecide =
    row.status === "in_review" || ((row.status === "submitting" || row.status === "pending") && isLate);
  return mayDecide
    ? null
    : new DomainError(
        "bank_transfer_under_way",
        "Its provider may still say what became of it. Persons decide when it is in review, or past its deadline.",
      );
}

/** Two persons say what became of one that its provider does not end, or tells otherwise of. */
const decide = (
  deps: BankingDeps,
  decision: "bank_transfer.delivered" | "bank_transfer.failed",
  act: (tx: Tx, transfer: Decidable, step: { cause: Cause; now: Date }) => Promise<void>,
): DeskAction<Row> => ({
  refuse: refuseDecision,
  run: async ({ id, status, review_reason: because }, { by, now }) => {
    const asked = { decision, subject: id, input: { status }, because: because ?? status, by, now };
    await deps.secondPerson.asTwo(asked, async (tx, { second }) => {
      const transfer = await lockBankTransfer(tx, id);
      if (bankTransferLife.hasEnded(transfer.status) || transfer.status === "planned") return;
      await act(tx, transfer as Decidable, { cause: { kind: "operator", ref: second, note: decision }, now });
    });
  },
});

/** Payments to banks that nobody lets go, or that their provider does not end. */
export const bankTransferDesk = (deps: BankingDeps): RoomDesk =>
  waitingDesk<Row>({
    db: deps.db,
    watched: bankTransferLife,
    show: ({ review_reason, waiting_reason, said, asset, amount, correlation_id }) => ({
      reason: review_reason ?? waiting_reason,
      said,
      money: { asset, amount },
      partOf: correlation_id,
    }),
    actions: {
      check: { run: ({ id }) => enqueueOnce(deps.db, bankingTasks.advance, { id }) },
      book_as_delivered: decide(deps, "bank_transfer.delivered", (tx, transfer, step) =>
        succeed(tx, transfer, { fee: transfer.fee_expected, said: transfer.said ?? "" }, step),
      ),
      book_as_failed: decide(deps, "bank_transfer.failed", (tx, transfer, step) =>
        fail(tx, transfer, "two persons said that it failed", step),
      ),
    },
  });
