import { sql, type Db, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
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

/** Where a hold takes earnings from and gives them back to: as they came, for who is paid at once, or as converted. */
export type HeldFrom = "pending" | "available";

/**
 * Holds a payee's earnings of one asset for a payout: those with these ids, or in the order of their ids up to `most`; null: all
 * of them. Whole ones only, so that a payout's parts explain its amount to the base unit.
 * @returns what is held, base units; zero: nothing.
 */
export async function holdEarnings(
  tx: Tx,
  hold: {
    payoutId: string;
    payeeId: string;
    asset: string;
    from: HeldFrom;
    most: bigint | null;
    ids?: readonly string[] | undefined;
  },
): Promise<bigint> {
  const which =
    hold.from === "pending"
      ? sql`status = 'pending' and spendable and route = 'instant' and asset = ${hold.asset}`
      : sql`status = 'available' and available_asset = ${hold.asset}`;
  // Said of the row itself once more: one that somebody takes back at the same time is waited for, and looked at again.
  const free = sql`e.status = ${hold.from} and (e.status <> 'pending' or e.spendable) and e.payout_id is null
    and e.refunded_at is null`;
  const { rows } = await sql<{ amount: bigint | null }>`
    with gathered as (
      select id, sum(coalesce(available_amount, amount)) over (order by id) as up_to_here
      from earning where payee_id = ${hold.payeeId} and payout_id is null and refunded_at is null and ${which}
        ${hold.ids === undefined ? sql`` : sql`and id = any(${[...hold.ids]}::uuid[])`}
    ), held as (
      update earning e set status = 'held', payout_id = ${hold.payoutId},
        available_asset = coalesce(e.available_asset, e.asset), available_amount = coalesce(e.available_amount, e.amount)
      from gathered g
      where e.id = g.id and ${free} and (${hold.most}::numeric is null or g.up_to_here <= ${hold.most}::numeric)
      returning e.available_amount
    )
    select sum(available_amount) as amount from held`.execute(tx);
  return rows[0]?.amount ?? 0n;
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
  const { rows } = await sql<{ id: string }>`
    with paid as (
      update earning set status = 'paid' where payout_id = ${payoutId} and status = 'held' returning id, refunded_at
    )
    select id from paid where refunded_at is not null`.execute(tx);
  await takeBackMarked(tx, rows, step);
}

/**
 * The payee's first earnings that sum to exactly `amount`, the last one divided where the line runs through it. The payee's row
 * is locked by the caller, so that two who cut do so one after the other.
 * @returns their ids; or the sums nearest to it, where nothing can be divided there: a single base unit, as it came.
 */
export async function cutEarnings(
  tx: Tx,
  { payeeId, asset, amount }: { payeeId: string; asset: string; amount: bigint },
): Promise<{ readonly ids: string[] } | { readonly below: bigint; readonly above: bigint }> {
  const { rows } = await sql<{ id: string; source: bigint; part: bigint; above: bigint }>`
    select id, amount as source, available_amount as part, up_to_here as above from (
      select id, amount, available_amount, sum(available_amount) over (order by id) as up_to_here
      from earning
      where payee_id = ${payeeId} and status = 'available' and available_asset = ${asset} and payout_id is null
        and refunded_at is null) as ordered
    where up_to_here - available_amount < ${amount}::numeric order by id`.execute(tx);
  const ids = rows.map(({ id }) => id);
  const last = rows.at(-1);
  if (last === undefined || last.above <= amount) return { ids };
  const below = last.above - last.part;
  if (last.source === 1n) return { below, above: last.above };
  await sql`select earning_divide(${last.id}, ${newId()}, ${amount - below}::numeric)`.execute(tx);
  return { ids };
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
