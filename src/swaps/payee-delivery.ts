import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { ProviderSwap } from "../providers/port.ts";
import { findTransfer, ourTransactions } from "../transfers/index.ts";
import type { SwapDeps } from "./deps.ts";
import { hearOthers } from "./hear-provider.ts";
import { seeAtPayee, type Landed, type ReachedPayee } from "./see-on-chain.ts";
import type { Swap } from "./swap.ts";

/** What a transaction that the provider names brought to a payee. */
export type PayeeDelivery =
  /** `amount` in base units; 0: the provider does not say. `indexes` tell its transfers apart; "" is the whole transaction. */
  | { readonly kind: "brought"; readonly amount: bigint; readonly indexes: readonly string[] }
  /** Only a word says whose it is, and it is another payout's too, by what is booked or named: persons decide. */
  | {
      readonly kind: "contested";
      readonly reason: ContestedReason;
      readonly amount: bigint;
      readonly indexes: readonly string[];
    }
  /** Not final, or it brought nothing. */
  | { readonly kind: "nothing" }
  /** It cannot be this swap's, whoever says so. */
  | { readonly kind: "unbelievable"; readonly reason: UnbelievableReason };

export type UnbelievableReason = "delivery_already_used" | "delivery_older_than_funding";
type ContestedReason = "delivery_already_used" | "delivery_named_twice";

/** We see no transfers of it: on a chain that we do not read, one transaction is one delivery. */
const wholeTransaction = "";
/** Two persons said that it paid this one, whoever else it is named for. */
const byTwoPersons = ({ id }: Pick<Swap, "id">): string => `word:${id}`;
const isWord = (index: string): boolean => index === wholeTransaction || index.startsWith("word:");

/**
 * What a named transaction brought to the payee of a swap and to no other one, as the chain shows it. Where we cannot see it, the
 * provider's word counts: on a chain we do not read, and for a native coin that a contract may have sent on in a call which no
 * endpoint shows. Then everybody else
 * whom it may have paid is asked about first, and it must be named for nobody else.
 * @param least of several transfers, the smallest that has so much is the one.
 * @throws {ProviderError} the chain, or the provider of somebody else whom it may have paid, gives no answer.
 */
export async function readPayeeDelivery(
  deps: SwapDeps,
  swap: Swap,
  { hash, told, least }: { hash: string; told: ProviderSwap | null; least: bigint },
  signal: AbortSignal,
): Promise<PayeeDelivery> {
  const asset = deps.registry.get(swap.target_asset);
  const taken: PayeeDelivery = { kind: "unbelievable", reason: "delivery_already_used" };
  if ((await isOurs(deps.db, hash)) || (await isPaidOutside(deps.db, asset.chain, hash))) return taken;
  const byWord = async (): Promise<PayeeDelivery> => {
    await hearOthers(deps, swap, hash, signal);
    const brought = { amount: told?.targetAmount ?? 0n, indexes: [wholeTransaction] };
    return orContested(await claimsOf(deps.db, swap, hash), brought);
  };
  const chain = deps.depositChains.get(asset.chain);
  if (chain === undefined) return byWord();
  const seen = await seeAtPayee(chain, { asset, address: swap.target_address, hash }, signal);
  if (seen === null) return { kind: "nothing" };
  if (await isOlderThanFunding(deps.db, swap, asset.chain, seen))
    return { kind: "unbelievable", reason: "delivery_older_than_funding" };
  const { parts, mayHideTransfers } = seen;
  if (parts.length === 0) return asset.contract === null && mayHideTransfers ? byWord() : { kind: "nothing" };
  const claims = await claimsOf(deps.db, swap, hash);
  const unused = parts.filter(({ index }) => !claims.used.some((one) => one.index === index));
  return unused.length === 0 ? taken : orContested(claims, broughtBy(unused, least));
}

type Brought = Pick<Extract<PayeeDelivery, { kind: "brought" }>, "amount" | "indexes">;

function orContested(claims: Claims, brought: Brought): PayeeDelivery {
  const contest = contestOf(claims, brought.indexes);
  return contest === null
    ? { kind: "brought", ...brought }
    : { kind: "contested", reason: contest, ...brought };
}

/** Other payouts to the same chain that a transaction paid or is said to have paid. */
interface Claims {
  readonly used: readonly (Claimant & { readonly index: string })[];
  readonly named: readonly Claimant[];
}

interface Claimant {
  readonly swap_id: string;
  readonly payout_id: string;
  readonly target_asset: string;
  readonly target_address: string;
  readonly status: Swap["status"];
}

async function claimsOf(db: Db | Tx, swap: Swap, hash: string): Promise<Claims> {
  const chain = chainOf(swap);
  const claimant = sql`s.id as swap_id, s.correlation_id as payout_id, s.target_asset, s.target_address, s.status`;
  const { rows: used } = await sql<Claimant & { index: string }>`
    select ${claimant}, d.receipt_index as index from swap_delivery d join swap s on s.id = d.swap_id
    where d.chain = ${chain} and d.transaction_hash = ${hash} and s.id <> ${swap.id} order by s.id`.execute(
    db,
  );
  const { rows: named } = await sql<Claimant>`
    select ${claimant} from swap s
    where s.told_hash = ${hash} and s.id <> ${swap.id} and s.purpose = 'payout_attempt'
      and starts_with(s.target_asset, ${`${chain}:`})
      and s.status not in ('delivered', 'refunded', 'expired', 'rejected') order by s.id`.execute(db);
  return { used, named: named.filter((one) => !used.some(({ swap_id }) => swap_id === one.swap_id)) };
}

