import type { Job } from "../jobs/index.ts";
import type { PaymentDeps } from "./deps.ts";
import { followPaymentJob } from "./follow-payment.job.ts";
import { refundEndedJob } from "./refund-unmatched.ts";
import { reverseEarningsJob } from "./refund-payment.ts";

export { acceptShortSettlement } from "./accept-short-settlement.ts";
export { assignPayment, leaveSuspense } from "./assign-payment.ts";
export type { PaymentDeps } from "./deps.ts";
export { markGathered } from "./mark-gathered.ts";
export { coinChanged, paidInUsd } from "./paid-amount.ts";
export { refundPayment } from "./refund-payment.ts";
export { loadTerms, type TermsByOrder } from "./settlement-terms.ts";
export {
  directProcessor,
  eventTransitions,
  eventWaits,
  paymentTransitions,
  paymentWaits,
  watchOf,
  type PaymentStatus,
} from "./payment.ts";
export {
  closeEventsOf,
  findPayment,
  listPayments,
  lockPaymentsByExternalId,
  type Payment,
} from "./payment-store.ts";
export { refundIntent, refundUnmatched } from "./refund-unmatched.ts";
export {
  paymentEntryId,
  paymentFacts,
  paymentIdOf,
  settlePayments,
  splitSettlement,
  type Settlement,
  type SettlementTerms,
} from "./settle-payments.ts";

export const paymentJobs = (deps: PaymentDeps): Job[] => [
  followPaymentJob(deps),
  reverseEarningsJob(deps),
  refundEndedJob(deps),
];
