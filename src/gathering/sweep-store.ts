import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { wakeSweeps } from "../deposits/index.ts";
import type { Sweep } from "./sweep.ts";

export const liveSweep = sql`status in ('waiting', 'waiting_for_gas', 'sending')`;

export async function findSweep(db: Db | Tx, id: string): Promise<Sweep | null> {
  const { rows } = await sql<Sweep>`select * from deposit_sweep where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** Every live sweep of a wallet, locked in one order: what moves from one wallet is decided one after the other. */
export async function lockLiveSweeps(tx: Tx, walletId: string): Promise<Sweep[]> {
  const { rows } = await sql<Sweep>`
    select * from deposit_sweep where wallet_id = ${walletId} and ${liveSweep} order by id for no key update`.execute(
    tx,
  );
  return rows;
}

/**
 * Looks again now at what a sweep is to gather, be it waiting or failed.
 * @throws {DomainError} `unknown_review_item`
 */
export async function checkSweep(db: Db, id: string, now: Date): Promise<void> {
  const sweep = await findSweep(db, id);
  if (sweep === null)
    throw new DomainError("unknown_review_item", `There is no sweep ${id}. Read the recovery desk again.`);
  await sql`
    update deposit_sweep set next_check_at = ${now}
    where wallet_id = ${sweep.wallet_id} and asset = ${sweep.asset} and ${liveSweep}`.execute(db);
  await wakeSweeps(db);
}
