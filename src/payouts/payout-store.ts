import { sql, type Db, type Tx } from "../database/index.ts";
import { type Payout, type PayoutAttempt } from "./payout.ts";

export async function findPayout(db: Db | Tx, id: string): Promise<Payout | null> {
  const { rows } = await sql<Payout>`select * from payout where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export async function lockPayout(tx: Tx, id: string): Promise<Payout | null> {
  const { rows } = await sql<Payout>`select * from payout where id = ${id} for update`.execute(tx);
  return rows[0] ?? null;
}

/** A page, newest first, of all payouts or of one payee's. */
export async function listPayouts(
  db: Db,
  page: { before: string | null; limit: number; payeeId: string | null },
): Promise<Payout[]> {
  const { rows } = await sql<Payout>`
    select * from payout
    where (${page.payeeId}::uuid is null or payee_id = ${page.payeeId}) and (${page.before}::uuid is null or id < ${page.before})
    order by id desc limit ${page.limit}`.execute(db);
  return rows;
}

export async function attemptsOf(db: Db | Tx, payoutId: string): Promise<PayoutAttempt[]> {
  const { rows } =
    await sql<PayoutAttempt>`select * from payout_attempt where payout_id = ${payoutId} order by seq`.execute(
      db,
    );
  return rows;
}

export interface PayoutWait {
  readonly payee_id: string;
  readonly asset: string;
  readonly reason: string;
  readonly since: Date;
}

/** Why payees over their threshold are not paid yet. */
export async function listWaits(db: Db): Promise<PayoutWait[]> {
  const { rows } =
    await sql<PayoutWait>`select payee_id, asset, reason, since from payout_wait order by since`.execute(db);
  return rows;
}

export async function setWait(
  tx: Db | Tx,
  wait: { payeeId: string; asset: string; reason: string; now: Date },
): Promise<void> {
  await sql`
    insert into payout_wait as w (payee_id, asset, reason, since, checked_at)
    values (${wait.payeeId}, ${wait.asset}, ${wait.reason}, ${wait.now}, ${wait.now})
    on conflict (payee_id, asset) do update set checked_at = excluded.checked_at, reason = excluded.reason,
      since = case when w.reason = excluded.reason then w.since else excluded.since end`.execute(tx);
}

export async function clearWait(tx: Db | Tx, payeeId: string, asset: string): Promise<void> {
  await sql`delete from payout_wait where payee_id = ${payeeId} and asset = ${asset}`.execute(tx);
}
