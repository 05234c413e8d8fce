import { sql, type Db, type Tx } from "../database/index.ts";

/**
 * Platform equity, by asset, base units: what wallets, processors, swaps and banks hold, less what is owed to payees, payers
 * and nobody known. Of one asset, or of all. What payees owe back is not there, so it does not count. Below zero: not all that is owed could be paid.
 */
export async function equityByAsset(db: Db | Tx, asset?: string): Promise<ReadonlyMap<string, bigint>> {
  const { rows } = await sql<{ asset: string; equity: bigint }>`
    select a.asset, -sum(a.balance + coalesce((select sum(d.amount) from ledger_delta d where d.account_id = a.id), 0)) as equity
    from ledger_account a
    where a.path not like 'platform:%' and a.path not like 'payee:%:recoverable'
      ${asset === undefined ? sql`` : sql`and a.asset = ${asset}`} group by a.asset order by a.asset`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.asset, row.equity]));
}
