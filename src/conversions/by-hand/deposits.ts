import type { ReceivingChain } from "../../chains/receiving.ts";
import { sql, type Db, type Tx } from "../../database/index.ts";
import { DomainError } from "../../errors.ts";
import { formatUnits, type Asset } from "../../money/index.ts";

/** A deposit whose coins were sold: credited to a payment, or dust that lay beside it. */
export interface SoldDeposit {
  readonly id: string;
  readonly address: string;
  readonly amount: bigint;
  /** Null: dust, which is nobody's. */
  readonly payment_id: string | null;
  /** Our part of it; nothing of dust. */
  readonly fee: bigint;
}

/** An address that we cannot gather from ourselves, and what must have left it. */
export interface SoldPlace {
  readonly address: string;
  /** Which of the seed's keys opens it; null: an address of the operator's own. */
  readonly derivationIndex: number | null;
  readonly sold: bigint;
  /** The most that may lie there once it was sold: what else our book knows of. */
  readonly mostLeft: bigint;
  /** Of that, what must lie there: deposits as old as those sold that are not settled, or partly owed to a payer. */
  readonly kept: bigint;
  /** The deposits that are kept. */
  readonly keptIds: readonly string[];
}

export interface Sale {
  readonly deposits: readonly SoldDeposit[];
  readonly places: readonly SoldPlace[];
}

/** Which coins a sale is about. */
export interface SaleOf {
  readonly asset: Asset;
  /** Whether we send on the asset's chain ourselves: then only the operator's own addresses are theirs to sell from. */
  readonly weSend: boolean;
  /** Deposits mined later are not part of it. */
  readonly until: Date;
}

/** SQL about a `deposit d`: booked, its coins still there by our book. */
const unsold = sql`d.swept_at is null and d.status in ('confirming', 'credited', 'in_review', 'ignored')
  and (d.status <> 'ignored' or d.reason = 'dust')`;

/**
 * What an operator may have sold by hand: every final, credited deposit of an asset up to a moment, at the addresses that we
 * cannot gather from, with the dust beside it. The deposits are locked until commit where asked for.
 */
export async function findSale(
  db: Db | Tx,
  of: SaleOf,
  { lock = false }: { lock?: boolean } = {},
): Promise<Sale> {
  const { asset, weSend, until } = of;
  const { rows } = await sql<SoldDeposit>`
    select d.id, d.address, d.amount, d.payment_id, coalesce(p.fee_amount, 0) as fee
    from deposit d
    join wallet w on w.chain = d.chain and w.address = d.address
      and (w.kind = 'watched' or (w.kind = 'deposit' and not ${weSend}))
    left join payment p on p.id = d.payment_id and p.status = 'settled' and p.arrival = 'expected'
    where d.chain = ${asset.chain} and d.asset = ${asset.id} and d.block_time <= ${until}
      and d.final and d.sweep_id is null and ${unsold}
      and ((d.status = 'credited' and d.surplus_amount = 0 and p.id is not null) or d.status = 'ignored')
    order by d.id ${lock ? sql`for no key update of d` : sql``}`.execute(db);
  // Where nothing but dust lies, nobody has a reason to go.
  const worthIt = new Set(rows.filter((row) => row.payment_id !== null).map((row) => row.address));
  const deposits = rows.filter((row) => worthIt.has(row.address));
  return { deposits, places: await placesOf(db, of, deposits) };
}

