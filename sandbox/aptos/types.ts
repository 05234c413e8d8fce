import type { Clock } from "../../src/clock.ts";
import type { FaultRule, Journal } from "../faults.ts";

export interface AptosTransfer {
  /** A stranger with endless funds unless given. */
  readonly from?: string;
  readonly to: string;
  /** "APT", a coin type, or a metadata address. */
  readonly asset: string;
  readonly amount: bigint;
  /** By the old coin stores or as a fungible asset. A metadata address is always the latter; APT may be either. */
  readonly style?: "coin" | "fungible";
  /** Which events a move of the old style writes: those of the store's handles (the default), the module's, or both. */
  readonly events?: "handle" | "module" | "both";
  /** "secondary": a store made for this, which belongs to the recipient but is not where wallets look. */
  readonly store?: "primary" | "secondary";
}

export interface AptosTransactionOptions {
  /** It is in the ledger, cost gas, and moved nothing. */
  readonly fails?: boolean;
  /** The recipients' old coin stores are turned into fungible ones at its end, which no event but the deletion tells. */
  readonly migrates?: boolean;
  /** Who pays the gas; the first sender unless given. */
  readonly feePayer?: string;
  /** The gas is told by an event, as some versions of the framework do. */
  readonly gasEvent?: boolean;
  /** Adds other transactions of the chain first, as blocks do. */
  readonly after?: number;
}

/** A value of JSON that a test may change. */
export type WireObject = Record<string, unknown>;

export interface AptosOptions {
  readonly clock?: Clock;
  readonly chainId?: number;
  readonly port?: number;
  /** Requests without it as their bearer are refused. */
  readonly apiKey?: string;
}

/** A full node and an indexer over one invented ledger. */
export interface AptosSandbox {
  /** The REST interface, with its version. */
  readonly url: string;
  /** The indexer's GraphQL. */
  readonly indexerUrl: string;
  readonly journal: Journal;
  /** A fungible asset whose metadata says "USDT" and six digits. */
  readonly fakeUsdt: string;
  /** One transfer in one transaction. @returns its hash. */
  pay(transfer: AptosTransfer, options?: AptosTransactionOptions): string;
  /** Several transfers in one transaction. */
  payMany(transfers: readonly AptosTransfer[], options?: AptosTransactionOptions): string;
  /** Waits in the mempool until it is committed. */
  submit(transfer: AptosTransfer): { readonly hash: string; commit(): void };
  versionOf(hash: string): bigint;
  /** What the node would answer: coin store and primary store. @param asset coin type or metadata address. */
  balanceOf(owner: string, asset: string): bigint;
  /** The node tells the ledger as it was so long ago. */
  nodeLag(ms: number): void;
  /** The indexer vouches for no more than the ledger as it was so many versions ago; of the rest it has only the last. */
  indexerLag(versions: number): void;
  /** Older versions are gone from the node. */
  prune(before: bigint): void;
  /** What the node and the indexer say they serve. */
  serve(chainId: number): void;
  /** The node tells this transaction changed, until it is healed. */
  tamper(hash: string, change: (transaction: WireObject) => void): void;
  /** For one of the next requests. Match by path: "/v1/transactions", "/v1/graphql". */
  fault(rule: FaultRule): void;
  heal(): void;
  stop(): Promise<void>;
}
