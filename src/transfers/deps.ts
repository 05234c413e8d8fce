import type { Chain, Signer } from "../chains/port.ts";
import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import type { Logger } from "../telemetry/index.ts";

export interface TransferDeps {
  readonly db: Db;
  readonly chains: ReadonlyMap<string, Chain>;
  /** By `<chain>:<address>`. */
  readonly signers: ReadonlyMap<string, Signer>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: {
    /** Between two looks at a transfer that has not ended. */
    readonly pollMs: number;
    /** How long an attempt may go without a block before higher fees are considered. */
    readonly replaceAfterMs: number;
    /** How long a transfer may take to be signed, and again to be final, before a person is told. */
    readonly deadlineMs: number;
  };
}
