import { inTransaction } from "../database/index.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { abandonSwap } from "./abandon-swap.ts";
import type { SwapDeps } from "./deps.ts";
import { swapTasks } from "./tasks.ts";

const cause = { kind: "job", ref: "swaps.release_orphan", note: "whoever asked for it has ended" } as const;

/**
 * Ends a swap whose conversion or payout attempt has ended or is not there. Only one that nothing was signed for: what is
 * funded, or may be, goes on being followed and stays on the recovery desk until the chain or its provider ends it.
 */
export const releaseOrphanSwapJob = (deps: SwapDeps): Job =>
  defineJob(swapTasks.releaseOrphan, {
    run: ({ id }) =>
      inTransaction(deps.db, async (tx) => {
        await abandonSwap(tx, id, { cause, now: deps.clock.now(), reason: "orphaned" });
      }),
  });
