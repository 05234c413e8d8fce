import type { PaymentDeps } from "../payments/index.ts";

export interface GatheringDeps extends Pick<
  PaymentDeps,
  "db" | "clock" | "log" | "registry" | "prices" | "chains"
> {
  readonly gathering: {
    /** Whether whoever signs holds the seed of payers' addresses. */
    readonly keysHere: boolean;
    /** Of the coins' value, what the fees of gathering them may be at most. */
    readMaximumFeeBps(): Promise<number>;
  };
}
