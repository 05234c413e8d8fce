import type { Receipt } from "../chains/receiving.ts";
import type { TransactionReading } from "../chains/sending.ts";
import { receiptsOf } from "../transfers/index.ts";
import { DomainError } from "../errors.ts";
import type { Asset } from "../money/index.ts";
import type { SwapDeps } from "./deps.ts";
import type { Swap } from "./swap.ts";

export type Landed = Extract<TransactionReading, { status: "succeeded" | "reverted" }>;

/** A provider's transaction and what of it came to us. */
export interface Arrived {
  readonly hash: string;
  readonly receipt: Receipt;
  readonly reading: Landed;
}

type Parts = Pick<SwapDeps, "db" | "chains">;

/** What this transaction brought of an asset to an address, once it is final; null until then. */
export async function seeOnChain(
  { chains }: Pick<Parts, "chains">,
  what: { asset: Asset; address: string; hash: string },
  signal: AbortSignal,
): Promise<{ reading: Landed; receipts: Receipt[] } | null> {
  const chain = chains.get(what.asset.chain);
  if (!chain) return null;
  const reading = await chain.readTransaction(what.hash, [what.address], signal);
  if (reading.status !== "succeeded" || !reading.final) return null;
  return { reading, receipts: reading.receipts.filter((one) => one.asset.id === what.asset.id) };
}

/** A provider's hash in its chain's normal form, or one arrival would have two names. A text that is none names nothing. */
export function normaliseHash(
  { chains }: Pick<Parts, "chains">,
  chainName: string,
  told: string | null,
): string | null {
  if (told === null) return null;
  try {
    return chains.get(chainName)?.normaliseHash(told) ?? told;
  } catch (error) {
    if (error instanceof DomainError && error.code === "invalid_transaction_hash") return null;
    throw error;
  }
}

/** Those of a transaction's arrivals that belong to nothing yet. */
export const unattributed = (
  parts: Pick<Parts, "db">,
  hash: string,
  receipts: readonly Receipt[],
): Promise<Receipt[]> => notAttributedElsewhere(parts, null, hash, receipts);

/** One transaction may bring several arrivals, and a provider may name one that it named before for another swap. */
export async function notAttributedElsewhere(
  { db }: Pick<Parts, "db">,
  swap: Pick<Swap, "id"> | null,
  hash: string,
  receipts: readonly Receipt[],
): Promise<Receipt[]> {
  const chain = receipts[0]?.asset.chain ?? "";
  const known = await receiptsOf(db, chain, hash);
  const elsewhere = known.filter((one) => one.purpose !== "swap" || one.purpose_id !== swap?.id);
  return receipts.filter((one) => !elsewhere.some((row) => row.receipt_index === one.index));
}
