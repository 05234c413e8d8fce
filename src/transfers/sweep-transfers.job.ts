import { z } from "zod";
import { inTransaction, takeDue } from "../database/index.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import type { TransferDeps } from "./deps.ts";
import { enqueueCheck } from "./transfer-store.ts";

/** Wakes transfers whose check time passed: their job was lost, or used up its attempts. */
export const sweepTransfersJob = (deps: TransferDeps): Job =>
  defineJob({
    name: "transfers.sweep",
    payload: z.object({}).loose(),
    run: () =>
      inTransaction(deps.db, async (tx) => {
        for (const id of await takeDue(tx, "transfer", deps.clock.now())) await enqueueCheck(tx, id);
      }),
  });
