import type { Loss } from "./find-losses.ts";

/** What a run is asked for. */
export interface ProcessesOrder {
  /** Decides the load, the faults, and what is killed when. */
  readonly seed: number;
  readonly payments: number;
  readonly apis: number;
  readonly workers: number;
  /** How often a random process of the engine is killed with SIGKILL. */
  readonly kills: number;
  /** How often PostgreSQL is stopped at once, as by a crash, and started again. */
  readonly databaseStops: number;
}

/** What a run of many processes came to. */
export interface ProcessesReport {
  readonly asked: ProcessesOrder;
  /** What the processor settled to us. */
  readonly payments: number;
  readonly payouts: number;
  readonly conversions: number;
  readonly transfers: number;
  readonly kills: { readonly api: number; readonly worker: number };
  readonly databaseStops: number;
  /** Processes that ended although nobody killed them, such as those that started while the database was away. */
  readonly endedByThemselves: number;
  readonly lost: number;
  readonly doubled: number;
  /** Everything amiss. Empty: the run passed. */
  readonly losses: readonly Loss[];
  /** Longest time without a settlement although one was due, the database being there. */
  readonly longestStallMs: number;
  readonly databaseAwayMs: number;
  readonly longestDatabaseAwayMs: number;
  readonly tookMs: number;
  /** Where the processes' logs were left; null when nothing is amiss. */
  readonly logs: string | null;
}

/** The one command that runs the same load, faults and kills again. */
export const replayCommand = ({
  seed,
  payments,
  kills,
  databaseStops,
  apis,
  workers,
}: ProcessesOrder): string =>
  `npm run simulate -- --processes --seed ${seed} --payments ${payments} --kills ${kills} ` +
  `--database-stops ${databaseStops} --apis ${apis} --workers ${workers}`;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** The report as a person reads it. */
export function describeProcesses(report: ProcessesReport): string {
  const { asked, kills, losses } = report;
  const lines = [
    `seed ${asked.seed}: ${asked.apis} API and ${asked.workers} worker processes on one PostgreSQL, ${seconds(report.tookMs)}`,
    `payments taken    ${report.payments}`,
    `payouts completed ${report.payouts}, conversions ${report.conversions}, transfers on chain ${report.transfers}`,
    `kills survived    ${kills.api + kills.worker} (${kills.api} API, ${kills.worker} worker), ` +
      `${report.databaseStops} immediate stops of PostgreSQL, ${report.endedByThemselves} processes ended by themselves`,
    `lost              ${report.lost}`,
    `doubled           ${report.doubled}`,
    `longest stall     ${seconds(report.longestStallMs)}, beside ${seconds(report.longestDatabaseAwayMs)} ` +
      `without PostgreSQL (${seconds(report.databaseAwayMs)} in all)`,
  ];
  if (losses.length === 0) return lines.join("\n");
  return [
    ...lines,
    `amiss             ${losses.length}`,
    ...losses.slice(0, 50).map(({ kind, what }) => `  ${kind}: ${what}`),
    `logs are in ${report.logs}`,
    `again: ${replayCommand(asked)}`,
  ].join("\n");
}
