import { sql, type Db, type Tx } from "../database/index.ts";
import type { Posting } from "./entry.ts";

/** The postings of an entry, in their order; empty: it was never booked, or was reversed. */
export async function postingsInForce(db: Db | Tx, entryId: string): Promise<Posting[]> {
  const { rows } = await sql<{ debit: string; credit: string; asset: string; amount: bigint }>`
    select d.path as debit, c.path as credit, d.asset, p.amount
    from posting p
    join ledger_account d on d.id = p.debit_account_id join ledger_account c on c.id = p.credit_account_id
    where p.entry_id = ${entryId} and not exists (select from journal_entry r where r.reverses_id = ${entryId})
    order by p.line`.execute(db);
  return rows.map(({ debit, credit, asset, amount }) => ({ debit, credit, money: { asset, amount } }));
}
