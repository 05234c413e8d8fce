import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { wakeSweeps } from "../deposits/index.ts";
import type { Wallet } from "../transfers/index.ts";
import type { Sweep } from "./sweep.ts";

/** SQL about a `deposit d`: its coins still lie at its address, for good, and nobody gathers them yet. */
export const gatherable = sql`
  d.final and d.swept_at is null and d.sweep_id is null and d.status in ('credited', 'in_review', 'ignored')
  and (d.status <> 'ignored' or d.reason = 'dust')`;

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

/** The deposits of one asset that a sweep of this wallet would take; locked until commit where asked for. */
export async function listGatherable(
  tx: Db | Tx,
  { wallet, asset }: { wallet: Wallet; asset: string },
  { lock = false }: { lock?: boolean } = {},
): Promise<{ ids: string[]; sum: bigint }> {
  const { rows } = await sql<{ id: string; amount: bigint }>`
    select d.id, d.amount from deposit d
    where d.chain = ${wallet.chain} and d.address = ${wallet.address} and d.asset = ${asset} and ${gatherable}
    order by d.id ${lock ? sql`for no key update` : sql``}`.execute(tx);
  return { ids: rows.map(({ id }) => id), sum: rows.reduce((sum, { amount }) => sum + amount, 0n) };
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
