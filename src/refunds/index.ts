export { refundAuthority } from "./authority.ts";
export type { RefundDeps, TakeBack } from "./deps.ts";
export { refundJobs } from "./look-at-refund.job.ts";
export { refundLife, unsentRefunds, type Refund, type RefundSubject } from "./refund.ts";
export { refundDesk } from "./refund-desk.ts";
export { liveRefundOf } from "./refund-store.ts";
export { mayBeDecided, refuseDecision, resendRefund, takeBackRefund } from "./resolve-refund.ts";
export { refundIntent, startRefund } from "./start-refund.ts";
