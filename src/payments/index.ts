import type { Job } from "../jobs/index.ts";
import type { PaymentDeps } from "./deps.ts";
import { followPaymentJob } from "./follow-payment.job.ts";
import { reverseEarningsJob } from "./refund-payment.ts";

export { acceptShortSettlement, getPayment } from "./accept-short-settlement.ts";
export { paymentDesk, paymentOrphans } from "./payment-desk.ts";
export type { PaymentDeps } from "./deps.ts";
export { claimForPayment, releasedOfSettlement } from "./claim-arrival.ts";
export { paymentExpects } from "./expects.ts";
export { markArrived, markGathered } from "./mark-gathered.ts";
export { directProcessor, eventLife, paymentLife, watchOf, type PaymentStatus } from "./payment.ts";
export {
  awaitedSettlements,
  findPayment,
  findToldOf,
  lockPaymentsByExternalId,
  paidForOrder,
  paidForOrders,
  partsOf,
  refundedOfOrder,
  type PaidForOrder,
  type Payment,
  type RefundedOfOrder,
  type ToldOf,
} from "./payment-store.ts";
export { listPayments, paymentList, searchPayments } from "./list-payments.ts";
export { leaveSuspense, recordPayment, suspendPayment, type ToldPayment } from "./record-payment.ts";
export { lookForRefunded, refundPayment, takeBackPayment } from "./refund-payment.ts";
export { refundOrder, settledPaymentRefunds } from "./refund-settled.ts";
export { returnToPayer, takeBackPaymentRefund } from "./return-to-payer.ts";
export { reversePayment } from "./reverse-payment.ts";
export {
  paymentEntryId,
  paymentIdOf,
  settleAlongside,
  settlePayments,
  splitRest,
  splitSettlement,
  type BookingRequest,
  type PaymentFacts,
  type SettlementTerms,
} from "./settle-payments.ts";
export { isToAsk, takeDuePayments, type DuePayment } from "./take-due-payments.ts";

export { ordersRefresh, paymentTasks, payoutsAdvance, payoutsPlan } from "./tasks.ts";

export const paymentJobs = (deps: PaymentDeps): Job[] => [followPaymentJob(deps), reverseEarningsJob(deps)];