async function placesOf(
  db: Db | Tx,
  { asset, until }: SaleOf,
  deposits: readonly SoldDeposit[],
): Promise<SoldPlace[]> {
  const soldAt = new Map<string, bigint>();
  for (const { address, amount } of deposits) soldAt.set(address, (soldAt.get(address) ?? 0n) + amount);
  const { rows } = await sql<{
    address: string;
    derivation_index: number | null;
    booked: bigint;
    coming: bigint;
    kept: bigint;
    kept_ids: string[];
  }>`
    select w.address, w.derivation_index, -ledger_balance('wallet:' || w.chain || ':' || w.address, ${asset.id}) as booked,
      u.coming, u.kept, u.kept_ids
    from wallet w, lateral (
      select coalesce(sum(d.amount) filter (where d.status = 'confirming'), 0) as coming,
        coalesce(sum(d.amount) filter (where d.block_time <= ${until}), 0) as kept,
        coalesce(array_agg(d.id::text order by d.id) filter (where d.block_time <= ${until}), '{}') as kept_ids
      from deposit d
      where d.chain = w.chain and d.address = w.address and d.asset = ${asset.id} and ${unsold}
        and d.id <> all (${deposits.map(({ id }) => id)}::uuid[])) as u
    where w.chain = ${asset.chain} and w.address = any (${[...soldAt.keys()]}::text[])
    order by w.address`.execute(db);
  return rows.map(({ address, booked, coming, kept, ...row }) => {
    const sold = soldAt.get(address) ?? 0n;
    return {
      address,
      derivationIndex: row.derivation_index,
      sold,
      mostLeft: booked - sold + coming,
      kept,
      keptIds: row.kept_ids,
    };
  });
}

/** Addresses asked about for one conversion: beyond, the operator names an earlier moment and sells in several parts. */
const mostAsked = 500;
const askedAtOnce = 5;
/** Of native coin so much may stay behind, for a wallet seldom spends its fee to the last unit. */
const nativeLeftBps = 100n;
const mostNamed = 10;

/**
 * Asks the chain whether what was sold is gone, and what is kept is not.
 * @throws {DomainError} `coins_still_there`, `deposits_in_review`, `too_many_addresses`
 * @throws {ProviderError} an address's balance is unknown.
 */
export async function assertCoinsGone(
  chain: ReceivingChain,
  asset: Asset,
  places: readonly SoldPlace[],
  signal: AbortSignal,
): Promise<void> {
  if (places.length > mostAsked)
    throw new DomainError(
      "too_many_addresses",
      `These coins lay at ${places.length} addresses, and one conversion takes ${mostAsked}. Name an earlier moment up to which deposits were sold, then convert the rest.`,
    );
  const found: { place: SoldPlace; balance: bigint }[] = [];
  for (let at = 0; at < places.length; at += askedAtOnce) {
    const asked = places.slice(at, at + askedAtOnce).map(async (place) => ({
      place,
      balance: await chain.balance(place.address, asset, signal),
    }));
    found.push(...(await Promise.all(asked)));
  }
  refuseStillThere(asset, found);
  refuseTakenAlong(found);
}

type Found = readonly { readonly place: SoldPlace; readonly balance: bigint }[];

function refuseStillThere(asset: Asset, found: Found): void {
  const tolerated = ({ sold }: SoldPlace): bigint =>
    asset.contract === null ? (sold * nativeLeftBps) / 10_000n : 0n;
  const still = found.filter(({ place, balance }) => balance > place.mostLeft + tolerated(place));
  if (still.length === 0) return;
  const named = still.map(
    ({ place, balance }) =>
      `${place.address} (${formatUnits(balance - place.mostLeft, asset.decimals)} too much)`,
  );
  throw new DomainError(
    "coins_still_there",
    `Coins of ${asset.id} that these proceeds are for have not left ${listed(named)}. Move and sell them too and name that transaction as well, or name an earlier moment up to which deposits were sold. Coins that arrived just now are known in a minute.`,
    { addresses: still.map(({ place }) => place.address) },
  );
}

function refuseTakenAlong(found: Found): void {
  const taken = found.filter(({ place, balance }) => balance < place.kept);
  if (taken.length === 0) return;
  const ids = taken.flatMap(({ place }) => place.keptIds);
  throw new DomainError(
    "deposits_in_review",
    `Coins of deposits that are not settled, or partly owed to a payer, left with the others: ${listed(ids)}. Settle those first, on the recovery desk.`,
    { deposits: ids },
  );
}

const listed = (names: readonly string[]): string =>
  names.slice(0, mostNamed).join(", ") +
  (names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "");
