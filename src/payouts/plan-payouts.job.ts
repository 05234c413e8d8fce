import { inTransaction, sql } from "../database/index.ts";
import { available, gatherInstead, payableAtOnce, payeesToCollectFrom } from "../earnings/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { amountAtPrices, valueInUsd, type Asset, type Money } from "../money/index.ts";
import { payeeTerms } from "../payees/index.ts";
import { policyRefusals } from "../policy/index.ts";
import {
  collectFrom,
  createPayouts,
  findFirstOffer,
  readShortage,
  type CreatePayout,
  type IsShort,
} from "./create-payout.ts";
import type { PayoutDeps } from "./deps.ts";
import {
  feesTooHigh,
  judgeFees,
  readFeeLimits,
  waitForFees,
  type FeeLimits,
  type TooDear,
} from "./judge-fees.ts";
import { setWaits } from "./payout-store.ts";
import { readInstantTerms } from "./settings.ts";
import { payoutsPlan } from "../payments/index.ts";

interface Candidate {
  readonly payee_id: string;
  readonly kind: "threshold" | "instant";
  readonly asset: string;
  readonly amount: bigint;
  /** From which on they are paid; in another asset than the balance where the settlement asset was changed since. */
  readonly least: bigint;
  readonly least_asset: string;
  readonly destination_asset: string;
  readonly destination_address: string;
}

/** Plans a payout for every payee who reached their threshold, and for whatever instant payees earned. */
export const planPayoutsJob = (deps: PayoutDeps): Job =>
  defineJob(payoutsPlan, {
    timeoutMs: 300_000,
    run: async (_payload, { signal }) => void (await planPayouts(deps, signal)),
  });

/** So many payees are looked at together, and no more of them are in memory. */
const payeesAtOnce = 1_000;
/** So many payouts share a transaction. */
const payoutsAtOnce = 250;

/**
 * One payee's trouble delays nobody else: it is told when all others are planned.
 * @returns the ids of the payouts created. @throws the first error met, after all candidates had their turn.
 */
export async function planPayouts(deps: PayoutDeps, signal: AbortSignal): Promise<string[]> {
  const created: string[] = [];
  const errors: unknown[] = [];
  const failed = (error: unknown, payeeId: string): void => {
    deps.log.error({ error, payee_id: payeeId }, "a payee's payout could not be planned");
    errors.push(error);
  };
  for (const payeeId of await payeesToCollectFrom(deps.db)) await collectFrom(deps, payeeId, "payouts.plan");
  const isShort = await readShortage(deps);
  const limits = await readFeeLimits(deps);
  for (let ids = await payeesAfter(deps, null); ids.length > 0; ids = await payeesAfter(deps, ids.at(-1)!)) {
    const inputs = await findWays(deps, await findCandidates(deps, ids), { signal, isShort, limits, failed });
    for (let from = 0; from < inputs.length && !signal.aborted; from += payoutsAtOnce) {
      const made = await createTogether(deps, inputs.slice(from, from + payoutsAtOnce), failed);
      created.push(...made.filter((id) => id !== null));
    }
    if (signal.aborted) break;
  }
  if (errors.length > 0) throw errors[0];
  return created;
}

type Failed = (error: unknown, payeeId: string) => void;

/** One whose payout cannot be created fails by itself: the others of its set are created without it. */
async function createTogether(
  deps: PayoutDeps,
  inputs: readonly CreatePayout[],
  failed: Failed,
): Promise<(string | null)[]> {
  if (inputs.length === 0) return [];
  try {
    return await createPayouts(deps, inputs);
  } catch (error) {
    if (inputs.length === 1) {
      failed(error, inputs[0]!.payeeId);
      return [];
    }
    const ids = [];
    for (const input of inputs) ids.push(...(await createTogether(deps, [input], failed)));
    return ids;
  }
}

