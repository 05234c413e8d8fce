import { sql, type Db, type Tx } from "../database/index.ts";
import type { Asset } from "../money/index.ts";
import { awaitedSettlements } from "../payments/index.ts";
import { payersWallets } from "../transfers/index.ts";

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
    join ${payersWallets} on w.chain = d.chain and w.address = d.address and (w.kind = 'watched' or not ${weSend})
    left join ${awaitedSettlements} on p.id = d.payment_id
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
    from ${payersWallets}, lateral (
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

/** The coins of these deposits were sold, and their proceeds divided by a conversion. */
export async function markSold(
  tx: Tx,
  ids: readonly string[],
  by: { conversionId: string; now: Date },
): Promise<void> {
  await sql`
    update deposit set swept_at = ${by.now}, conversion_id = ${by.conversionId}, updated_at = ${by.now}
    where id = any (${[...ids]}::uuid[])`.execute(tx);
}