/** Why transfers are not simply this one's: a word for the whole transaction stands against any, and any against such a word. */
function contestOf({ used, named }: Claims, indexes: readonly string[]): ContestedReason | null {
  const byWord = indexes.some(isWord);
  if (used.some(({ index }) => byWord || isWord(index))) return "delivery_already_used";
  return byWord && named.length > 0 ? "delivery_named_twice" : null;
}

const chainOf = ({ target_asset }: Pick<Swap, "target_asset">): string => target_asset.split(":", 1)[0] ?? "";

/** A provider that names a transfer of ours names nothing that it sent. */
async function isOurs(db: Db | Tx, hash: string): Promise<boolean> {
  const { rows } =
    await sql`select from ${ourTransactions} where a.transaction_hash = ${hash} limit 1`.execute(db);
  return rows.length > 0;
}

function broughtBy(found: ReachedPayee["parts"], least: bigint): Brought {
  const one = found
    .filter(({ amount }) => amount >= least)
    .toSorted((a, b) => (a.amount < b.amount ? -1 : 1))[0];
  const parts = one ? [one] : found;
  return {
    amount: parts.reduce((sum, { amount }) => sum + amount, 0n),
    indexes: parts.map(({ index }) => index),
  };
}

/** A block that was there before we sent anything holds nothing that was sent for it. */
export async function isOlderThanFunding(
  db: Db | Tx,
  swap: Swap,
  chain: string,
  { includedIn: { blockNumber } }: Pick<Landed, "includedIn">,
): Promise<boolean> {
  const before = swap.funded_at_target_block;
  if (before !== null && swap.target_asset.startsWith(`${chain}:`) && blockNumber < before) return true;
  if (!swap.source_asset.startsWith(`${chain}:`) || swap.transfer_id === null) return false;
  const funding = (await findTransfer(db, swap.transfer_id))?.block_number ?? null;
  return funding !== null && blockNumber < funding;
}

/**
 * Keeps which transfers ended a swap, in the transaction that ends it. What another one claims too is nobody's by a provider's
 * word, and needs two persons by a person's.
 * @throws {DomainError} `delivery_already_used`, `second_person_needed`
 */
export async function claimDelivery(
  tx: Tx,
  swap: Swap,
  { hash, indexes, person, now }: DeliveryClaim,
): Promise<void> {
  const chain = chainOf(swap);
  await lockDelivery(tx, chain, hash);
  if (await isPaidOutside(tx, chain, hash)) throw deliveryUsed(hash);
  const claims = await claimsOf(tx, swap, hash);
  if (claims.used.some(({ index }) => !isWord(index) && indexes.includes(index))) throw deliveryUsed(hash);
  const unproved = contestOf(claims, indexes) !== null || (person?.namedIt === true && indexes.some(isWord));
  if (unproved && person === null) throw deliveryUsed(hash);
  if (unproved && person?.second === null) throw onlyAWord(hash, claims);
  for (const index of unproved ? [byTwoPersons(swap)] : indexes)
    await sql`
      insert into swap_delivery (chain, transaction_hash, receipt_index, swap_id, recorded_at)
      values (${chain}, ${hash}, ${index}, ${swap.id}, ${now}) on conflict do nothing`.execute(tx);
}

/** The whole of a transaction and a part of it are different keys: whoever claims either waits here. */
async function lockDelivery(tx: Tx, chain: string, hash: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`delivery:${chain}:${hash}`}, 0))`.execute(tx);
}

/** Whether an operator paid a payout by it: then no provider delivered by it, whatever it says. */
async function isPaidOutside(db: Db | Tx, chain: string, hash: string): Promise<boolean> {
  const { rows } = await sql`
    select from swap_delivery
    where chain = ${chain} and transaction_hash = ${hash} and swap_id is null limit 1`.execute(db);
  return rows.length > 0;
}

/**
 * Keeps that an operator paid a payout by a transaction, so that no swap is believed to have delivered by it.
 * @returns false: a swap did deliver by it.
 */
export async function claimPaidOutside(
  tx: Tx,
  { chain, hash, now }: { chain: string; hash: string; now: Date },
): Promise<boolean> {
  await lockDelivery(tx, chain, hash);
  const { rows } = await sql`
    select from swap_delivery where chain = ${chain} and transaction_hash = ${hash} limit 1`.execute(tx);
  if (rows.length > 0) return false;
  await sql`
    insert into swap_delivery (chain, transaction_hash, receipt_index, swap_id, recorded_at)
    values (${chain}, ${hash}, ${wholeTransaction}, null, ${now})`.execute(tx);
  return true;
}

export interface DeliveryClaim {
  readonly hash: string;
  readonly indexes: readonly string[];
  /** Who decides it; null: a provider named it, and nobody did. */
  readonly person: {
    /** The transaction is this person's word, not the provider's. */
    readonly namedIt: boolean;
    readonly second: string | null;
  } | null;
  readonly now: Date;
}

/** Both claims, for whoever decides. */
function onlyAWord(hash: string, { used, named }: Claims): DomainError {
  const say = (one: Claimant): string =>
    `payout ${one.payout_id} (${one.target_asset} to ${one.target_address}, swap ${one.swap_id})`;
  const others = [...used.map((one) => `${say(one)}, which it completed`), ...named.map(say)];
  const whose = others.length === 0 ? "" : `, and it is named for ${others.join(" and ")} too`;
  return new DomainError(
    "second_person_needed",
    `Only a word says that ${hash} paid this payout${whose}. Look at it in an explorer: it may have paid both, or one of them.`,
  );
}

export const deliveryUsed = (hash: string): DomainError =>
  new DomainError(
    "delivery_already_used",
    `${hash} paid another payout, or is a transfer of ours. Ask the provider's support by which transaction it paid this one.`,
  );
