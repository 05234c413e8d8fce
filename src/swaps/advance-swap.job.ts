import { inTransaction } from "../database/index.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { providerOf } from "./chosen-provider.ts";
import type { SwapDeps } from "./deps.ts";
import { followSwap } from "./follow-swap.ts";
import { followFunding, fundSwap } from "./fund-swap.ts";
import { openSwap } from "./open-swap.ts";
import { endedSwaps, type Swap } from "./swap.ts";
import { advanceSwap, findSwap } from "./swap-store.ts";
import { swapTasks } from "./tasks.ts";

/** Does whatever a swap needs next. May run twice, or die at any line: each step is decided on the row as it is. */
export const advanceSwapJob = (deps: SwapDeps): Job =>
  defineJob(swapTasks.advance, {
    async run({ id }, { signal }) {
      const swap = await findSwap(deps.db, id);
      if (swap === null || endedSwaps.has(swap.status)) return;
      if (swap.status === "quoted") return openSwap(deps, swap, signal);
      if (swap.status === "funding") return followFunding(deps, swap);
      if (swap.status === "created") return fundSwap(deps, swap, providerOf(deps, swap), signal);
      if (swap.transfer_id !== null) return followSwap(deps, swap, signal);
      return giveUpUnfunded(deps, swap);
    },
  });

/** Nothing was sent for a swap that went to review before its funding: past its deadline, what it claims goes back. */
async function giveUpUnfunded(deps: SwapDeps, swap: Swap): Promise<void> {
  const now = deps.clock.now();
  if (swap.deadline_at === null || now <= swap.deadline_at) return;
  const reason = `gave_up: ${swap.review_reason}`;
  await inTransaction(deps.db, (tx) =>
    advanceSwap(tx, swap, {
      to: "rejected",
      cause: { kind: "job", ref: "swaps.advance", note: reason },
      now,
      set: { waiting_reason: reason },
    }),
  );
}
