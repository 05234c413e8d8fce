import type { Job } from "../jobs/index.ts";
import { advancePayoutJob, followDestinationJob, sweepPayoutsJob } from "./advance-payout.job.ts";
import { attemptEndedJob } from "./attempt-ended.job.ts";
import type { PayoutDeps } from "./deps.ts";
import { planPayoutsJob } from "./plan-payouts.job.ts";
import { releaseOrphanHoldsJob } from "./release-orphans.job.ts";

export { bankAuthority, payoutAuthority, swapAuthority } from "./authority.ts";
export { cancelPayout, createPayout } from "./create-payout.ts";
export type { PayoutDeps } from "./deps.ts";
export {
  payoutAttemptLife,
  payoutKinds,
  payoutLife,
  type Payout,
  type PayoutAttempt,
  type PayoutStatus,
} from "./payout.ts";
export { payableIn, type Payable } from "./payable.ts";
export {
  attemptsOf,
  findPayout,
  listPayouts,
  listWaits,
  payoutList,
  searchPayouts,
  type PayoutWait,
} from "./payout-store.ts";
export { payoutDesk, payoutOrphans } from "./payout-desk.ts";
export { returnToEngine, takeOutside } from "./pay-outside.ts";
export { plansOf, type PayoutPlan } from "./plan-store.ts";
export { type WeighedWay } from "./weigh-ways.ts";
export { proofsOfPayout, type PayoutProof } from "./proof-store.ts";
export { recordPaidOutside, type SaidPaid } from "./prove-outside.ts";
export { attemptRoutes, payoutIntent, payoutRoutes } from "./rails/index.ts";
export { previewPayout, type PayoutPreview } from "./preview-payout.ts";
export { payAgain, resolvePayout, type Resolution } from "./resolve-payout.ts";
export { requestPayout } from "./request-payout.ts";
export { planPayouts } from "./plan-payouts.job.ts";
export { payoutSettings, readInstantMinimumUsdMicros } from "./settings.ts";

export { payoutTasks } from "./tasks.ts";

export const payoutJobs = (deps: PayoutDeps): Job[] => [
  planPayoutsJob(deps),
  advancePayoutJob(deps),
  attemptEndedJob(deps),
  followDestinationJob(deps),
  sweepPayoutsJob(deps),
  releaseOrphanHoldsJob(deps),
];
