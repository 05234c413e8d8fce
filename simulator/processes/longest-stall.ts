import type { Downtime } from "./crashing-database.ts";

/** One payment: when the processor had settled it, and when we had. Milliseconds since 1970. */
export interface Wait {
  readonly dueAt: number;
  readonly settledAt: number;
}

const overlap = (from: number, to: number, downtimes: readonly Downtime[]): number =>
  downtimes.reduce((sum, down) => sum + Math.max(0, Math.min(to, down.to) - Math.max(from, down.from)), 0);

/**
 * The longest time in which no payment was settled although one was due, in milliseconds. Time in which the database was
 * away is not counted: nobody could have settled anything.
 */
export function longestStallMs(waits: readonly Wait[], downtimes: readonly Downtime[]): number {
  const settled = waits.map((wait) => wait.settledAt).toSorted((a, b) => a - b);
  let longest = 0;
  for (const [index, to] of settled.entries()) {
    // Nothing was settled since the one before this; what was due first of those still open began the wait.
    const before = settled[index - 1] ?? Number.NEGATIVE_INFINITY;
    const oldest = Math.min(...waits.filter((wait) => wait.settledAt >= to).map((wait) => wait.dueAt));
    const from = Math.max(before, oldest);
    if (from < to) longest = Math.max(longest, to - from - overlap(from, to, downtimes));
  }
  return longest;
}
