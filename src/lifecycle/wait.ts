import type { WaitOwner } from "../desk-port/index.ts";

export type { WaitOwner };

/** What a status that is not the end of things waits for. One without it is at rest: nobody owes it anything. */
export interface Wait {
  readonly owner: WaitOwner;
  /** From entering the status. A row that is in it for longer appears on the recovery desk, whoever owns it. */
  readonly deadlineMs: number;
  /** What happens at the row's next check time, for people. */
  readonly nextAction: string;
}

export const minutes = (count: number): number => count * 60_000;
export const hours = (count: number): number => minutes(60 * count);
export const days = (count: number): number => hours(24 * count);

/**
 * When the sweeper takes over from a job that was to look at a row at `at`. The sweeper comes by each minute, so a job that
 * is late by less than that is not doubled, and a lost one is missed for two minutes at most.
 */
export const sweptFrom = (at: Date): Date => new Date(at.getTime() + minutes(1));
