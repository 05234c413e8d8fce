import type { Job } from "../jobs/index.ts";
import { advanceTransferJob } from "./advance-transfer.job.ts";
import type { TransferDeps } from "./deps.ts";
import { sweepTransfersJob } from "./sweep-transfers.job.ts";

/** Every job of this room: `transfers.advance` for one transfer, `transfers.sweep` for a schedule. */
export const transferJobs = (deps: TransferDeps): Job[] => [
  advanceTransferJob(deps),
  sweepTransfersJob(deps),
];
