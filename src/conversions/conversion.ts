import type { Weights } from "../earnings/index.ts";
import { days, defineLife, type StatusOf } from "../lifecycle/index.ts";
import type { SwapFlow } from "../providers/port.ts";
import { conversionTasks } from "./tasks.ts";

export const conversionLife = defineLife({
  thing: "conversion",
  table: "conversion",
  note: "At most one is live per source asset; a unique index says so.",
  keeps: ["updated_at", "next_check_at", "deadline_at"],
  look: conversionTasks.advance,
  sweep: conversionTasks.sweep,
  starts: ["claimed"],
  ends: ["distributed", "released"],
  statuses: {
    claimed: {
      means: "All pending earnings of one asset are claimed; no swap yet.",
      next: ["swapping", "distributed", "released"],
      waits: { owner: "system", deadlineMs: days(2), nextAction: "plan its swap" },
    },
    swapping: {
      means: "A swap is under way, or the next one is about to start.",
      next: ["distributed", "released"],
      waits: { owner: "system", deadlineMs: days(2), nextAction: "look how far its swap is" },
    },
    distributed: { means: "What arrived was given to the earnings, to the last base unit.", next: [] },
    released: { means: "The claim was given back: its earnings are pending again.", next: [] },
  },
});

export type ConversionStatus = StatusOf<typeof conversionLife>;

export interface Conversion {
  readonly id: string;
  readonly source_asset: string;
  /** What is converted: the claim, less `released_amount`. */
  readonly source_amount: bigint;
  /** What of the claim was given back when the conversion ended with a part of it. */
  readonly released_amount: bigint;
  readonly target_asset: string;
  readonly target_amount: bigint | null;
  readonly weights: Weights;
  readonly status: ConversionStatus;
  readonly trigger_reason: string;
  readonly settings_version: number;
  readonly price_observation_id: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly distributed_at: Date | null;
}

/** When to convert, as set at run time. */
export interface ConversionTrigger {
  readonly minimumUsdMicros: bigint;
  readonly maximumAgeMs: number;
  readonly intervalMs: number;
  readonly weights: Weights;
  readonly flow: SwapFlow;
  /** A quote may be worth this much less than what observed prices say. */
  readonly maximumSlippageBps: number;
  readonly version: number;
}
