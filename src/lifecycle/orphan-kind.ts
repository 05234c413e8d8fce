import type { RawBuilder } from "../database/index.ts";
import type { RowJob } from "../jobs/index.ts";

/** One kind of orphan: something under way whose reason has ended or is not there. It is described by the room that owns it. */
export interface OrphanKind {
  /** What the id names: of earnings, the conversion, payout or payment that left them behind. */
  readonly thing: "swap" | "transfer" | "conversion" | "payout" | "payout_attempt" | "payment";
  /** SQL that selects id, asset and amount. */
  readonly query: (now: RawBuilder<Date>) => RawBuilder<unknown>;
  /** The room's job that may release it, or finish it. */
  readonly task: RowJob;
}

/** By their published names. */
export type OrphanKinds = Readonly<Record<string, OrphanKind>>;
