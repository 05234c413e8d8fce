import { sql, type Db } from "../database/index.ts";
import type { DepositRow } from "./deposit.ts";

/** A page, newest first, of all deposits, of one order's, or of those in one status. */
export async function listDeposits(
  db: Db,
  page: { before: string | null; limit: number; orderId: string | null; status: string | null },
): Promise<DepositRow[]> {
  const { rows } = await sql<DepositRow>`
    select * from deposit
    where (${page.orderId}::uuid is null or order_id = ${page.orderId})
      and (${page.status}::text is null or status = ${page.status})
      and (${page.before}::uuid is null or (created_at, id) < (select created_at, id from deposit where id = ${page.before}))
    order by created_at desc, id desc limit ${page.limit}`.execute(db);
  return rows;
}

/** Something that the registry lacks, at an address of ours. It is never booked. */
export interface UnlistedRow {
  readonly chain: string;
  readonly transaction_hash: string;
  readonly transfer_index: string;
  readonly address: string;
  readonly contract: string;
  readonly amount: bigint;
  readonly seen_at: Date;
}

/** The newest arrivals of things that the registry lacks. */
export async function listUnlisted(db: Db, limit: number): Promise<UnlistedRow[]> {
  const { rows } = await sql<UnlistedRow>`
    select * from unlisted_arrival order by seen_at desc, chain, transaction_hash, transfer_index limit ${limit}`.execute(
    db,
  );
  return rows;
}
