import type { SendingChain } from "../chains/sending.ts";
import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import type { ExpectDeps } from "../arrivals/index.ts";
import type { AssetRegistry } from "../money/index.ts";
import type { PriceSource, SwapProvider } from "../providers/port.ts";
import type { Logger } from "../telemetry/index.ts";
import type { ConversionTrigger } from "./conversion.ts";

export interface ConversionDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: AssetRegistry;
  readonly chains: ReadonlyMap<string, SendingChain>;
  readonly swapProviders: ReadonlyMap<string, SwapProvider>;
  readonly prices: PriceSource;
  /** Read at each check, so that a change needs no restart. */
  readTrigger(): Promise<ConversionTrigger>;
  readSettlementAsset(): Promise<string>;
  /** Who else may still wait for what a sale by hand is said to have brought. */
  readonly arrivals: ExpectDeps;
  /** Who keeps the decisions that two persons must make. */
  readonly secondPerson: SecondPerson;
  /** The most that may be in flight at one swap provider, USD micros; null: no limit. Read each time. */
  readExposureLimit(): Promise<bigint | null>;
}
