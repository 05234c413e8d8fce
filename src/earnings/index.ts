export {
  claimEarnings,
  distributeToEarnings,
  divideUnconverted,
  lockClaimed,
  lockPendingOf,
  makeAvailable,
  pendingAssets,
  releaseClaimed,
  sumsPerPayee,
  takeBackConverted,
  type ClaimedEarning,
  type PendingAsset,
  type PendingEarning,
} from "./convert.ts";
export { earningLife, type Earning, type EarningRoute, type EarningStatus, type Weights } from "./earning.ts";
export {
  balancesOf,
  bookedBeyondEarnings,
  earningsOf,
  paymentsPaidBy,
  paymentsSharedBy,
  sharesOf,
  type ConversionShare,
  type EarnedBalance,
} from "./earning-store.ts";
export {
  concludeRefund,
  isWhollyRefunded,
  releaseRefund,
  reserveForRefund,
  setAsideForRefund,
  unrefundedShares,
} from "./give-back.ts";
export {
  available,
  availableTo,
  gatherInstead,
  holdsRefunded,
  lockFree,
  lockHeld,
  markPaid,
  payableAtOnce,
  payoutsHolding,
  releaseHeld,
  type HeldEarning,
  type HeldFrom,
} from "./pay-out.ts";
export {
  collectRecoverables,
  owePaidTwice,
  payeesToCollectFrom,
  recoverablesOf,
  type Recoverable,
} from "./recoverable.ts";
export { recoverableDesk } from "./recoverable-desk.ts";
export { settledEarnings, type Share } from "./settle.ts";
export { markAwaited, markSpendable, valueEarnings } from "./spendable.ts";
export { owedBack, reverseEarning, takeBackEarningsOf, takeBackFor } from "./take-back.ts";
