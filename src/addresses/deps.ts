import type { ChainFamily } from "../chains/networks.ts";
import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";

export interface AddressDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly direct: {
    /** By name: the chains on which we watch for payments. */
    readonly chains: ReadonlyMap<string, { readonly family: ChainFamily }>;
    /** Derives addresses. Null in a process without the seed. */
    readonly keys: { address(family: ChainFamily, index: number): string } | null;
  };
}