/** The candidates that have a way now; of the others, their rows say why not. */
async function findWays(
  deps: PayoutDeps,
  candidates: readonly Candidate[],
  how: { signal: AbortSignal; isShort: IsShort; limits: FeeLimits; failed: Failed },
): Promise<CreatePayout[]> {
  const { signal, failed } = how;
  const inputs: CreatePayout[] = [];
  const dear: (Candidate & { readonly why: TooDear })[] = [];
  const waits: { payeeId: string; asset: string; reason: string }[] = [];
  for (const candidate of candidates) {
    if (signal.aborted) break;
    try {
      const way = await findWay(deps, candidate, how);
      if (typeof way !== "string" && !("feeShareBps" in way)) inputs.push(way);
      else {
        const reason = typeof way === "string" ? way : feesTooHigh;
        if (typeof way === "string")
          waits.push({ payeeId: candidate.payee_id, asset: candidate.asset, reason });
        else dear.push({ ...candidate, why: way });
        deps.log.info({ payee_id: candidate.payee_id, reason }, "a payee is due but cannot be paid yet");
        await gatherOverdue(deps, candidate, reason);
      }
    } catch (error) {
      failed(error, candidate.payee_id);
    }
  }
  const now = deps.clock.now();
  await setWaits(deps.db, waits, now);
  for (const { payee_id: payeeId, asset, why } of dear)
    await waitForFees(deps.db, { payeeId, asset, now }, why);
  return inputs;
}

/** What an instant payee could not be paid at once for long, because it is too little or too dear, is gathered with everybody's. */
async function gatherOverdue(deps: PayoutDeps, candidate: Candidate, reason: string): Promise<void> {
  if (candidate.kind !== "instant" || (reason !== feesTooHigh && reason !== "below_instant_minimum")) return;
  const { gatherAfterMs } = await readInstantTerms(deps.db);
  if (gatherAfterMs === null) return;
  const { payee_id: payeeId, asset } = candidate;
  const before = new Date(deps.clock.now().getTime() - gatherAfterMs);
  const gathered = await inTransaction(deps.db, (tx) => gatherInstead(tx, { payeeId, asset, before }));
  const facts = { payee_id: payeeId, asset, amount: gathered.toString() };
  if (gathered > 0n) deps.log.info(facts, "what was not worth paying at once is gathered");
}

type Prices = ReadonlyMap<string, { readonly usd: string }>;

async function pricesOf(deps: PayoutDeps, assets: readonly Asset[], signal: AbortSignal): Promise<Prices> {
  return deps.prices.observe(assets, signal).catch((error: unknown) => {
    if (error instanceof ProviderError) return new Map();
    throw error;
  });
}

/** Dust paid at once costs more than it is worth. Without a price nothing is known to be too small. */
async function belowInstantMinimum(deps: PayoutDeps, money: Money, signal: AbortSignal): Promise<boolean> {
  const asset = deps.registry.get(money.asset);
  const price = (await pricesOf(deps, [asset], signal)).get(asset.id);
  return (
    price !== undefined &&
    valueInUsd(money.amount, asset, price.usd, "up") < (await deps.readInstantMinimumUsdMicros())
  );
}

/** A candidate's threshold in the asset of the balance, base units; null: it is in another one, and one of them has no price. */
async function leastOf(deps: PayoutDeps, candidate: Candidate, signal: AbortSignal): Promise<bigint | null> {
  if (candidate.least_asset === candidate.asset) return candidate.least;
  const [from, to] = [deps.registry.get(candidate.least_asset), deps.registry.get(candidate.asset)];
  const prices = await pricesOf(deps, [from, to], signal);
  const [fromPrice, toPrice] = [prices.get(from.id), prices.get(to.id)];
  if (fromPrice === undefined || toPrice === undefined) return null;
  return amountAtPrices(
    { amount: candidate.least, asset: from, price: fromPrice.usd },
    { asset: to, price: toPrice.usd },
    "up",
  );
}

/** What keeps a balance from being paid before anybody is asked for a way; null: nothing. */
async function keptBack(
  deps: PayoutDeps,
  candidate: Candidate,
  least: bigint | null,
  signal: AbortSignal,
): Promise<string | null> {
  if (least === null) return "no_price_for_threshold";
  if (candidate.amount < least) return "below_threshold_by_value";
  return candidate.kind === "instant" && (await belowInstantMinimum(deps, candidate, signal))
    ? "below_instant_minimum"
    : null;
}

