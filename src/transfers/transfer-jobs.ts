import type { Job } from "../jobs/index.ts";
import { sweepJob } from "../lifecycle/index.ts";
import { advanceTransferJob } from "./advance-transfer.job.ts";
import type { TransferDeps } from "./deps.ts";
import { recheckEndedJob } from "./recheck-ended.job.ts";
import { releaseOrphanTransferJob } from "./release-orphan.job.ts";
import { transferLife } from "./transfer.ts";

/** Every job of this room but the opening of a wallet: `transfers.advance` for one transfer, the others for schedules. */
export const transferJobs = (deps: TransferDeps): Job[] => [
  advanceTransferJob(deps),
  sweepJob(transferLife, deps),
  releaseOrphanTransferJob(deps),
  recheckEndedJob(deps),
];
