import { measureThroughput } from "../simulator/processes/index.ts";
import { createFigures, type Report } from "./report.ts";

const workerCounts = [1, 2, 4] as const;

const settledRow = (workers: number): string => `${workers} workers: notices settled`;
const followedRow = (workers: number): string => `${workers} workers: settled and followed up`;

/** How much further worker processes bring, on one PostgreSQL of this machine that they share with everything else. */
export async function benchWorkers(effort: {
  readonly rounds: number;
  /** Notices that wait when the workers begin. */
  readonly notices: number;
  readonly progress: (text: string) => void;
}): Promise<Report> {
  const figures = createFigures();
  for (let round = 1; round <= effort.rounds; round++) {
    const measured = await measureThroughput(workerCounts, {
      payments: effort.notices,
      progress: (text) => effort.progress(`workers: round ${round} of ${effort.rounds}, ${text}`),
    });
    for (const { workers, settledPerSecond, followedPerSecond } of measured) {
      figures.record(settledRow(workers), "per_second", settledPerSecond);
      figures.record(followedRow(workers), "per_second", followedPerSecond);
    }
  }
  return figures.report(
    [2, 4].flatMap((workers) => [
      { row: settledRow(workers), limit: settledRow(1) },
      { row: followedRow(workers), limit: followedRow(1) },
    ]),
  );
}
