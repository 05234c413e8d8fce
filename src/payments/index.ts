import type { Job } from "../jobs/index.ts";
import { backfillJob, reverseEarningsJob } from "./backfill.job.ts";
import type { PaymentDeps } from "./deps.ts";
import { followPaymentJob } from "./follow-payment.job.ts";
import { processEventsJob } from "./process-events.job.ts";
import { refundEndedJob } from "./refund-unmatched.ts";
import { sweepPaymentsJob } from "./sweep-payments.job.ts";

export { acceptShortSettlement } from "./accept-short-settlement.ts";
export { assignPayment } from "./assign-payment.ts";
export type { PaymentDeps } from "./deps.ts";
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
];
