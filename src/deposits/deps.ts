import type { ReceivingChain } from "../chains/receiving.ts";
import type { PaymentDeps } from "../payments/index.ts";
import type { DepositPolicy } from "./judge-deposit.ts";

export interface DepositDeps extends Omit<PaymentDeps, "settings"> {
  /** By name: where payers may pay us directly. */
  readonly depositChains: ReadonlyMap<string, ReceivingChain>;
  /** By how much our clock is ahead of the world's, as several others say; negative: behind; 0: not that we know. */
  clockAheadMs(): number;
  readDepositPolicy(): Promise<DepositPolicy>;
  readonly settings: {
    /** Between two looks at a chain, and at a deposit that is not final. */
    readonly watchMs: number;
  };
}
