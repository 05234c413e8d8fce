import { hashBelow } from "./random.ts";

/** Which places the processes of one seed die at, and all places they passed. */
export interface CrashPlan {
  /** Every place where a process could have died, in the order of first passing. */
  readonly seen: ReadonlySet<string>;
  /** Where one did. */
  readonly died: ReadonlySet<string>;
  diesAt(place: string): boolean;
}

/**
 * One in `every` places, and so chosen that `every` seeds in a row, from a multiple of it, choose each place once. A process
 * dies once at each of its places, the first time or, sometimes, a later time it passes.
 */
export function createCrashPlan(seed: number, every: number | null): CrashPlan {
  const seen = new Set<string>();
  const died = new Set<string>();
  const waits = new Map<string, number>();
  const round = every === null ? 0 : Math.floor(seed / every);
  return {
    seen,
    died,
    diesAt(place) {
      if (!seen.has(place)) {
        seen.add(place);
        const chosen = every !== null && (hashBelow(`${place}/${round}`, every) + seed) % every === 0;
        if (chosen) waits.set(place, [0, 0, 0, 1, 3][hashBelow(`${place}/${seed}`, 5)]!);
      }
      const left = waits.get(place);
      if (left === undefined) return false;
      if (left > 0) {
        waits.set(place, left - 1);
        return false;
      }
      waits.delete(place);
      died.add(place);
      return true;
    },
  };
}
