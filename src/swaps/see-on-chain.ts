import type { Deposit, IncludedIn, Receipt, ReceivingChain } from "../chains/receiving.ts";
import type { TransactionReading } from "../chains/sending.ts";
import { claimableOf, receiptsOf } from "../arrivals/index.ts";
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
  /** Whose word it is that this transaction is the swap's. */
  readonly namedBy: "provider" | "operator";
}

/** By what a swap claims what a transaction brought. */
const evidenceOf = { provider: "named_hash", operator: "operator" } as const;

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

/** What a transaction brought to a payee, on whichever chain we read. */
export interface ReachedPayee {
  readonly includedIn: IncludedIn;
  /** Of the asset, to this address. */
  readonly parts: readonly Pick<Deposit, "index" | "amount">[];
  /** Native coins may have reached it in a contract's call, which no endpoint shows. */
  readonly mayHideTransfers: boolean;
}

/** The same for a payee's address on any chain that we read. */
export async function seeAtPayee(
  chain: ReceivingChain,
  { asset, address, hash }: { asset: Asset; address: string; hash: string },
  signal: AbortSignal,
): Promise<ReachedPayee | null> {
  const reading = await chain.readDeposits(hash, new Set([chain.normaliseAddress(address)]), signal);
  if (reading.status !== "included" || !reading.succeeded || !reading.final) return null;
  const { includedIn, deposits, mayHideTransfers } = reading;
  return { includedIn, parts: deposits.filter((one) => one.asset.id === asset.id), mayHideTransfers };
}

/** A provider's hash in its chain's normal form, or one arrival would have two names. A text that is none names nothing. */
export function normaliseHash(
  { depositChains }: Pick<SwapDeps, "depositChains">,
  chainName: string,
  told: string | null,
): string | null {
  if (told === null) return null;
  try {
    return depositChains.get(chainName)?.normaliseHash(told) ?? told;
  } catch (error) {
    if (error instanceof DomainError && error.code === "invalid_transaction_hash") return null;
    throw error;
  }
}

/** Those of a transaction's arrivals that belong to nothing yet. */
export async function unattributed(
  { db }: Pick<Parts, "db">,
  hash: string,
  receipts: readonly Receipt[],
): Promise<Receipt[]> {
  const held = await receiptsOf(db, receipts[0]?.asset.chain ?? "", hash);
  return receipts.filter((one) => !held.some((row) => row.receipt_index === one.index));
}

/** A provider may name a transaction that it named before for another swap. What somebody has on weaker evidence is no hindrance. */
export const notAttributedElsewhere = (
  { db }: Pick<Parts, "db">,
  { id }: Pick<Swap, "id">,
  { hash, namedBy }: Pick<Arrived, "hash" | "namedBy">,
  receipts: readonly Receipt[],
): Promise<Receipt[]> =>
  claimableOf(db, { purpose: "swap", purpose_id: id, evidence: evidenceOf[namedBy] }, hash, receipts);
