import { sql, type Db, type RawBuilder } from "../database/index.ts";
import { ledgerAccounts } from "../ledger/index.ts";

/** Addresses are never given up, so there is no end of them: the newest that still hold something are told. */
const mostTold = 500;

/** One asset at one address that payers were given, by our book; amounts are base units. */
export interface PayersHolding {
  /** Of the wallet; null: nothing was ever booked there. */
  readonly id: string | null;
  readonly chain: string;
  readonly address: string;
  readonly asset: string;
  readonly booked: bigint;
  /** In a block and not final yet: what has left, the fees paid in native coin, and what we sent there. */
  readonly leaving: bigint;
  readonly fees: bigint;
  readonly arriving: bigint;
}

/** Whether coins of ours are on their way to an address: it may have them before the book does. */
export async function isSendingTo(db: Db, chain: string, address: string): Promise<boolean> {
  const { rows } = await sql`
    select from transfer t join wallet w on w.id = t.wallet_id
    where t.to_address = ${address} and w.chain = ${chain}
      and t.status not in ('final', 'reverted', 'displaced', 'cancelled') limit 1`.execute(db);
  return rows.length > 0;
}

/** SQL, of a relation `h (id, chain, address, asset, booked)`: the same with what is under way. */
const withTransfers = (held: RawBuilder<unknown>) => sql<PayersHolding>`
  select h.*, coalesce(t.leaving, 0) as leaving, coalesce(t.fees, 0) as fees, (
      select coalesce(sum(amount), 0) from transfer
      where asset = h.asset and to_address = h.address and block_number is not null and status in ('included', 'in_review')
    ) as arriving
  from (${held}) as h left join lateral (
    select sum(amount) filter (where asset = h.asset) as leaving, sum(fee_paid) as fees from transfer
    where wallet_id = h.id and block_number is not null and status in ('included', 'in_review')) as t on true
  order by h.chain, h.address, h.asset`;

/** What lies at payers' addresses by our book, on these chains. */
export async function payersHoldings(db: Db, chains: readonly string[]): Promise<PayersHolding[]> {
  const heldBy = (kind: "deposit" | "watched") => sql`
    select w.id, w.chain, w.address, a.asset, -ledger_balance(a.path, a.asset) as booked
    from wallet w join ${ledgerAccounts} on a.path = 'wallet:' || w.chain || ':' || w.address
    where w.kind = ${kind} and w.chain = any(${[...chains]}::text[]) and ledger_balance(a.path, a.asset) <> 0
    order by w.id desc limit ${mostTold}`;
  const { rows } = await withTransfers(sql`(${heldBy("deposit")}) union all (${heldBy("watched")})`).execute(
    db,
  );
  return rows;
}

/** What lies of these assets at one address by our book, nothing included. */
export async function holdingsAt(
  db: Db,
  { chain, address, assets }: { chain: string; address: string; assets: readonly string[] },
): Promise<PayersHolding[]> {
  const { rows } = await withTransfers(sql`
    select w.id, ${chain}::text as chain, ${address}::text as address, asset,
      coalesce(-ledger_balance(${`wallet:${chain}:${address}`}, asset), 0) as booked
    from unnest(${[...assets]}::text[]) as asset
    left join wallet w on w.chain = ${chain} and w.address = ${address}`).execute(db);
  return rows;
}
