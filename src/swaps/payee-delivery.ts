import type { Receipt } from "../chains/receiving.ts";
import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { ProviderSwap } from "../providers/port.ts";
import { findTransfer, ourTransactions } from "../transfers/index.ts";
import type { SwapDeps } from "./deps.ts";
import { seeOnChain, type Landed } from "./see-on-chain.ts";
import type { Swap } from "./swap.ts";

/** What a transaction that the provider names brought to a payee. */
export type PayeeDelivery =
  /** `amount` in base units; 0: the provider does not say. `indexes` tell its transfers apart; "" is the whole transaction. */
  | { readonly kind: "brought"; readonly amount: bigint; readonly indexes: readonly string[] }
  /** Not final, or it brought nothing. */
  | { readonly kind: "nothing" }
  /** It cannot be this swap's, whoever says so. */
  | { readonly kind: "unbelievable"; readonly reason: UnbelievableReason };

export type UnbelievableReason = "delivery_already_used" | "delivery_older_than_funding";

/** We see no transfers of it: on a chain that we do not read, one transaction is one delivery. */
const wholeTransaction = "";

/**
 * What a named transaction brought to the payee of a swap and to no other one. Where we cannot see it, the provider's word
 * counts: on a chain we do not read, and for a native coin, which a contract may send within its call.
 * @param least of several transfers, the smallest that has so much is the one.
 */
export async function readPayeeDelivery(
  deps: SwapDeps,
  swap: Swap,
  { hash, told, least }: { hash: string; told: ProviderSwap | null; least: bigint },
  signal: AbortSignal,
): Promise<PayeeDelivery> {
  const asset = deps.registry.get(swap.target_asset);
  const used = await usedIndexes(deps.db, asset.chain, hash, swap.id);
  const taken: PayeeDelivery = { kind: "unbelievable", reason: "delivery_already_used" };
  if (used.has(wholeTransaction) || (await isOurs(deps.db, hash))) return taken;
  const byWord: PayeeDelivery = {
    kind: "brought",
    amount: told?.targetAmount ?? 0n,
    indexes: [wholeTransaction],
  };
  if (!deps.chains.has(asset.chain)) return used.size > 0 ? taken : byWord;
  const seen = await seeOnChain(deps, { asset, address: swap.target_address, hash }, signal);
  if (seen === null) return { kind: "nothing" };
  if (await isOlderThanFunding(deps.db, swap, asset.chain, seen.reading))
    return { kind: "unbelievable", reason: "delivery_older_than_funding" };
  if (asset.contract === null && seen.receipts.length === 0) return used.size > 0 ? taken : byWord;
  const unused = seen.receipts.filter(({ index }) => !used.has(index));
  if (unused.length === 0) return seen.receipts.length > 0 ? taken : { kind: "nothing" };
  return broughtBy(unused, least);
}

/** A provider that names a transfer of ours names nothing that it sent. */
async function isOurs(db: Db | Tx, hash: string): Promise<boolean> {
  const { rows } =
    await sql`select from ${ourTransactions} where a.transaction_hash = ${hash} limit 1`.execute(db);
  return rows.length > 0;
}

function broughtBy(receipts: readonly Receipt[], least: bigint): PayeeDelivery {
  const one = receipts
    .filter(({ amount }) => amount >= least)
    .toSorted((a, b) => (a.amount < b.amount ? -1 : 1))[0];
  const parts = one ? [one] : receipts;
  return {
    kind: "brought",
    amount: parts.reduce((sum, { amount }) => sum + amount, 0n),
    indexes: parts.map(({ index }) => index),
  };
}

/** A block that was there before we sent anything holds nothing that was sent for it. */
export async function isOlderThanFunding(
  db: Db | Tx,
  swap: Swap,
  chain: string,
  { includedIn: { blockNumber } }: Landed,
): Promise<boolean> {
  const before = swap.funded_at_target_block;
  if (before !== null && swap.target_asset.startsWith(`${chain}:`) && blockNumber < before) return true;
  if (!swap.source_asset.startsWith(`${chain}:`) || swap.transfer_id === null) return false;
  const funding = (await findTransfer(db, swap.transfer_id))?.block_number ?? null;
  return funding !== null && blockNumber < funding;
}

async function usedIndexes(
  db: Db | Tx,
  chain: string,
  hash: string,
  swapId: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ receipt_index: string }>`
    select receipt_index from swap_delivery
    where chain = ${chain} and transaction_hash = ${hash} and swap_id <> ${swapId}`.execute(db);
  return new Set(rows.map((row) => row.receipt_index));
}

/**
 * Keeps which transfers ended a swap, in the transaction that ends it. Of two that claim one, the second is refused.
 * @throws {DomainError} `delivery_already_used`
 */
export async function claimDelivery(
  tx: Tx,
  swap: Swap,
  { hash, indexes, now }: { hash: string; indexes: readonly string[]; now: Date },
): Promise<void> {
  const chain = swap.target_asset.split(":", 1)[0] ?? "";
  // The whole of a transaction and a part of it are different keys: whoever claims either waits here.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`delivery:${chain}:${hash}`}, 0))`.execute(tx);
  const used = await usedIndexes(tx, chain, hash, swap.id);
  if (indexes.some((index) => used.has(index)) || used.has(wholeTransaction)) throw deliveryUsed(hash);
  if (indexes.includes(wholeTransaction) && used.size > 0) throw deliveryUsed(hash);
  for (const index of indexes)
    await sql`
      insert into swap_delivery (chain, transaction_hash, receipt_index, swap_id, recorded_at)
      values (${chain}, ${hash}, ${index}, ${swap.id}, ${now}) on conflict do nothing`.execute(tx);
}

export const deliveryUsed = (hash: string): DomainError =>
  new DomainError(
    "delivery_already_used",
    `${hash} paid another payout, or is a transfer of ours. Ask the provider's support by which transaction it paid this one.`,
  );
