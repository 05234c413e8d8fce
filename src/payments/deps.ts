import type { Clock } from "../clock.ts";
import type { DepositChain } from "../chains/deposit-port.ts";
import type { Chain } from "../chains/port.ts";
import type { Db } from "../database/index.ts";
import type { AssetRegistry } from "../money/index.ts";
import type { PaymentProcessor, PriceSource } from "../providers/port.ts";
import type { Logger } from "../telemetry/index.ts";
import type { DepositPolicy } from "./direct/judge-deposit.ts";

export interface PaymentDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: AssetRegistry;
  readonly processors: ReadonlyMap<string, PaymentProcessor>;
  readonly prices: PriceSource;
  readonly chains: ReadonlyMap<string, Chain>;
  /** By name: where payers may pay us directly. */
  readonly depositChains: ReadonlyMap<string, DepositChain>;
  readDepositPolicy(): Promise<DepositPolicy>;
  /** How coins are gathered from payers' addresses. */
  readonly gathering: {
    /** Whether whoever signs holds the seed of these addresses. */
    readonly keysHere: boolean;
    /** Of the coins' value, what the fees of gathering them may be at most. */
    readMaximumFeeBps(): Promise<number>;
  };
  readonly settings: {
    /** How long to wait before asking the processor about an arrival again, at first; it grows from there. */
    readonly followMs: number;
    /** Between two looks at a chain, and at a deposit that is not final. */
    readonly watchMs: number;
  };
}