/** @returns what to create, or why it is not due. */
async function findWay(
  deps: PayoutDeps,
  candidate: Candidate,
  { isShort, limits, signal }: { isShort: IsShort; limits: FeeLimits; signal: AbortSignal },
): Promise<CreatePayout | TooDear | string> {
  const { payee_id: payeeId, kind, asset, destination_asset: destinationAsset } = candidate;
  const money = { asset, amount: candidate.amount };
  const least = await leastOf(deps, candidate, signal);
  const kept = await keptBack(deps, candidate, least, signal);
  if (kept !== null) return kept;
  const offer = await findFirstOffer(deps, { money, destinationAsset }, signal, isShort);
  if (offer.kind === "none") return offer.reason;
  const due = { ...money, payeeId, destinationAsset, destinationAddress: candidate.destination_address };
  const { tooDear, ...considered } = await judgeFees(deps, due, limits, signal);
  if (tooDear !== null) return tooDear;
  return {
    payeeId,
    kind,
    asset,
    offer: { ...offer, considered },
    destinationAsset,
    least: least ?? candidate.least,
    most: offer.most,
    requestedBy: "payouts.plan",
  };
}

/** Who may be paid at all, in the order of their ids after one; null: from the first. */
async function payeesAfter({ db }: PayoutDeps, after: string | null): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select p.id from ${payeeTerms} where p.status = 'active' and (${after}::uuid is null or p.id > ${after}::uuid)
    order by p.id limit ${payeesAtOnce}`.execute(db);
  return rows.map(({ id }) => id);
}

/**
 * After payouts that failed for certain, were cancelled or passed a limit of the policy, the next one waits an hour, two, four, at
 * most a day: the cause may last. That a payer was given something back lasts not: what is left is planned at once. What somebody
 * rejected does not come back until somebody asks for it.
 */
async function findCandidates({ db, clock }: PayoutDeps, payeeIds: readonly string[]): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    with due as materialized (
      select p.id as payee_id, due.kind, due.asset, due.amount, p.destination_asset, p.destination_address,
        case due.kind when 'instant' then 1 else p.threshold_amount end as least,
        case due.kind when 'instant' then due.asset else p.threshold_asset end as least_asset
      from ${payeeTerms}, lateral (
        select 'threshold' as kind, e.asset, sum(e.amount) as amount from ${available} where e.payee_id = p.id group by e.asset
        union all
        select 'instant', e.asset, sum(e.amount) from ${payableAtOnce} where e.payee_id = p.id group by e.asset) as due
      where p.id = any(${[...payeeIds]}::uuid[]) and p.status = 'active'
        and (due.kind = 'instant' or due.asset <> p.threshold_asset or due.amount >= p.threshold_amount)
    ), past as (
      select payee_id, asset, status, end_reason, coalesce(end_reason = any(${[...policyRefusals]}::text[]), false) as by_policy, created_at, updated_at, max(created_at) over (partition by payee_id, asset) as newest_at,
        coalesce(max(created_at) filter (where status = 'completed') over (partition by payee_id), '-infinity') as completed_at
      from payout where payee_id in (select payee_id from due)
    ), tried as (
      select payee_id, asset, bool_or(status = 'rejected' and not by_policy and created_at = newest_at) as was_rejected,
        max(updated_at) filter (where has_failed) as failed_at, count(*) filter (where has_failed) as failures
      from (
        select *, (status in ('failed', 'cancelled') and end_reason is distinct from 'earnings_refunded'
          or status = 'rejected' and by_policy) and created_at > completed_at as has_failed from past) as past
      group by payee_id, asset
    )
    select due.* from due left join tried using (payee_id, asset)
    where was_rejected is not true and (failed_at is null
      or failed_at + least(power(2, failures - 1), 24) * interval '1 hour' <= ${clock.now()}::timestamptz)
    order by due.payee_id, due.asset, due.kind`.execute(db);
  return rows;
}
