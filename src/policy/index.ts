export {
  authorisationLife,
  type Approval,
  type Authorisation,
  type AuthorisationStatus,
} from "./authorisation.ts";
export {
  approvalsOf,
  authorisationList,
  countWaiting,
  findAuthorisation,
  listAuthorisations,
  readWaiting,
} from "./authorisation-store.ts";
export { payoutCovered, refundCovered } from "./covered-by-books.ts";
export { approversOfChange, askForChange, type ApplyChange, type ChangeAnswer } from "./change.ts";
export { approve, reject, type AuthorisationDecision, type Decided } from "./decide.ts";
export type { PolicyDeps } from "./deps.ts";
export { policyDesk } from "./authorisation-desk.ts";
export { policyJobs } from "./expire.job.ts";
export { askGate, wordFor, type Authority, type Permission, type Refusal } from "./gate.ts";
export {
  cooldownOf,
  countsTogether,
  judgePayout,
  judgeRefund,
  policyRefusals,
  type Approvers,
  type PayoutFacts,
  type Spent,
  type Verdict,
} from "./judge.ts";
export { listPauses, pause, pauseOf, resume, type Pause, type PauseScope } from "./pause.ts";
export { payoutPolicy, readPolicy, type PayoutPolicy, type PolicyInForce } from "./payout-policy.ts";
export {
  liveAuthorisation,
  lockSpent,
  lockUnapprovedDay,
  newestAuthorisation,
  requestAuthorisation,
  requestAuthorisations,
  voidAuthorisation,
} from "./request-authorisation.ts";
export { policyTasks } from "./tasks.ts";
export { hashTerms, type Subject, type Terms } from "./terms.ts";
