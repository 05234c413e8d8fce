import type { SendingChain, Signer } from "../chains/sending.ts";
import type { Clock } from "../clock.ts";
import type { Db, Tx } from "../database/index.ts";
import type { Logger } from "../telemetry/index.ts";
import type { WaitingReason } from "./transfer.ts";

/** What may be sent for one purpose, as its owner's own row says. */
export interface TransferIntent {
  readonly asset: string;
  readonly amount: bigint;
  readonly toAddress: string;
}

export interface GatedIntent extends TransferIntent {
  /** Asks the gate, in the same transaction, whether this may leave from a wallet on this chain now. */
  mayLeave(chain: string): Promise<TransferPermission>;
}

/** `word`: on whose say-so, kept with what is signed. */
export type TransferPermission =
  | { readonly kind: "granted"; readonly word: string }
  | {
      readonly kind: "refused";
      readonly reason: Extract<
        WaitingReason,
        "not_authorised" | "awaiting_approval" | "paused_by_operator" | "policy_missing"
      >;
    };

/** By asset, in base units. An asset that is not named has no limit. */
export interface TransferLimits {
  /** What a wallet keeps of its native coin, so that tokens can always be sent. */
  readonly gasReserve: ReadonlyMap<string, bigint>;
  readonly perTransfer: ReadonlyMap<string, bigint>;
  /** Of one wallet, in any 24 hours. */
  readonly perDay: ReadonlyMap<string, bigint>;
}

export interface TransferDeps {
  readonly db: Db;
  readonly chains: ReadonlyMap<string, SendingChain>;
  /** By `<chain>:<address>`. */
  readonly signers: ReadonlyMap<string, Signer>;
  /** Signs for a payers' address by its place in the seed. Absent, or undefined: the seed is not here. */
  readonly depositSigner?: (chain: string, derivationIndex: number) => Signer | undefined;
  /**
   * By purpose: what its owner wants sent, read again right before signing. `null`: nothing, or not any more. A purpose
   * without a reader is never signed for.
   */
  readonly intents: ReadonlyMap<string, (tx: Tx, purposeId: string) => Promise<GatedIntent | null>>;
  readLimits(): Promise<TransferLimits>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: {
    /** Between two looks at a transfer that has not ended. */
    readonly pollMs: number;
    /** How long an attempt may go without a block before higher fees are considered. */
    readonly replaceAfterMs: number;
    /** How long a transfer may take to be signed, and again to be final, before a person is told. */
    readonly deadlineMs: number;
    /** How long after its end a transfer is looked up once more. */
    readonly recheckAfterMs: number;
  };
}
