import { sql, type Db, type Tx } from "../database/index.ts";
import { derivedId } from "../ids.ts";
import type { Weights } from "./earning.ts";
import { lockAllOf } from "./earning-store.ts";
import { takeBackMarked, type Step } from "./take-back.ts";

/** Threshold earnings whose coins are here and, where they are weighed by their value, whose value is known. */
const convertible = (weights: Weights) => sql`status = 'pending' and spendable and conversion_id is null
  and payout_id is null and refunded_at is null and route = 'threshold' and (${weights} = 'source_amount' or usd_micros is not null)`;

export interface PendingAsset {
  readonly asset: string;
  readonly amount: bigint;
  readonly oldest_at: Date;
}

/** What has gathered and could be converted, by asset. The claim takes the same ones. */
export async function pendingAssets(db: Db, weights: Weights): Promise<PendingAsset[]> {
  const { rows } = await sql<PendingAsset>`
    select asset, sum(amount) as amount, min(created_at) as oldest_at from earning
    where ${convertible(weights)}
    group by asset order by asset`.execute(db);
  return rows;
}

/** Claims all that could be converted of one asset, atomically. @returns what was claimed, base units; zero: nothing. */
export async function claimEarnings(
  tx: Tx,
  claim: { conversionId: string; asset: string; weights: Weights },
): Promise<bigint> {
  const { rows } = await sql<{ amount: bigint | null }>`
    with claimed as (
      update earning set status = 'converting', conversion_id = ${claim.conversionId}
      where asset = ${claim.asset} and ${convertible(claim.weights)}
      returning amount
    )
    select sum(amount) as amount from claimed`.execute(tx);
  return rows[0]?.amount ?? 0n;
}

/**
 * Gives what a conversion received to its earnings, in proportion to their weights, to the last base unit: the largest
 * remainder, ties by earning id, the same rule as `allocate`. One statement, because there may be a hundred thousand.
 * @param given.received base units of `given.asset`; the shares sum to it exactly.
 */
export async function distributeToEarnings(
  tx: Tx,
  given: { conversionId: string; weights: Weights; asset: string; received: bigint },
): Promise<void> {
  const { conversionId, asset, received } = given;
  const weight = given.weights === "usd_value" ? sql`greatest(usd_micros, 1)` : sql`amount`;
  await lockAllOf(tx, { conversionId });
  await sql`set local work_mem = '64MB'`.execute(tx);
  await sql`
    with weighted as (
      select id, ${weight} as weight, sum(${weight}) over () as total
      from earning where conversion_id = ${conversionId}
    ), floored as (
      select id, div(${received}::numeric * weight, total) as share, mod(${received}::numeric * weight, total) as remainder from weighted
    ), ranked as (
      select id, share, row_number() over (order by remainder desc, id) as place,
        ${received}::numeric - sum(share) over () as left_over
      from floored
    )
    update earning e set status = 'available', available_asset = ${asset},
      available_amount = r.share + case when r.place <= r.left_over then 1 else 0 end
    from ranked r where e.id = r.id`.execute(tx);
}

/**
 * The earnings of a conversion that were not converted, so that what is kept is exactly what was: the youngest, one of them
 * divided where the line runs through it.
 * @returns the ids of those that are to be released.
 */
export async function divideUnconverted(
  tx: Tx,
  { conversionId, kept }: { conversionId: string; kept: bigint },
): Promise<string[]> {
  await lockAllOf(tx, { conversionId });
  const { rows } = await sql<{ id: string; before: bigint }>`
    select id, up_to_here - amount as before from (
      select id, amount, created_at, sum(amount) over (order by created_at, id) as up_to_here
      from earning where conversion_id = ${conversionId}) as ordered
    where up_to_here > ${kept}::numeric order by created_at, id`.execute(tx);
  const unconverted = rows.map(({ id }) => id);
  const [first] = rows;
  if (first && first.before < kept) {
    const restId = derivedId("earning", first.id, "not_converted_by", conversionId);
    await sql`select earning_divide(${first.id}, ${restId}, ${kept - first.before}::numeric)`.execute(tx);
    unconverted[0] = restId;
  }
  return unconverted;
}

