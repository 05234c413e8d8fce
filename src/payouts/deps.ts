import type { ReceivingChain } from "../chains/receiving.ts";
import type { SendingChain } from "../chains/sending.ts";
import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import type { AssetRegistry } from "../money/index.ts";
import type { BankProvider } from "../providers/bank-provider.ts";
import type { PriceSource, SwapProvider } from "../providers/port.ts";
import type { Logger } from "../telemetry/index.ts";

export interface PayoutDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: AssetRegistry;
  readonly chains: ReadonlyMap<string, SendingChain>;
  /** Where payments that an operator made elsewhere can be seen. */
  readonly depositChains: ReadonlyMap<string, ReceivingChain>;
  readonly swapProviders: ReadonlyMap<string, SwapProvider>;
  readonly banks: ReadonlyMap<string, BankProvider>;
  readonly prices: PriceSource;
  /** Who keeps the decisions that two persons must make. */
  readonly secondPerson: SecondPerson;
  /**
   * Finds out what became of what an attempt lost with a swap, and tells the payout as ever.
   * @throws {ProviderError} nobody answers now.
   */
  followLosses(attemptId: string, signal: AbortSignal): Promise<void>;
  /** A quote may be worth this much less than what observed prices say. Read each time. */
  readMaximumSlippageBps(): Promise<number>;
  /** Earnings of instant payees gather until they are worth this. Read each time. */
  readInstantMinimumUsdMicros(): Promise<bigint>;
  /** The most that may be in flight at one swap provider, USD micros; null: no limit. Read each time. */
  readExposureLimit(): Promise<bigint | null>;
}
