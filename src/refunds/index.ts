export { refundAuthority } from "./authority.ts";
export type { RefundDeps, SubjectRoom } from "./deps.ts";
export { refundList, listRefunds, searchRefunds } from "./list-refunds.ts";
export { refundJobs } from "./look-at-refund.job.ts";
export {
  refundLife,
  sentShare,
  unsentRefunds,
  type Refund,
  type RefundAttempt,
  type RefundRate,
  type RefundStatus,
  type RefundSubject,
} from "./refund.ts";
export { refundDesk } from "./refund-desk.ts";
export { confirmAddress, findRefundByLink, insertLink, renewLink, type NewLink } from "./refund-link.ts";
export { attemptsOf, findRefund, liveRefundOf, refundedOf, unknownRefund } from "./refund-store.ts";
export {
  endRefundsOf,
  mayBeDecided,
  refuseDecision,
  resendRefund,
  takeBackRefund,
} from "./resolve-refund.ts";
export { readRefundTerms, refundSettings } from "./settings.ts";
export { checkPayersAddress, planPaymentRefund, refundIntent, startRefund } from "./start-refund.ts";
