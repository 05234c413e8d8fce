import type { Clock } from "../clock.ts";
import type { Db, Tx } from "../database/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import type { BankProvider } from "../providers/bank-provider.ts";
import type { Logger } from "../telemetry/index.ts";
import type { BankTransfer } from "./bank-transfer.ts";

/** Whether something may be sent now, and on whose word: "policy:<version>" or "authorisation:<id>". */
export type BankPermission =
  { readonly kind: "granted"; readonly word: string } | { readonly kind: "refused"; readonly reason: string };

export interface BankingDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  /** By name. */
  readonly banks: ReadonlyMap<string, BankProvider>;
  readonly secondPerson: SecondPerson;
  /** By purpose: asks the purpose's own row and the gate, right before the provider is told to send. */
  readonly mayLeave: ReadonlyMap<string, (tx: Tx, transfer: BankTransfer) => Promise<BankPermission>>;
  /** How often a transfer that is under way is looked at. */
  readonly settings: { readonly pollMs: number };
}
