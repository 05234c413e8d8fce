import { sql, type Db } from "../database/index.ts";

/**
 * Folds waiting movements of accounts that everybody posts to into their rows, so that a balance stays cheap to read.
 * Balances do not change by it. Safe at any time and by several at once; only bookings that take from the same account wait.
 * @returns how many movements were folded.
 */
export async function foldLedger(db: Db, signal?: AbortSignal): Promise<number> {
  const { rows: waiting } = await sql<{ id: number }>`
    select a.id from ledger_account a
    where a.folding and exists (select from ledger_delta d where d.account_id = a.id)
    order by a.id`.execute(db);
  let folded = 0;
  for (const { id } of waiting) {
    if (signal?.aborted) break;
    const { rows } = await sql<{ count: number }>`select ledger_fold(${id}) as count`.execute(db);
    folded += rows[0]!.count;
  }
  return folded;
}
