import type { Clock } from "../../src/clock.ts";
import type { Faults, Journal, Network } from "../faults.ts";

export interface SolanaOptions {
  readonly clock?: Clock;
  readonly port?: number;
  /** How often a slot passes by itself. 0 unless given: only `advance` and transactions move the chain. */
  readonly slotMs?: number;
  /** A world whose faults and journal this server shares, and its name there; its own, as "rpc", unless given. */
  readonly world?: { readonly server: Network; readonly faults: Faults; readonly journal: Journal };
}

export interface SolanaMove {
  /** Null: the native coin. */
  readonly mint: string | null;
  /** A wallet. */
  readonly to: string;
  readonly amount: bigint;
  /** A wallet; a stranger who has enough of everything unless given. */
  readonly from?: string;
  /** A token account of `to`, opened before; the associated one, which is opened when missing, unless given. */
  readonly toAccount?: string;
  /** Which of the token program's two instructions; "transferChecked" unless given. */
  readonly instruction?: "transfer" | "transferChecked";
}

export interface SolanaTransactionOptions {
  /** The sender of the first move unless given. */
  readonly feePayer?: string;
  /** Executes, moves nothing, and costs the fee. */
  readonly fails?: boolean;
  /** A version 0 transaction whose other accounts come from an address lookup table. */
  readonly lookupTable?: boolean;
}

/**
 * - answer: what a method gives is changed before it is sent.
 * - method_error: the method answers with this error, with HTTP status 200 as nodes do.
 * - cut_pages: lists of signatures are shorter than asked for.
 * - forget: the node knows nothing of these transactions, or of any.
 */
export type SolanaLie =
  | { readonly kind: "answer"; readonly method: string; readonly change: (result: never) => unknown }
  | {
      readonly kind: "method_error";
      readonly method: string;
      readonly code: number;
      readonly message: string;
    }
  | { readonly kind: "cut_pages"; readonly rows: number }
  | { readonly kind: "forget"; readonly signatures?: readonly string[] };

/** An emulated node of a chain that exists nowhere else. Money moves when told; nothing is signed. */
export interface SolanaEmulator {
  readonly url: string;
  readonly genesisHash: string;
  readonly faults: Faults;
  readonly journal: Journal;
  /** Slots: what is processed, what is confirmed (one behind), what is final (32 behind). */
  readonly head: { readonly processed: number; readonly confirmed: number; readonly finalized: number };
  /** One transfer in a slot of its own, processed but not yet confirmed. @returns its signature. */
  pay(move: SolanaMove, options?: SolanaTransactionOptions): string;
  /** Several transfers in one transaction. */
  multisend(moves: readonly SolanaMove[], options?: SolanaTransactionOptions): string;
  /** A further token account of an owner, not the associated one, paid for by a stranger. @returns its address. */
  openTokenAccount(account: { readonly owner: string; readonly mint: string }): string;
  /** The owner closes their associated account: its rent, and wrapped coins, become coins of the wallet. */
  closeTokenAccount(account: { readonly owner: string; readonly mint: string }): string;
  /** A token nobody knows. */
  newMint(token?: { readonly decimals?: number; readonly program?: string }): string;
  /** A wallet without a key, empty. */
  newWallet(): string;
  /** The associated token account. */
  tokenAccount(owner: string, mint: string): string;
  advance(slots?: number): void;
  /** Slots that no leader filled. */
  skipSlots(slots?: number): void;
  /** The block of a transaction that is not final loses its fork: it never happened. */
  drop(signature: string): void;
  /** Of a wallet in all its token accounts, or of coins, as of the processed slot. */
  balanceOf(wallet: string, mint: string | null): bigint;
  lie(lie: SolanaLie): void;
  heal(): void;
  stop(): Promise<void>;
}
