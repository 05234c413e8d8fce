import type { Job } from "../jobs/index.ts";
import { sweepJob } from "../lifecycle/index.ts";
import { advanceConversionJob } from "./advance-conversion.job.ts";
import { checkConversionsJob } from "./check-conversions.job.ts";
import type { ConversionDeps } from "./deps.ts";
import { conversionLife } from "./conversion.ts";
import { releaseOrphanEarningsJob } from "./release-orphans.job.ts";

export { checkConversions, type CheckResult } from "./check-conversions.job.ts";
export { conversionCheckDesk } from "./conversion-check-desk.ts";
export { claimConversion } from "./claim-conversion.ts";
export { convertByHand, listSellable, type ConvertByHandDeps } from "./by-hand/convert-by-hand.ts";
export {
  conversionLife,
  type Conversion,
  type ConversionStatus,
  type ConversionTrigger,
} from "./conversion.ts";
export {
  conversionList,
  findConversion,
  latestChecks,
  listConversions,
  searchConversions,
  type ConversionCheck,
} from "./conversion-store.ts";
export { conversionDesk, conversionOrphans } from "./conversion-desk.ts";
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

export { conversionTasks } from "./tasks.ts";

export const conversionJobs = (deps: ConversionDeps): Job[] => [
  checkConversionsJob(deps),
  advanceConversionJob(deps),
  sweepJob(conversionLife, deps),
  releaseOrphanEarningsJob(deps),
];
