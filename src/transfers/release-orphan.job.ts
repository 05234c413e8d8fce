import { inTransaction } from "../database/index.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import type { TransferDeps } from "./deps.ts";
import { cancelTransfer } from "./plan-transfer.ts";
import { transferTasks } from "./tasks.ts";

/**
 * Withdraws a transfer whose swap or payout attempt has ended or is not there, if nothing was signed for it. What is signed
 * only the chain can end: it is followed, and stays on the recovery desk until then.
 */
export const releaseOrphanTransferJob = (deps: TransferDeps): Job =>
  defineJob(transferTasks.releaseOrphan, {
    run: ({ id }) =>
      inTransaction(deps.db, async (tx) => {
        const cause = {
          kind: "job",
          ref: "transfers.release_orphan",
          note: "whoever asked for it has ended",
        } as const;
        await cancelTransfer(tx, id, { cause, now: deps.clock.now() });
      }),
  });
