export { advanceTransferJob } from "./advance-transfer.job.ts";
export { fingerprintStore, forgetFingerprint } from "./chain-fingerprint.ts";
export type { GatedIntent, TransferDeps, TransferIntent, TransferLimits } from "./deps.ts";
export { cancelTransfer, isCancellable, planTransfer, type TransferPlan } from "./plan-transfer.ts";
export { holdingsAt, isSendingTo, payersHoldings, type PayersHolding } from "./payers-holdings.ts";
export { recordSignerState, type SignerProblem } from "./signer-state.ts";
export { transferLife, type Transfer, type TransferAttempt, type TransferStatus } from "./transfer.ts";
export { transferDesk, transferOrphans } from "./transfer-desk.ts";
export { transferJobs } from "./transfer-jobs.ts";
export {
  finalTransfers,
  inFlight,
  findTransfer,
  findTransferOf,
  listAttempts,
  ourTransactions,
  ownTransactionsAmong,
  sentFor,
  underWay,
} from "./transfer-store.ts";
export { walletChecks } from "./wallet-checks.ts";
export { walletDesk } from "./wallet-desk.ts";
export { countUnsigned, walletOverview, type WalletAssetView } from "./wallet-overview.ts";
export {
  findWallet,
  findWalletAt,
  getWallet,
  isWallet,
  listWallets,
  ownSenders,
  ownWallets,
  pauseRestoredWallets,
  pauseWallet,
  payersWallets,
  registerDepositWallets,
  registerWallet,
  resumeWallet,
  type Wallet,
  type WalletPlace,
} from "./wallet.ts";
export { openWalletJob } from "./open-wallet.job.ts";
export { readTransferLimits, transferLimits, transferSettings } from "./settings.ts";
export { transferTasks } from "./tasks.ts";
