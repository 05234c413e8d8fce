import type { ReceivingChain } from "../chains/receiving.ts";
import type { PaymentDeps } from "../payments/index.ts";
import type { DepositPolicy } from "./judge-deposit.ts";

export interface DepositDeps extends Omit<PaymentDeps, "settings"> {
  /** By name: where payers may pay us directly. */
  readonly depositChains: ReadonlyMap<string, ReceivingChain>;
  readDepositPolicy(): Promise<DepositPolicy>;
  readonly settings: {
    /** Between two looks at a chain, and at a deposit that is not final. */
    readonly watchMs: number;
  };
}
