import type { Amount } from "../explain/index.ts";

/** What a payee has of one asset, by where it is, decimal text of whole coins. */
export interface Position {
  readonly pending: string;
  readonly available: string;
  readonly held: string;
  /** Owed back to us. */
  readonly recoverable: string;
}

/** One journal entry as it moved a payee's balances in one asset: what left is negative. */
export interface Movement extends Position {
  readonly entry_id: string;
  /** When it was booked, ISO 8601. */
  readonly at: string;
  /** Our stable word, as the ledger has it: `payment_settled`. */
  readonly reason: string;
  readonly about: MovementSource | null;
}

/** What a movement is about, and how its amount came to be. */
export type MovementSource =
  | {
      readonly kind: "earning";
      readonly earning_id: string;
      readonly payment_id: string;
      readonly order_id: string | null;
      /** What the payment settled to us, and what of it was our fee. */
      readonly settled: Amount;
      readonly platform_fee: Amount;
      /** The earning's value in US dollars when it settled; null: nobody told a price then. */
      readonly usd: string | null;
    }
  | {
      readonly kind: "conversion";
      readonly conversion_id: string;
      /** The whole conversion's: what it gave and what arrived. */
      readonly source: Amount;
      readonly target: Amount | null;
      readonly rate: string | null;
      readonly delivery_hashes: readonly string[];
      /** Of the payee's part, when its payments settled; null: not all were observed. */
      readonly usd: string | null;
    }
  | {
      readonly kind: "payout";
      readonly payout_id: string;
      readonly status: string;
      readonly route: string;
      readonly amount: Amount;
      readonly destination: { readonly asset: string; readonly address: string };
      readonly delivered: Amount | null;
      /** Whole coins that arrived for one that was paid; null: nothing yet, or not told. */
      readonly rate: string | null;
      readonly transaction_hash: string | null;
      /** When its way was planned. */
      readonly usd: string | null;
    };

/** One asset's roll-forward. `closing` is read from the ledger by itself, and is `opening` plus all movements. */
export interface AssetStatement {
  readonly asset: string;
  readonly opening: Position;
  readonly movements: readonly Movement[];
  readonly closing: Position;
}

/** What was booked for a payee after `from` and until `to`, both moments of the book, ISO 8601. */
export interface Statement {
  readonly payee_id: string;
  readonly payee_name: string;
  readonly from: string;
  readonly to: string;
  readonly assets: readonly AssetStatement[];
}
