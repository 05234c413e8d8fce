import { sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import {
  distributeToEarnings,
  divideUnconverted,
  releaseClaimed,
  takeBackConverted,
} from "../earnings/index.ts";
import { accounts } from "../ledger/index.ts";
import { postPerPayee } from "./claim-conversion.ts";
import { conversionLife, type Conversion } from "./conversion.ts";

/**
 * Gives what arrived to the earnings claimed, in proportion to their weights, to the last base unit, and ends the conversion.
 * @param received base units of the target asset; the shares sum to it exactly.
 */
export async function distribute(
  tx: Tx,
  conversion: Conversion,
  received: bigint,
  step: { cause: Cause; now: Date },
): Promise<void> {
  await distributeToEarnings(tx, {
    conversionId: conversion.id,
    weights: conversion.weights,
    asset: conversion.target_asset,
    received,
  });
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
  await takeBackConverted(tx, conversion.id, step);
  await conversionLife.advance(tx, {
    id: conversion.id,
    from: conversion.status,
    to: "distributed",
    cause: step.cause,
    now: step.now,
    set: { target_amount: received, distributed_at: step.now },
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
  step: { cause: Cause; now: Date },
): Promise<Conversion> {
  const kept = conversion.source_amount - remaining;
  const released = await divideUnconverted(tx, { conversionId: conversion.id, kept });
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
  await releaseClaimed(tx, { ids: released }, step);
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
  await releaseClaimed(tx, { conversionId: conversion.id }, step);
  await conversionLife.advance(tx, {
    id: conversion.id,
    from: conversion.status,
    to: "released",
    cause: step.cause,
    now: step.now,
  });
}
