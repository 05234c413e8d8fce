export { startSandbox } from "./start-sandbox.ts";
export { runSandbox } from "./main.ts";
export { findFreePlace, portsAt, takenAt } from "./places.ts";
export { sandboxChains } from "./types.ts";
export type * from "./types.ts";
export type { AnvilControl } from "./anvil.ts";
export type { AppliedFault, Fault, FaultRule, Faults, Journal, JournalRow, Network } from "./faults.ts";
