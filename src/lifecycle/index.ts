export {
  defineLife,
  type Life,
  type LifeDeclaration,
  type NextOf,
  type StatusDeclaration,
  type StatusOf,
  type Watch,
} from "./define-life.ts";
export { historyOf, IllegalStep, StaleStatus, stepsTaken, type Cause } from "./status-change.ts";
export { waitingDesk, type WaitingDeskPlan } from "./waiting-desk.ts";
export { waitingStatuses, type Watched } from "./watched.ts";
export type { OrphanKind, OrphanKinds } from "./orphan-kind.ts";
export { sweepJob } from "./sweep-job.ts";
export { days, hours, minutes, sweptFrom, type Wait, type WaitOwner } from "./wait.ts";
