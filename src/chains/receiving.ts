import type { Asset } from "../money/index.ts";
import type { ChainFamily } from "./networks.ts";

export interface IncludedIn {
  readonly blockNumber: bigint;
  readonly blockHash: string;
  readonly blockTime: Date;
}

export interface ChainHead {
  readonly number: bigint;
  readonly finalNumber: bigint;
  readonly time: Date;
}

/** What a transaction did for one address of ours. `index` tells several apart, as that of a `Deposit` does. */
export interface Receipt {
  readonly index: string;
  readonly asset: Asset;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

/** One transfer to an address of ours, as the chain proves it. */
export interface Deposit {
  /** Tells the transfers of one transaction apart, and stays the same when a reorganisation moves it to another block. */
  readonly index: string;
  readonly asset: Asset;
  /** Whoever the chain names as sender, in its normal form; proves nothing about who paid. Null where it names nobody. */
  readonly from: string | null;
  /** One of the watched addresses, spelled as it was given. */
  readonly to: string;
  /** Base units, above zero: what the same transaction took from the address again is already off. */
  readonly amount: bigint;
}

/** A transfer to an address of ours of something the registry does not list: shown to operators, never booked. */
export interface UnlistedArrival {
  readonly index: string;
  /** The contract, mint, coin type or metadata address. Never a symbol: anybody may choose one. */
  readonly contract: string;
  readonly to: string;
  /** Whole units of whatever it is; its decimals are not to be trusted. */
  readonly amount: bigint;
}

/** What the chain says of one transaction. "not_found" and "pending" are no verdict. */
export type DepositReading =
  | { readonly status: "not_found" }
  | { readonly status: "pending" }
  | {
      readonly status: "included";
      readonly includedIn: IncludedIn;
      /** False: executed and failed. It moved nothing to us. */
      readonly succeeded: boolean;
      /** Blocks on top of and including its own; 1 at the head. */
      readonly confirmations: bigint;
      /** Past the chain's finality: no reorganisation takes it back. */
      readonly final: boolean;
      readonly deposits: readonly Deposit[];
      readonly unlisted: readonly UnlistedArrival[];
      /** Native coins may have reached a watched address by a contract's call, and no endpoint could show it. */
      readonly mayHideTransfers: boolean;
    };

export interface ReadDepositsOptions {
  /** How many independent endpoints must say the same. 1 unless given; fewer configured than asked for is an error. */
  readonly agreeing?: number;
}

/** For chains whose blocks can be searched for all addresses at once. */
export interface BlockWatch {
  readonly kind: "blocks";
  /** Most blocks of one `scan`. */
  readonly mostBlocks: number;
  /** A node may have a block and its logs so many blocks later: until then it is searched again. */
  readonly lagBlocks: bigint;
  /** Null: no such block yet. */
  blockHash(number: bigint, signal: AbortSignal): Promise<string | null>;
  /**
   * Hashes of all transactions in these blocks, both included, that moved anything to a watched address, in order.
   * `parentHash` is the hash of the block before the first as that one names it, `endHash` of the last as it was searched.
   */
  scan(
    blocks: { readonly from: bigint; readonly to: bigint },
    watched: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<{ readonly hashes: readonly string[]; readonly parentHash: string; readonly endHash: string }>;
  /**
   * What any endpoint lists by now of transfers to a watched address in blocks that were scanned before. Hints, and not all
   * that a scan finds: what one endpoint had not listed then, itself or another one may list now.
   */
  searchAgain(
    blocks: { readonly from: bigint; readonly to: bigint },
    watched: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
}

/** For chains that list what touched one address. */
export interface AddressWatch {
  readonly kind: "addresses";
  /**
   * Hashes of transactions that touched the address since a position, oldest first; it may repeat some. A page that is not the
   * last has `more`. Nothing between `since` and `next` is left out.
   * @param since what `next` was last time; null: from the address's first transaction.
   */
  listSince(
    address: string,
    since: string | null,
    signal: AbortSignal,
  ): Promise<{ readonly hashes: readonly string[]; readonly next: string | null; readonly more: boolean }>;
}

/**
 * A chain as a place where money arrives. Every call throws ProviderError ("retryable") when no endpoint gives a usable
 * answer; a missing or malformed field is such an error and never a verdict on a payment.
 */
export interface ReceivingChain {
  /** As in the registry: "bnb-smart-chain". */
  readonly name: string;
  readonly family: ChainFamily;
  readonly native: Asset;
  /** The normal form of an address. @throws {DomainError} `invalid_address` */
  normaliseAddress(text: string): string;
  /** The normal form of a transaction hash. @throws {DomainError} `invalid_transaction_hash` */
  normaliseHash(text: string): string;
  /** Also proves that the endpoint serves the configured network. */
  head(signal: AbortSignal): Promise<ChainHead>;
  balance(address: string, asset: Asset, signal: AbortSignal): Promise<bigint>;
  /**
   * What one transaction brought to the watched addresses, each in its chain's normal form.
   * @throws {ProviderError} `endpoints_disagree`: fewer than `agreeing` say the same.
   */
  readDeposits(
    hash: string,
    watched: ReadonlySet<string>,
    signal: AbortSignal,
    options?: ReadDepositsOptions,
  ): Promise<DepositReading>;
  readonly watch: BlockWatch | AddressWatch;
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
