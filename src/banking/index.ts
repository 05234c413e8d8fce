import type { Job } from "../jobs/index.ts";
import { sweepJob } from "../lifecycle/index.ts";
import { advanceBankTransferJob } from "./advance-bank-transfer.job.ts";
import { bankTransferLife } from "./bank-transfer.ts";
import { compareFloatsJob } from "./compare-floats.job.ts";
import type { BankingDeps } from "./deps.ts";

export { askAboutFailed, vouchForFailed } from "./ask-about-failed.ts";
export { bankTransferDesk } from "./bank-transfer-desk.ts";
export { bankTransferLife, type BankTransfer } from "./bank-transfer.ts";
export { findBankTransferOf } from "./bank-transfer-store.ts";
export type { BankingDeps, BankPermission } from "./deps.ts";
export { hearNotice } from "./hear-notice.ts";
export { floatDesk } from "./float-desk.ts";
export { cancelBankTransfer, planBankTransfer } from "./plan-bank-transfer.ts";
export { quoteBank, type BankQuote } from "./quote.ts";
export { bankingSettings, readBankSpreadBps } from "./settings.ts";
export { bankingTasks } from "./tasks.ts";

export const bankingJobs = (deps: BankingDeps): Job[] => [
  advanceBankTransferJob(deps),
  compareFloatsJob(deps),
  sweepJob(bankTransferLife, deps),
];
