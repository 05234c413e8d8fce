import type { Job } from "../jobs/index.ts";
import { advanceConversionJob, sweepConversionsJob } from "./advance-conversion.job.ts";
import { checkConversionsJob } from "./check-conversions.job.ts";
import type { ConversionDeps } from "./deps.ts";
import { releaseOrphanEarningsJob } from "./release-orphans.job.ts";

export { checkConversions, type CheckResult } from "./check-conversions.job.ts";
export { claimConversion } from "./claim-conversion.ts";
export { convertByHand, listSellable, type ConvertByHandDeps } from "./by-hand/convert-by-hand.ts";
export { conversionWaits } from "./conversion-waits.ts";
export {
  conversionTransitions,
  type Conversion,
  type ConversionStatus,
  type ConversionTrigger,
} from "./conversion.ts";
export { findConversion, latestChecks, listConversions, type ConversionCheck } from "./conversion-store.ts";
export { conversionDesk, conversionOrphans, watchedConversions } from "./conversion-desk.ts";
export type { ConversionDeps } from "./deps.ts";
export { latestPrices } from "./price-observation.ts";
export { distribute } from "./distribute.ts";
export {
  conversionSettings,
  conversionTrigger,
  readConversionTrigger,
  readSettlementAsset,
  settlementAsset,
} from "./settings.ts";

export const conversionJobs = (deps: ConversionDeps): Job[] => [
  checkConversionsJob(deps),
  advanceConversionJob(deps),
  sweepConversionsJob(deps),
  releaseOrphanEarningsJob(deps),
];
