import type { ReceivingChain } from "../chains/receiving.ts";
import type { SendingChain } from "../chains/sending.ts";
import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import type { ExpectDeps } from "../arrivals/index.ts";
import type { AssetRegistry } from "../money/index.ts";
import type { SwapProvider } from "../providers/port.ts";
import type { Logger } from "../telemetry/index.ts";

export interface SwapDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: AssetRegistry;
  readonly chains: ReadonlyMap<string, SendingChain>;
  /** Every chain that we read, those that we also send on among them: what reached a payee there, it shows. */
  readonly depositChains: ReadonlyMap<string, ReceivingChain>;
  /** In order of preference: it decides between equal quotes. */
  readonly swapProviders: ReadonlyMap<string, SwapProvider>;
  /** Who else may still wait for what a swap is said to have brought. */
  readonly arrivals: ExpectDeps;
  /** The most that may be in flight at one provider, USD micros; null: no limit. Read each time. */
  readExposureLimit(): Promise<bigint | null>;
  /** A delivery may be this much below its quote before an operator is told. Read each time. */
  readVarianceAlertBps(): Promise<number>;
  /** Who keeps the decisions that two persons must make. */
  readonly secondPerson: SecondPerson;
  /** Counts what went wrong, for the metrics. */
  countFailure(reason: string): void;
  readonly settings: {
    readonly pollMs: number;
    /** From funding to delivery; past it the swap appears for review and is still asked about. */
    readonly deadlineMs: number;
    /** A fixed rate with less than this left is not funded any more. */
    readonly fundingMarginMs: number;
  };
}
