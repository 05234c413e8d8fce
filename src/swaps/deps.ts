import type { Chain } from "../chains/port.ts";
import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import type { AssetRegistry } from "../money/index.ts";
import type { SwapProvider } from "../providers/port.ts";
import type { Logger } from "../telemetry/index.ts";

export interface SwapDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: AssetRegistry;
  readonly chains: ReadonlyMap<string, Chain>;
  /** In order of preference. */
  readonly swapProviders: ReadonlyMap<string, SwapProvider>;
  readonly settings: {
    readonly pollMs: number;
    /** From funding to delivery; past it the swap appears for review and is still asked about. */
    readonly deadlineMs: number;
    /** A fixed rate with less than this left is not funded any more. */
    readonly fundingMarginMs: number;
  };
}
