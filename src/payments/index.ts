import type { Job } from "../jobs/index.ts";
import { backfillJob, reverseEarningsJob, sweepPaymentsJob } from "./backfill.job.ts";
import type { PaymentDeps } from "./deps.ts";
import { followPaymentJob } from "./follow-payment.job.ts";
import { processEventsJob } from "./process-events.job.ts";

export type { PaymentDeps } from "./deps.ts";
export { createIntake, type Intake, type Received } from "./intake.ts";
export { paymentTransitions, type PaymentStatus } from "./payment.ts";
export { earningsOf, findPayment, listPayments, type Earning, type Payment } from "./payment-store.ts";
export { listEvents, replayEvent, type StoredEvent } from "./replay-event.ts";
export {
  paymentIdOf,
  settlePayments,
  splitSettlement,
  type Settlement,
  type SettlementTerms,
} from "./settle-payments.ts";

export const paymentJobs = (deps: PaymentDeps): Job[] => [
  processEventsJob(deps),
  followPaymentJob(deps),
  backfillJob(deps),
  sweepPaymentsJob(deps),
  reverseEarningsJob(deps),
];
