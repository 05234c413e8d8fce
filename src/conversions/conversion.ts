import type { Weights } from "../earnings/index.ts";
import type { SwapFlow } from "../providers/port.ts";

/** Every legal step of a conversion. */
export const conversionTransitions = {
  claimed: ["swapping", "distributed", "released"],
  swapping: ["distributed", "released"],
  distributed: [],
  released: [],
} as const;

export type ConversionStatus = keyof typeof conversionTransitions;

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
