export { runProcesses, type ProcessesOptions } from "./run-processes.ts";
export {
  describeProcesses,
  replayCommand,
  type ProcessesOrder,
  type ProcessesReport,
} from "./processes-report.ts";
export type { Loss } from "./find-losses.ts";
export { measureThroughput, type Throughput, type ThroughputOptions } from "./measure-throughput.ts";
export { longestStallMs, type Wait } from "./longest-stall.ts";
