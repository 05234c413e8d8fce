import type { Job } from "../jobs/index.ts";
import type { GatheringDeps } from "./deps.ts";
import { sweepAddressesJob } from "./sweep-addresses.job.ts";
import { advanceSweepJob } from "./sweep-advance.job.ts";

export { gatheredByHand } from "./moved-by-hand.ts";
export { sweepLife, type SweepStatus } from "./sweep.ts";
export { sweepGasIntent, sweepIntent } from "./sweep-intents.ts";
export { sweepDesks, whyNotGathered } from "./sweep-desk.ts";

export { gatheringTasks } from "./tasks.ts";

export const gatheringJobs = (deps: GatheringDeps): Job[] => [sweepAddressesJob(deps), advanceSweepJob(deps)];

export type { GatheringDeps } from "./deps.ts";
