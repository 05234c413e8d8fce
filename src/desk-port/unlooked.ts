import type { RawBuilder } from "../database/index.ts";

/** Rows that wait without a check time and a deadline of their own, and how those are found that nobody looked at in time. */
export interface Unlooked {
  readonly thing: string;
  /** SQL that selects id and problem. @param late whoever was due before this was forgotten. */
  readonly query: (late: RawBuilder<Date>) => RawBuilder<unknown>;
}
