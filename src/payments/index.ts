import type { Job } from "../jobs/index.ts";
import { backfillJob, reverseEarningsJob } from "./backfill.job.ts";
import type { PaymentDeps } from "./deps.ts";
import { checkClaimJob } from "./direct/claim-payment.ts";
import { followDepositsJob, sweepDepositsJob } from "./direct/follow-deposits.job.ts";
import { directRefundEndedJob } from "./direct/refund-deposit.ts";
import { sweepAddressesJob } from "./direct/sweep-addresses.job.ts";
import { advanceSweepJob } from "./direct/sweep-advance.job.ts";
import { watchJob } from "./direct/watch.job.ts";
import { followPaymentJob } from "./follow-payment.job.ts";
import { processEventsJob } from "./process-events.job.ts";
import { refundEndedJob } from "./refund-unmatched.ts";
import { sweepPaymentsJob } from "./sweep-payments.job.ts";

export { acceptShortSettlement } from "./accept-short-settlement.ts";
export { assignPayment } from "./assign-payment.ts";
export type { PaymentDeps } from "./deps.ts";
export { readClaim, verifyPayment, type PaymentClaim } from "./direct/claim-payment.ts";
export {
  claimTransitions,
  claimWaits,
  depositSuspense,
  depositTransitions,
  depositWaits,
  directProcessor,
  type ClaimStatus,
  type DepositRow,
  type DepositStatus,
} from "./direct/deposit.ts";
export { listDeposits, listUnlisted, type UnlistedRow } from "./direct/list-deposits.ts";
export { claimMessages, type ClaimReason } from "./direct/judge-claim.ts";
export type { DepositPolicy } from "./direct/judge-deposit.ts";
export { assignDeposit } from "./direct/assign-deposit.ts";
export { depositRefundIntent, refundDeposit } from "./direct/refund-deposit.ts";
export { refundSurplus, surplusRefundIntent } from "./direct/refund-deposit-surplus.ts";
export { sweepTransitions, sweepWaits, type SweepStatus } from "./direct/sweep.ts";
export { sweepGasIntent, sweepIntent } from "./direct/sweep-intents.ts";
export { checkSweep } from "./direct/sweep-store.ts";
export { createIntake, type Intake, type Received } from "./intake.ts";
export {
  earningTransitions,
  earningWaits,
  eventTransitions,
  eventWaits,
  paymentTransitions,
  paymentWaits,
  type PaymentStatus,
} from "./payment.ts";
export { earningsOf, findPayment, listPayments, type Earning, type Payment } from "./payment-store.ts";
export { refundIntent, refundUnmatched } from "./refund-unmatched.ts";
export { dismissEvent, listEvents, replayEvent, type StoredEvent } from "./replay-event.ts";
export {
  paymentIdOf,
  settlePayments,
  splitSettlement,
  type Settlement,
  type SettlementTerms,
} from "./settle-payments.ts";

export { askProcessor } from "./sweep-payments.job.ts";

export const paymentJobs = (deps: PaymentDeps): Job[] => [
  processEventsJob(deps),
  followPaymentJob(deps),
  backfillJob(deps),
  sweepPaymentsJob(deps),
  reverseEarningsJob(deps),
  refundEndedJob(deps),
  watchJob(deps),
  followDepositsJob(deps),
  sweepDepositsJob(deps),
  checkClaimJob(deps),
  sweepAddressesJob(deps),
  advanceSweepJob(deps),
  directRefundEndedJob(deps),
];
