import type { Job } from "../jobs/index.ts";
import { advanceSwapJob, sweepSwapsJob } from "./advance-swap.job.ts";
import type { SwapDeps } from "./deps.ts";

export type { SwapDeps } from "./deps.ts";
export { abandonSwap } from "./abandon-swap.ts";
export { leastTargetAmount } from "./least-target-amount.ts";
export { endedSwaps, swapTransitions, type Swap, type SwapStatus } from "./swap.ts";
export { findSwap, planSwap, swapsOf, type PlanSwap } from "./swap-store.ts";

export const swapJobs = (deps: SwapDeps): Job[] => [advanceSwapJob(deps), sweepSwapsJob(deps)];
