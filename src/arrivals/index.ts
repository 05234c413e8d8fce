export { arrivalDesk } from "./arrival-desk.ts";
export {
  attributedReceipts,
  claimableOf,
  purposeOf,
  receiptsOf,
  settlementsAmong,
  type Holder,
} from "./arrival-store.ts";
export { claimByWord } from "./claim-by-word.ts";
export { inClaim, isContradicted, keepContradiction, type Contradiction } from "./contradiction.ts";
export { contradictionDesk } from "./contradiction-desk.ts";
export { claimants } from "./deps.ts";
export type { ArrivalDeps, ArrivalPorts, Move, Release } from "./deps.ts";
export type { Evidence } from "./evidence.ts";
export { refuseExpected, type Awaited, type Expectation, type ExpectDeps, type Expects } from "./expected.ts";
export {
  findArrivals,
  historyOf,
  listArrivals,
  type ArrivalCursor,
  type FormerHolder,
} from "./list-arrivals.ts";
export { getArrival, reattribute, type ReattributeDeps, type Recipient } from "./reattribute.ts";
export {
  claimReceipts,
  recordReceipt,
  takeBackReceipt,
  type Arrival,
  type Claim,
  type ClaimedReceipts,
} from "./record-receipt.ts";
export { arrivalSettings, readExpectedForMs } from "./settings.ts";
export { bookTopUp } from "./top-up.ts";
export { walletDifferenceDesk } from "./wallet-difference-desk.ts";
