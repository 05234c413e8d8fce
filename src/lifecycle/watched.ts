import type { Life } from "./define-life.ts";
import type { WaitOwner } from "./wait.ts";

/** A kind of row that is looked at again at its `next_check_at` while it waits. */
export type Watched = Pick<Life, "thing" | "table" | "waits" | "resting" | "deadline">;

/** The statuses of a kind that wait, all of them or those of some owners. */
export const waitingStatuses = ({ waits }: Pick<Life, "waits">, owner?: WaitOwner): string[] =>
  Object.entries(waits).flatMap(([status, wait]) =>
    wait !== undefined && (owner === undefined || wait.owner === owner) ? [status] : [],
  );
