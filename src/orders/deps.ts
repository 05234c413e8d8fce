import type { ChainFamily } from "../chains/networks.ts";
import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import type { Asset, AssetRegistry } from "../money/index.ts";
import type { PaymentProcessor, PriceObservation } from "../providers/port.ts";
import type { Logger } from "../telemetry/index.ts";

/** A price with what it was taken from, where several sources were asked. */
export interface QuotePrice extends PriceObservation {
  readonly parts?: readonly PriceObservation[];
}

export interface OrderDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly processor: PaymentProcessor;
  readonly registry: AssetRegistry;
  /** How orders are paid straight on a chain. */
  readonly direct: {
    /** By name: the chains on which we watch for payments. */
    readonly chains: ReadonlyMap<string, { readonly family: ChainFamily }>;
    /** By chain: one address of the operator's for all orders. Other chains give each order its own. */
    readonly sharedAddresses: ReadonlyMap<string, string>;
    /** Derives addresses. Null in a process without the seed. */
    readonly keys: { address(family: ChainFamily, index: number): string } | null;
    observe(assets: readonly Asset[], signal: AbortSignal): Promise<Map<string, QuotePrice>>;
    /** Whether anybody tells its price. Left out: of everything. */
    canBePriced?(asset: Asset): boolean;
    readQuoteMs(): Promise<number>;
  };
  readonly settings: {
    /** Where the processor reaches our webhooks; null: nothing reaches us and back-fill finds the payments. */
    readonly publicUrl: string | null;
    readonly checkoutTimeoutMs: number;
  };
}
