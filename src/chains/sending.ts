import type { Asset } from "../money/index.ts";
import type { IncludedIn, Receipt, ReceivingChain } from "./receiving.ts";

/** One send from an address of ours. */
export interface Sending {
  readonly from: string;
  readonly to: string;
  readonly asset: Asset;
  /** Base units. */
  readonly amount: bigint;
}

/** What all signings of a transfer have in them, so that at most one of them can ever land. */
export type Slot =
  /** A place in the sender's own order (a nonce, a sequence number): the first final transaction that has it is the only one. */
  | { readonly kind: "number"; readonly number: bigint }
  /**
   * A time in which it lands or never does. `reference` is what the chain knows it by (a blockhash, a reference block, a
   * transaction id), `until` the last block height, or millisecond of the chain's own clock, that it is good for.
   */
  | { readonly kind: "window"; readonly reference: string; readonly until: bigint };

/** What a slot may be taken from. Numbers are given out by our own book, which knows what the chain has not seen yet. */
export type SlotOffer =
  /** The chain's own counts of the sender's transactions: in a block, and with what its node holds besides. */
  | { readonly kind: "number"; readonly included: bigint; readonly pending: bigint }
  | Extract<Slot, { kind: "window" }>;

/** What has become of a slot. */
export type SlotFate =
  /** Whatever holds it may still land. */
  | { readonly kind: "open" }
  /** A final transaction has the number: no other one with it can ever land. */
  | { readonly kind: "taken"; readonly by: string }
  /** The window is over in a final block: what is not in the chain by now never will be. */
  | { readonly kind: "passed" }
  /** Used or over as it seems, and no node can show by what. Nothing follows from it. */
  | { readonly kind: "unproved" };

/** What a transfer may cost, in the chain's native coin, and how its family writes that into it. */
export interface Fee {
  /** Base units: reserved until the chain tells what it did cost. */
  readonly most: bigint;
  /** The family's own numbers. They are kept with what was signed, are handed back as they are, and nobody else reads them. */
  readonly terms: Readonly<Record<string, string>>;
}

export interface Preparation {
  readonly fee: Fee;
  readonly slot: SlotOffer;
}

export interface UnsignedTransfer extends Omit<Sending, "from"> {
  readonly slot: Slot;
  readonly fee: Fee;
}

export interface SignedTransfer {
  readonly transactionHash: string;
  /** The very bytes to broadcast, as text. */
  readonly raw: string;
}

/** Signs for one address and shows nothing else of the key. */
export interface Signer {
  readonly chain: string;
  readonly address: string;
  /** @throws {InvariantViolation} `unsignable_transfer` */
  sign(transfer: UnsignedTransfer): Promise<SignedTransfer>;
}

/**
 * - accepted: the node has it now; already_known: it had it before. Both are success.
 * - nonce_used: some transaction with this number is in a block; perhaps ours. Look it up.
 * - rejected: this node refused these bytes (fee, funds, slot); `reason` says which. They may be sent again.
 * - unknown: no usable answer. Treat as sent.
 */
export type BroadcastOutcome =
  | { readonly kind: "accepted" | "already_known" | "nonce_used" }
  | {
      readonly kind: "rejected";
      readonly reason:
        "underpriced" | "insufficient_funds" | "nonce_gap" | "gas_limit" | "wrong_chain" | "other";
      readonly message: string;
    }
  | { readonly kind: "unknown"; readonly message: string };

/** What the chain says of one transaction. "not_found" is not "failed": it may still arrive. */
export type TransactionReading =
  | { readonly status: "not_found" }
  | { readonly status: "pending" }
  | {
      readonly status: "succeeded" | "reverted";
      readonly includedIn: IncludedIn;
      /** Past the chain's finality: no reorganisation takes it back. */
      readonly final: boolean;
      /** Fee paid by the sender, in the chain's native coin. */
      readonly fee: bigint;
      /** Transfers of known assets to the watched addresses; empty when reverted. */
      readonly receipts: readonly Receipt[];
    };

/**
 * A chain that we also send on: prepare, sign (by a `Signer`, and store what was signed), broadcast, look. All calls throw
 * ProviderError ("retryable") when no endpoint gives a usable answer.
 */
export interface SendingChain extends ReceivingChain {
  /**
   * What the transfer would cost at most now, within the configured cap.
   * @throws {DomainError} `fee_above_cap`, `transfer_would_revert`
   */
  estimateFee(transfer: Sending, signal: AbortSignal): Promise<Fee>;
  /** What a token's transfer costs at most now, base units of the native coin; a rule of thumb. @throws {DomainError} `fee_above_cap` */
  usualFee(from: string, signal: AbortSignal): Promise<bigint>;
  /** Everything that must be known before it is signed. @throws {DomainError} as `estimateFee` */
  prepare(transfer: Sending, signal: AbortSignal): Promise<Preparation>;
  /**
   * A fee with which another signing in the same slot takes the place of the earlier one.
   * @param earlier.refused a node will not have the earlier bytes: waiting would change nothing.
   * @returns null: the earlier one's fee is not what holds it up.
   * @throws {DomainError} as `estimateFee`
   */
  raiseFee(
    transfer: Sending,
    earlier: { readonly fee: Fee; readonly refused: boolean },
    signal: AbortSignal,
  ): Promise<Fee | null>;
  /** May be called any number of times with the same bytes. */
  broadcast(raw: string, signal: AbortSignal): Promise<BroadcastOutcome>;
  /** What the chain says of a transaction, and what it brought to the watched addresses. */
  readTransaction(hash: string, watched: readonly string[], signal: AbortSignal): Promise<TransactionReading>;
  /** What has become of a slot that a transfer of ours holds and has not been seen to use. */
  look(held: { readonly from: string; readonly slot: Slot }, signal: AbortSignal): Promise<SlotFate>;
  /**
   * Hashes of the transactions that moved a token to an address within these blocks, both included, in their order. What
   * each of them brought, `readTransaction` tells. Only tokens: no node lists the transfers of a native coin.
   */
  listTokenArrivals(
    to: string,
    token: Asset,
    blocks: { readonly from: bigint; readonly to: bigint },
    signal: AbortSignal,
  ): Promise<readonly string[]>;
}