/**
 * Claimed earnings are pending again and wait for the next conversion: all of a conversion, or those with these ids. Their
 * claim is booked back already: those that were refunded meanwhile go on from there to whoever is owed them.
 */
export async function releaseClaimed(
  tx: Tx,
  which: { conversionId: string } | { ids: readonly string[] },
  step: Step,
): Promise<void> {
  if ("conversionId" in which) await lockAllOf(tx, which);
  const chosen =
    "ids" in which ? sql`id = any (${[...which.ids]}::uuid[])` : sql`conversion_id = ${which.conversionId}`;
  const { rows } = await sql<{ id: string }>`
    with released as (
      update earning set status = 'pending', conversion_id = null where ${chosen} returning id, refunded_at
    )
    select id from released where refunded_at is not null`.execute(tx);
  await takeBackMarked(tx, rows, step);
}

/** Takes back what was refunded while its conversion was under way; what each got of it is booked as available. */
export async function takeBackConverted(tx: Tx, conversionId: string, step: Step): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from earning
    where conversion_id = ${conversionId} and status = 'available' and refunded_at is not null`.execute(tx);
  await takeBackMarked(tx, rows, step);
}

export interface ClaimedEarning {
  readonly id: string;
  readonly payee_id: string;
  readonly asset: string;
  readonly amount: bigint;
}

/** What a conversion still claims, locked, in order of ids. */
export async function lockClaimed(tx: Tx, conversionId: string): Promise<ClaimedEarning[]> {
  const { rows } = await sql<ClaimedEarning>`
    select id, payee_id, asset, amount from earning
    where conversion_id = ${conversionId} and status = 'converting' order by id for update`.execute(tx);
  return rows;
}

/**
 * The earnings of a conversion summed per payee, payees in order of ids, in parts of `size`: read through a cursor, so that
 * they are summed once and no more than one part of them is here at a time.
 * @param what.amount which of an earning's amounts is summed.
 * @param what.only   ids of the earnings meant; all of the conversion if absent.
 */
export async function* sumsPerPayee(
  tx: Tx,
  what: { conversionId: string; amount: "amount" | "available_amount"; only?: readonly string[] | undefined },
  size: number,
): AsyncGenerator<{ readonly payee_id: string; readonly amount: bigint }[]> {
  await sql`
    declare per_payee no scroll cursor for
    select payee_id, sum(${sql.ref(what.amount)}) as amount from earning
    where conversion_id = ${what.conversionId} and ${what.only ? sql`id = any (${what.only}::uuid[])` : sql`true`}
    group by payee_id order by payee_id`.execute(tx);
  for (;;) {
    const { rows } = await sql<{ payee_id: string; amount: bigint }>`
      fetch ${sql.lit(size)} from per_payee`.execute(tx);
    yield rows;
    if (rows.length < size) break;
  }
  await sql`close per_payee`.execute(tx);
}

export interface PendingEarning {
  readonly id: string;
  readonly payee_id: string;
  readonly payment_id: string;
  readonly amount: bigint;
}

/** The pending earnings of these payments by both routes, locked, in order of ids. */
export async function lockPendingOf(tx: Tx, paymentIds: readonly string[]): Promise<PendingEarning[]> {
  const { rows } = await sql<PendingEarning>`
    select id, payee_id, payment_id, amount from earning
    where payment_id = any (${[...paymentIds]}::uuid[])
      and status = 'pending' and conversion_id is null and payout_id is null
    order by id for no key update`.execute(tx);
  return rows;
}

/** Gives earnings their shares of coins that an operator sold: they can be paid out, whichever route they had. */
export async function makeAvailable(
  tx: Tx,
  given: { conversionId: string; asset: string; shares: readonly { id: string; amount: bigint }[] },
): Promise<void> {
  await sql`
    update earning e set status = 'available', spendable = true, conversion_id = ${given.conversionId},
      available_asset = ${given.asset}, available_amount = g.share
    from unnest(${given.shares.map(({ id }) => id)}::uuid[],
      ${given.shares.map(({ amount }) => amount.toString())}::numeric[]) as g(id, share)
    where e.id = g.id`.execute(tx);
}
