import type { Job } from "../jobs/index.ts";
import { sweepJob } from "../lifecycle/index.ts";
import { advanceSwapJob } from "./advance-swap.job.ts";
import type { SwapDeps } from "./deps.ts";
import { findSurplusJob } from "./find-surplus.job.ts";
import { followLossesJob } from "./follow-losses.job.ts";
import { releaseOrphanSwapJob } from "./release-orphan.job.ts";
import { swapLife } from "./swap.ts";

export type { SwapDeps } from "./deps.ts";
export { abandonSwap, isAbandonable } from "./abandon-swap.ts";
export { amountWorth, swapExposure, type SwapExposure } from "./exposure.ts";
export { swapExpects } from "./expects.ts";
export { followLossesOf } from "./follow-losses.job.ts";
export { fundingIntent, type FundingIntent } from "./funding-intent.ts";
export { claimPaidOutside } from "./payee-delivery.ts";
export { leastTargetAmount } from "./least-target-amount.ts";
export {
  abandonUnfundedSwap,
  acceptSwapDelivery,
  acceptSwapRefund,
  writeOffSwap,
  type SwapDecision,
} from "./resolve-swap.ts";
export { endedSwaps, swapLife, type Swap, type SwapAlert, type SwapStatus } from "./swap.ts";
export { swapDesk, swapOrphans } from "./swap-desk.ts";
export { swapLimits, type SwapLimits } from "./swap-limits.ts";
export { findSwap, planSwap, swapsOf, vouchForLosses, type PlanSwap } from "./swap-store.ts";
export { readExposureLimit, readVarianceAlertBps, swapSettings } from "./settings.ts";

export { swapTasks } from "./tasks.ts";

export const swapJobs = (deps: SwapDeps): Job[] => [
  advanceSwapJob(deps),
  sweepJob(swapLife, deps),
  findSurplusJob(deps),
  followLossesJob(deps),
  releaseOrphanSwapJob(deps),
];
