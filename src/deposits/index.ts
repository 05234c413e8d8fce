import type { Job } from "../jobs/index.ts";
import type { DepositDeps } from "./deps.ts";
import { checkClaimJob } from "./claim-payment.ts";
import { compareBalancesJob } from "./compare-balances.job.ts";
import { followDepositsJob, sweepDepositsJob } from "./follow-deposits.job.ts";
import { watchJob } from "./watch.job.ts";

export { assignDeposit } from "./assign-deposit.ts";
export { readClaim, verifyPayment, type PaymentClaim } from "./claim-payment.ts";
export {
  claimLife,
  depositSuspense,
  depositLife,
  type ClaimStatus,
  type DepositRow,
  type DepositStatus,
} from "./deposit.ts";
export { claimMessages, type ClaimReason } from "./judge-claim.ts";
export { readDepositWallets } from "./deposit-wallets.ts";
export { addressDifferenceDesk } from "./address-difference-desk.ts";
export { balanceCheckDesk } from "./balance-check-desk.ts";
export { claimDesk, depositDesk } from "./deposit-desk.ts";
export { watchDesk } from "./watch-desk.ts";
export { readWatchStates, whyStanding, type WatchState } from "./watch-state.ts";
export { overpaidOn, type Overpaid } from "./surplus.ts";
export { surplusDesk } from "./surplus-desk.ts";
export { depositsReadTogether } from "./follow-deposits.job.ts";
export { bookReadings, readTransactions, type Readings } from "./take-reading.ts";
export type { DepositDeps } from "./deps.ts";
export type { DepositPolicy } from "./judge-deposit.ts";
export {
  claimForSweep,
  findDeposit,
  gatherable,
  listGatherable,
  markMoved,
  markSwept,
  releaseFromSweep,
} from "./deposit-store.ts";
export { claimForOrder, takeBackDeposit } from "./give-away.ts";
export { findSale, markSold, type Sale, type SaleOf, type SoldDeposit, type SoldPlace } from "./find-sale.ts";
export {
  depositList,
  listDeposits,
  listUnlisted,
  searchDeposits,
  type UnlistedRow,
} from "./list-deposits.ts";
export { refundDeposit, takeBackDepositRefund } from "./refund-deposit.ts";
export { refundSurplus } from "./refund-deposit-surplus.ts";

export { depositTasks, sweepAddresses } from "./tasks.ts";

export const depositJobs = (deps: DepositDeps): Job[] => [
  watchJob(deps),
  compareBalancesJob(deps),
  followDepositsJob(deps),
  sweepDepositsJob(deps),
  checkClaimJob(deps),
];

export { wakeSweeps } from "./wake-sweeps.ts";
export { depositSettings, readDepositPolicy, readQuoteMs, readSweepMaximumFeeBps } from "./settings.ts";
