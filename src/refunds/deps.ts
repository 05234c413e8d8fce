import type { Clock } from "../clock.ts";
import type { Db, Tx } from "../database/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import type { PriceSource } from "../providers/port.ts";
import type { Logger } from "../telemetry/index.ts";
import type { Refund, RefundSubject } from "./refund.ts";

/** Puts what was not sent back to where a person decides about it, in the transaction that ends its refund. */
export type TakeBack = (tx: Tx, refund: Refund, step: { cause: Cause; now: Date }) => Promise<void>;

export interface RefundDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly prices: PriceSource;
  /** Who knows which person asked for a refund. */
  readonly secondPerson: Pick<SecondPerson, "personOf">;
  /** By what is refunded: each room takes its own back. */
  readonly takeBack: ReadonlyMap<RefundSubject, TakeBack>;
}
