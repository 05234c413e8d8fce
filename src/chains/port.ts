import type { Asset } from "../money/index.ts";

/** What a transaction did for one address of ours. `index` tells several apart: "native" or the log's index. */
export interface Receipt {
  readonly index: string;
  readonly asset: Asset;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

export interface IncludedIn {
  readonly blockNumber: bigint;
  readonly blockHash: string;
  readonly blockTime: Date;
}

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

export interface FeeEstimate {
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

export interface UnsignedTransfer extends FeeEstimate {
  readonly nonce: bigint;
  readonly asset: Asset;
  readonly to: string;
  readonly amount: bigint;
}

export interface SignedTransfer {
  readonly transactionHash: string;
  /** The very bytes to broadcast, as 0x-hex. */
  readonly raw: string;
}

/**
 * - accepted: the node has it now; already_known: it had it before. Both are success.
 * - nonce_used: some transaction with this nonce is mined; perhaps ours. Look it up.
 * - rejected: this node refused these bytes (fee, funds, gas); `reason` says which. They may be sent again.
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

/** Signs for one address and shows nothing else of the key. */
export interface Signer {
  readonly chain: string;
  readonly address: string;
  sign(transfer: UnsignedTransfer): Promise<SignedTransfer>;
}

export interface ChainHead {
  readonly number: bigint;
  readonly finalNumber: bigint;
  readonly time: Date;
}

/** What a chain is recognised by beyond its id, which two networks may share. Hashes in lower case. */
export interface ChainFingerprint {
  /** `null`: the node we first asked keeps no history that old. */
  readonly genesisHash: string | null;
  /** A block that was final when the chain was first seen. */
  readonly checkpoint: { readonly number: bigint; readonly hash: string };
}

/** Remembers a fingerprint a chain, across processes. */
export interface FingerprintStore {
  find(chain: string): Promise<ChainFingerprint | null>;
  /** Keeps it unless one is kept already. @returns the one that is kept. */
  keepFirst(chain: string, fingerprint: ChainFingerprint): Promise<ChainFingerprint>;
}

/** One blockchain. All calls throw ProviderError ("retryable") when no endpoint gives a usable answer. */
export interface Chain {
  readonly name: string;
  readonly native: Asset;
  /** The normal form of an address. @throws {DomainError} `invalid_address` */
  normaliseAddress(text: string): string;
  /** The normal form of a transaction hash. @throws {DomainError} `invalid_transaction_hash` */
  normaliseHash(text: string): string;
  /** Also proves that the endpoint serves the configured chain id. */
  head(signal: AbortSignal): Promise<ChainHead>;
  balance(address: string, asset: Asset, signal: AbortSignal): Promise<bigint>;
  /** What the chain says of a transaction, and what it brought to the watched addresses. */
  readTransaction(hash: string, watched: readonly string[], signal: AbortSignal): Promise<TransactionReading>;
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
  /**
   * How many transactions of the address are mined: the next nonce by the chain's own count, at the head or at finality;
   * "pending" also counts those the node holds unmined.
   */
  minedNonce(address: string, at: "latest" | "final" | "pending", signal: AbortSignal): Promise<bigint>;
  /**
   * The hash of the transaction that used a nonce of the address for good, in a final block: proof that no other one with
   * that nonce can ever land. `null`: not proved, be it because none did or because no node can tell.
   */
  findNonceUse(address: string, nonce: bigint, signal: AbortSignal): Promise<string | null>;
  /**
   * Fees for now, within the configured cap.
   * @param transfer.replaces fees of an earlier attempt with the same nonce: the answer outbids both far enough to replace it.
   * @throws {DomainError} `fee_above_cap`, `transfer_would_revert`
   */
  estimate(
    transfer: {
      from: string;
      to: string;
      asset: Asset;
      amount: bigint;
      replaces?: Pick<FeeEstimate, "maxFeePerGas" | "maxPriorityFeePerGas">;
    },
    signal: AbortSignal,
  ): Promise<FeeEstimate>;
  broadcast(raw: string, signal: AbortSignal): Promise<BroadcastOutcome>;
}
