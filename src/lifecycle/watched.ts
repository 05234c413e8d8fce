import type { Wait } from "./wait.ts";

/** One kind of row that is looked at again at its `next_check_at` while it waits. */
export interface Watched {
  readonly thing: string;
  readonly table: string;
  readonly waits: Readonly<Partial<Record<string, Wait>>>;
  /** SQL: the rows that are at rest although their status can wait. */
  readonly resting?: string;
  /** SQL: when the recovery desk shows a row. */
  readonly deadline: string;
}

/** The statuses of a kind that wait, all of them or those of some owners. */
export const waitingStatuses = ({ waits }: Pick<Watched, "waits">, owner?: Wait["owner"]): string[] =>
  Object.entries(waits).flatMap(([status, wait]) =>
    wait !== undefined && (owner === undefined || wait.owner === owner) ? [status] : [],
  );
