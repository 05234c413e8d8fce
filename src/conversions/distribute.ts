import { advanceStatus, sql, type Cause, type Tx } from "../database/index.ts";
import { derivedId } from "../ids.ts";
import { accounts } from "../ledger/index.ts";
import { postPerPayee } from "./claim-conversion.ts";
import type { Conversion } from "./conversion.ts";

/**
 * Gives what arrived to the earnings claimed, in proportion to their weights, to the last base unit: the largest remainder,
 * ties by earning id, the same rule as `allocate`. One statement, because a conversion may hold a hundred thousand earnings.
 * @param received base units of the target asset; the shares sum to it exactly.
 */
export async function distribute(
  tx: Tx,
  conversion: Conversion,
  received: bigint,
  step: { cause: Cause; now: Date },
): Promise<void> {
  const weight = conversion.weights === "usd_value" ? sql`greatest(usd_micros, 1)` : sql`amount`;
  await sql`set local work_mem = '64MB'`.execute(tx);
  await sql`
    with weighted as (
      select id, ${weight} as weight, sum(${weight}) over () as total
      from earning where conversion_id = ${conversion.id}
    ), floored as (
      select id, div(${received}::numeric * weight, total) as share, mod(${received}::numeric * weight, total) as remainder from weighted
    ), ranked as (
      select id, share, row_number() over (order by remainder desc, id) as place,
        ${received}::numeric - sum(share) over () as left_over
      from floored
    )
    update earning e set status = 'available', available_asset = ${conversion.target_asset},
      available_amount = r.share + case when r.place <= r.left_over then 1 else 0 end
    from ranked r where e.id = r.id`.execute(tx);
  const what = {
    conversionId: conversion.id,
    step: "distributed",
    asset: conversion.target_asset,
    now: step.now,
  } as const;
  await postPerPayee(tx, what, "available_amount", (payeeId) => ({
    debit: accounts.conversion(conversion.id),
    credit: accounts.payee(payeeId, "available"),
  }));
  await advanceStatus(tx, {
    thing: "conversion",
    id: conversion.id,
    from: conversion.status,
    to: "distributed",
    cause: step.cause,
    now: step.now,
    set: { target_amount: received, distributed_at: step.now, next_check_at: null, deadline_at: null },
  });
}

/**
 * Gives back what of a claim could not be swapped, so that the rest can be distributed: the youngest earnings, one of them
 * divided where the line runs through it, so that both sides sum to the base unit.
 * @param remaining base units of the source that were never swapped, or came back; less than the claim.
 * @returns the conversion as it is now: of what was swapped.
 */
export async function keepConverted(
  tx: Tx,
  conversion: Conversion,
  remaining: bigint,
  step: { now: Date },
): Promise<Conversion> {
  const kept = conversion.source_amount - remaining;
  const { rows } = await sql<{ id: string; before: bigint }>`
    select id, up_to_here - amount as before from (
      select id, amount, created_at, sum(amount) over (order by created_at, id) as up_to_here
      from earning where conversion_id = ${conversion.id}) as ordered
    where up_to_here > ${kept}::numeric order by created_at, id`.execute(tx);
  const released = rows.map(({ id }) => id);
  const [first] = rows;
  if (first && first.before < kept) {
    const restId = derivedId("earning", first.id, "not_converted_by", conversion.id);
    await sql`select earning_divide(${first.id}, ${restId}, ${kept - first.before}::numeric)`.execute(tx);
    released[0] = restId;
  }
  await postPerPayee(
    tx,
    {
      conversionId: conversion.id,
      step: "released",
      asset: conversion.source_asset,
      now: step.now,
      only: released,
    },
    "amount",
    (payeeId) => ({ debit: accounts.conversion(conversion.id), credit: accounts.payee(payeeId, "pending") }),
  );
  await sql`
    update earning set status = 'pending', conversion_id = null where id = any (${released}::uuid[])`.execute(
    tx,
  );
  await sql`
    update conversion set source_amount = ${kept}, released_amount = ${remaining} where id = ${conversion.id}`.execute(
    tx,
  );
  return { ...conversion, source_amount: kept, released_amount: remaining };
}

/** Gives the claim back: the earnings are pending again and wait for the next conversion. */
export async function release(
  tx: Tx,
  conversion: Conversion,
  step: { cause: Cause; now: Date },
): Promise<void> {
  const what = {
    conversionId: conversion.id,
    step: "released",
    asset: conversion.source_asset,
    now: step.now,
  } as const;
  await postPerPayee(tx, what, "amount", (payeeId) => ({
    debit: accounts.conversion(conversion.id),
    credit: accounts.payee(payeeId, "pending"),
  }));
  await sql`update earning set status = 'pending', conversion_id = null where conversion_id = ${conversion.id}`.execute(
    tx,
  );
  await advanceStatus(tx, {
    thing: "conversion",
    id: conversion.id,
    from: conversion.status,
    to: "released",
    cause: step.cause,
    now: step.now,
    set: { next_check_at: null, deadline_at: null },
  });
}
