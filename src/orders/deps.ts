import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import type { PaymentProcessor } from "../providers/port.ts";
import type { Logger } from "../telemetry/index.ts";

export interface OrderDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly processor: PaymentProcessor;
  readonly settings: {
    /** Where the processor reaches our webhooks; null: nothing reaches us and back-fill finds the payments. */
    readonly publicUrl: string | null;
    readonly checkoutTimeoutMs: number;
  };
}
