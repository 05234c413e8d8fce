import { sql, type Db, type Tx } from "../database/index.ts";
import { lockAllOf } from "./earning-store.ts";
import { takeBackMarked, type Step } from "./take-back.ts";

/** SQL, a relation `e (payee_id, asset, amount)`: what was converted and no payout holds. */
export const available = sql`(
  select payee_id, available_asset as asset, available_amount as amount from earning
  where payout_id is null and refunded_at is null and status = 'available') as e`;

/** SQL, a relation `e (payee_id, asset, amount)`: what is paid in the coin that came, and is here. */
export const payableAtOnce = sql`(
  select payee_id, asset, amount from earning
  where status = 'pending' and spendable and conversion_id is null and payout_id is null and refunded_at is null
    and route = 'instant') as e`;

/** What a payee could be paid of one asset now, base units. */
export async function availableTo(db: Db | Tx, payeeId: string, asset: string): Promise<bigint> {
  const { rows } = await sql<{ amount: bigint }>`
    select coalesce(sum(e.amount), 0) as amount from ${available}
    where e.payee_id = ${payeeId} and e.asset = ${asset}`.execute(db);
  return rows[0]!.amount;
}

/**
 * Has what was to be paid at once, and was not, converted and paid with everybody's: earnings of before a moment that nothing holds.
 * @returns how much, base units.
 */
export async function gatherInstead(
  tx: Tx,
  { payeeId, asset, before }: { payeeId: string; asset: string; before: Date },
): Promise<bigint> {
  const { rows } = await sql<{ amount: bigint }>`
    with gathered as (
      update earning set route = 'threshold'
      where payee_id = ${payeeId} and asset = ${asset} and route = 'instant' and status = 'pending' and spendable
        and conversion_id is null and payout_id is null and refunded_at is null and created_at <= ${before}
      returning amount
    )
    select coalesce(sum(amount), 0) as amount from gathered`.execute(tx);
  return rows[0]!.amount;
}

/** Where a hold takes earnings from and gives them back to: as they came, for who is paid at once, or as converted. */
export type HeldFrom = "pending" | "available";

/**
 * What could be held now, base units, one sum a wish: whole earnings of a payee in one asset, in the order of their ids up to
 * `most`; null: all of them. They are locked, so that nothing takes them before the caller's commit; no two wishes are alike.
 */
export async function lockFree(
  tx: Tx,
  wishes: readonly { payeeId: string; asset: string; from: HeldFrom; most: bigint | null }[],
): Promise<bigint[]> {
  const given = wishes.map(({ payeeId: payee_id, asset, from, most }, n) => ({
    n,
    payee_id,
    asset,
    from,
    most: most?.toString() ?? null,
  }));
  const { rows } = await sql<{ n: number; amount: bigint }>`
    with free as (
      select e.id, e.payee_id, e.status, coalesce(e.available_asset, e.asset) as asset, coalesce(e.available_amount, e.amount) as amount
      from earning e
      where e.payee_id = any(${[...new Set(wishes.map(({ payeeId }) => payeeId))]}::uuid[]) and e.payout_id is null
        and e.refunded_at is null and (e.status = 'available' or (e.status = 'pending' and e.spendable and e.route = 'instant'))
      order by e.id for update
    ), ordered as (
      select w.n, w.most, f.amount, sum(f.amount) over (partition by w.n order by f.id) as up_to_here
      from json_to_recordset(${JSON.stringify(given)}::json) as w(n integer, payee_id uuid, asset text, "from" text, most numeric)
      join free f on f.payee_id = w.payee_id and f.asset = w.asset and f.status = w.from
    )
    select n, sum(amount) as amount from ordered where most is null or up_to_here <= most group by n`.execute(
    tx,
  );
  const amounts = wishes.map(() => 0n);
  for (const { n, amount } of rows) amounts[n] = amount;
  return amounts;
}

/**
 * Ends a hold of which nothing was paid: the earnings are again what they were. All of a payout, or those with these ids. The
 * hold is booked back already: those that were refunded meanwhile go on from there to whoever is owed them.
 */
export async function releaseHeld(
  tx: Tx,
  which: ({ payoutId: string } | { ids: readonly string[] }) & { to: HeldFrom },
  step: Step,
): Promise<void> {
  if ("payoutId" in which) await lockAllOf(tx, which);
  const { rows } = await sql<{ id: string }>`
    with released as (
      update earning set status = ${which.to}, payout_id = null
        ${which.to === "pending" ? sql`, available_asset = null, available_amount = null` : sql``}
      where ${"ids" in which ? sql`id = any(${[...which.ids]}::uuid[])` : sql`payout_id = ${which.payoutId}`}
      returning id, refunded_at
    )
    select id from released where refunded_at is not null`.execute(tx);
  await takeBackMarked(tx, rows, step);
}

/** Whether a refund took back something of what a payout holds. */
export async function holdsRefunded(tx: Tx, payoutId: string): Promise<boolean> {
  const { rows } = await sql`
    select from earning where payout_id = ${payoutId} and status = 'held' and refunded_at is not null limit 1`.execute(
    tx,
  );
  return rows.length > 0;
}

/** The payouts that hold something of a payment. */
export async function payoutsHolding(tx: Tx, paymentId: string): Promise<string[]> {
  const { rows } = await sql<{ payout_id: string }>`
    select distinct payout_id from earning where payment_id = ${paymentId} and status = 'held' order by 1`.execute(
    tx,
  );
  return rows.map((row) => row.payout_id);
}

/** What a payout held reached the payee; they owe back what of it was refunded meanwhile. */
export async function markPaid(tx: Tx, { payoutId }: { payoutId: string }, step: Step): Promise<void> {
  await lockAllOf(tx, { payoutId });
  const { rows } = await sql<{ id: string }>`
    with paid as (
      update earning set status = 'paid' where payout_id = ${payoutId} and status = 'held' returning id, refunded_at
    )
    select id from paid where refunded_at is not null`.execute(tx);
  await takeBackMarked(tx, rows, step);
}

export interface HeldEarning {
  readonly id: string;
  readonly payee_id: string;
  readonly asset: string;
  readonly amount: bigint;
  /** Set for earnings that were converted before they were held. */
  readonly conversion_id: string | null;
}

/** What a payout still holds, locked, in order of ids. */
export async function lockHeld(tx: Tx, payoutId: string): Promise<HeldEarning[]> {
  const { rows } = await sql<HeldEarning>`
    select id, payee_id, available_asset as asset, available_amount as amount, conversion_id from earning
    where payout_id = ${payoutId} and status = 'held' order by id for update`.execute(tx);
  return rows;
}
