import { inTransaction } from "../database/index.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { cancelTransfer } from "../transfers/index.ts";
import type { SwapDeps } from "./deps.ts";
import { endedSwaps } from "./swap.ts";
import { advanceSwap, findSwap } from "./swap-store.ts";
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
        const swap = await findSwap(tx, id);
        if (swap === null || endedSwaps.has(swap.status)) return;
        const now = deps.clock.now();
        const unfunded =
          swap.transfer_id === null || (await cancelTransfer(tx, swap.transfer_id, { cause, now }));
        if (!unfunded) return;
        const to = swap.status === "quoted" || swap.status === "in_review" ? "rejected" : "expired";
        await advanceSwap(tx, swap, { to, cause, now, set: { waiting_reason: "orphaned" } });
      }),
  });
