import type { RoomDesk } from "../desk-port/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { waitingDesk } from "../lifecycle/index.ts";
import { bankTransferLife, type BankTransfer } from "./bank-transfer.ts";
import type { BankingDeps } from "./deps.ts";
import { bankingTasks } from "./tasks.ts";

/** Payments to banks that nobody lets go, or that their provider does not end. */
export const bankTransferDesk = ({ db }: Pick<BankingDeps, "db">): RoomDesk =>
  waitingDesk<BankTransfer>({
    db,
    watched: bankTransferLife,
    show: ({ review_reason, waiting_reason, said, asset, amount, correlation_id }) => ({
      reason: review_reason ?? waiting_reason,
      said,
      money: { asset, amount },
      partOf: correlation_id,
    }),
    actions: {
      check: { run: ({ id }) => enqueueOnce(db, bankingTasks.advance, { id }) },
    },
  });
