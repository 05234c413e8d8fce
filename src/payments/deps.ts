import type { SendingChain } from "../chains/sending.ts";
import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import type { AssetRegistry } from "../money/index.ts";
import type { PaymentProcessor, PriceSource } from "../providers/port.ts";
import type { Logger } from "../telemetry/index.ts";

export interface PaymentDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: AssetRegistry;
  readonly processors: ReadonlyMap<string, PaymentProcessor>;
  readonly prices: PriceSource;
  readonly chains: ReadonlyMap<string, SendingChain>;
  readonly settings: {
    /** How long to wait before asking the processor about an arrival again, at first; it grows from there. */
    readonly followMs: number;
  };
}
