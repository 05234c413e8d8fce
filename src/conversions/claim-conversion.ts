import { inTransaction, sql, type Tx } from "../database/index.ts";
import { claimEarnings, sumsPerPayee } from "../earnings/index.ts";
import { derivedId, newId } from "../ids.ts";
import { enqueue } from "../jobs/index.ts";
import { accounts, postEntries, type JournalEntry } from "../ledger/index.ts";
import type { Asset } from "../money/index.ts";
import { conversionLife, type Conversion, type ConversionTrigger } from "./conversion.ts";
import type { ConversionDeps } from "./deps.ts";
import { conversionTasks } from "./tasks.ts";
import { sweptFrom } from "../lifecycle/index.ts";

/** Payees booked in one journal entry. An entry's lines are numbered by a smallint, and a call's arrays stay small. */
const payeesPerEntry = 5_000;

/**
 * Claims all pending earnings of one asset, atomically, and sums what was claimed, not what was seen before. A payment that
 * settles meanwhile waits for the next conversion. While a conversion of the asset is under way the claim is refused by the
 * database and this returns null: two schedulers at once make one conversion.
 */
export async function claimConversion(
  deps: Pick<ConversionDeps, "db" | "clock" | "log">,
  claim: {
    source: Asset;
    target: Asset;
    trigger: ConversionTrigger;
    reason: string;
    observationId: string | null;
  },
): Promise<Conversion | null> {
  const now = deps.clock.now();
  const id = newId();
  const { source, target, trigger } = claim;
  const conversion = await inTransaction(deps.db, async (tx) => {
    // Held until the end, so that a second scheduler waits here and then finds the unique index in its way.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`conversion:${source.id}`}, 0))`.execute(tx);
    const live =
      await sql`select from conversion where source_asset = ${source.id} and status in ('claimed', 'swapping')`.execute(
        tx,
      );
    if (live.rows.length > 0) return null;
    const amount = await claimEarnings(tx, {
      conversionId: id,
      asset: source.id,
      weights: trigger.weights,
    });
    if (amount === 0n) return null;
    const inserted = await sql<Conversion>`
      insert into conversion (id, source_asset, source_amount, target_asset, weights, status, trigger_reason,
        settings_version, price_observation_id, created_at, updated_at, next_check_at, deadline_at)
      values (${id}, ${source.id}, ${amount}, ${target.id}, ${trigger.weights}, 'claimed', ${claim.reason}, ${trigger.version},
        ${claim.observationId}, ${now}, ${now}, ${sweptFrom(now)}, ${conversionLife.watchFrom("claimed", now).deadline_at})
      returning *`.execute(tx);
    await postPerPayee(
      tx,
      { conversionId: id, step: "claimed", asset: source.id, now },
      "amount",
      (payeeId) => ({
        debit: accounts.payee(payeeId, "pending"),
        credit: accounts.conversion(id),
      }),
    );
    await conversionLife.recordCreation(tx, {
      id,
      to: "claimed",
      cause: { kind: "job", ref: "conversions.check", note: claim.reason },
      now,
    });
    await enqueue(tx, conversionTasks.advance, { id });
    return inserted.rows[0] ?? null;
  });
  if (conversion)
    deps.log.info(
      {
        conversion_id: id,
        correlation_id: id,
        asset: source.id,
        amount: conversion.source_amount.toString(),
      },
      "earnings claimed",
    );
  return conversion;
}

/**
 * Posts one movement per payee of a conversion, in bounded entries in the order of payee ids, which is also the order in
 * which the ledger locks them.
 * @param column    which of an earning's amounts is summed per payee.
 * @param what.only ids of the earnings that move; all of the conversion if absent.
 */
export async function postPerPayee(
  tx: Tx,
  what: {
    conversionId: string;
    step: "claimed" | "distributed" | "released";
    asset: string;
    now: Date;
    only?: readonly string[];
  },
  column: "amount" | "available_amount",
  move: (payeeId: string) => { debit: string; credit: string },
): Promise<void> {
  const { conversionId, only } = what;
  let part = 0;
  for await (const rows of sumsPerPayee(tx, { conversionId, amount: column, only }, payeesPerEntry)) {
    const postings = rows
      .filter((row) => row.amount > 0n)
      .map((row) => ({ ...move(row.payee_id), money: { asset: what.asset, amount: row.amount } }));
    const entry: JournalEntry = {
      id: derivedId("conversion", conversionId, what.step, (part++).toString()),
      reason: `conversion_${what.step}`,
      happenedAt: what.now,
      postings,
    };
    if (postings.length > 0) await postEntries(tx, [entry]);
  }
}
