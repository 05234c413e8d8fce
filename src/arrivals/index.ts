export { attributedReceipts, purposeOf, receiptsOf } from "./arrival-store.ts";
export type { ArrivalDeps, ArrivalPorts, Move } from "./deps.ts";
export { beats, type Evidence } from "./evidence.ts";
export type { Awaited, Expectation, ExpectDeps, Expects } from "./expected.ts";
export { recordReceipt, takeBackReceipt, type Arrival, type Claim } from "./record-receipt.ts";
export { arrivalSettings, readExpectedForMs } from "./settings.ts";
export { bookTopUp } from "./top-up.ts";
export { walletDifferenceDesk } from "./wallet-difference-desk.ts";
