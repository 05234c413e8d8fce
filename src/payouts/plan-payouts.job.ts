import { sql } from "../database/index.ts";
import { available, payableAtOnce, payeesToCollectFrom } from "../earnings/index.ts";
import { ProviderError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { amountAtPrices, valueInUsd, type Asset, type Money } from "../money/index.ts";
import { payeeTerms } from "../payees/index.ts";
import { collectFrom, createPayout, findFirstOffer } from "./create-payout.ts";
import type { PayoutDeps } from "./deps.ts";
import { setWait } from "./payout-store.ts";
import type { RailQuote } from "./rails/index.ts";
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
}

/** Plans a payout for every payee who reached their threshold, and for whatever instant payees earned. */
export const planPayoutsJob = (deps: PayoutDeps): Job =>
  defineJob(payoutsPlan, {
    timeoutMs: 300_000,
    run: async (_payload, { signal }) => void (await planPayouts(deps, signal)),
  });

/**
 * One payee's trouble delays nobody else: it is told when all others are planned.
 * @returns the ids of the payouts created. @throws the first error met, after all candidates had their turn.
 */
export async function planPayouts(deps: PayoutDeps, signal: AbortSignal): Promise<string[]> {
  const created: string[] = [];
  const errors: unknown[] = [];
  for (const payeeId of await payeesToCollectFrom(deps.db)) await collectFrom(deps, payeeId, "payouts.plan");
  for (const candidate of await findCandidates(deps)) {
    if (signal.aborted) break;
    try {
      const id = await planOne(deps, candidate, signal);
      if (id !== null) created.push(id);
    } catch (error) {
      deps.log.error({ error, payee_id: candidate.payee_id }, "a payee's payout could not be planned");
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return created;
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

async function planOne(deps: PayoutDeps, candidate: Candidate, signal: AbortSignal): Promise<string | null> {
  const money = { asset: candidate.asset, amount: candidate.amount };
  const least = await leastOf(deps, candidate, signal);
  const kept = await keptBack(deps, candidate, least, signal);
  const offer: RailQuote =
    kept === null
      ? await findFirstOffer(deps, { money, destinationAsset: candidate.destination_asset }, signal)
      : { kind: "none", reason: kept };
  if (offer.kind === "none") {
    await setWait(deps.db, {
      payeeId: candidate.payee_id,
      asset: candidate.asset,
      reason: offer.reason,
      now: deps.clock.now(),
    });
    deps.log.info(
      { payee_id: candidate.payee_id, reason: offer.reason },
      "a payee is due but cannot be paid yet",
    );
    return null;
  }
  return createPayout(deps, {
    payeeId: candidate.payee_id,
    kind: candidate.kind,
    asset: candidate.asset,
    offer,
    destinationAsset: candidate.destination_asset,
    least: least ?? candidate.least,
    most: offer.most,
    exactly: null,
    requestedBy: "payouts.plan",
  });
}

/**
 * After payouts that failed for certain or were cancelled, the next one waits an hour, two, four, at most a day: the cause may
 * last. That a payer was given something back lasts not: what is left is planned at once. What somebody rejected does not come back until somebody asks for it.
 */
const mayTryAgain = (now: Date) => sql`(not exists (
    select from payout r where r.payee_id = p.id and r.asset = due.asset and r.status = 'rejected' and not exists (
      select from payout l where l.payee_id = p.id and l.asset = due.asset and l.created_at > r.created_at))
  and (
  select count(*) = 0 or max(f.updated_at) + least(power(2, count(*) - 1), 24) * interval '1 hour' <= ${now}::timestamptz
  from payout f
  where f.payee_id = p.id and f.asset = due.asset and f.status in ('failed', 'cancelled')
    and f.end_reason is distinct from 'earnings_refunded' and f.created_at > coalesce(
    (select max(c.created_at) from payout c where c.payee_id = p.id and c.status = 'completed'), '-infinity')))`;

async function findCandidates(deps: PayoutDeps): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    select p.id as payee_id, 'threshold' as kind, due.asset, due.amount, p.threshold_amount as least,
      p.threshold_asset as least_asset, p.destination_asset
    from ${payeeTerms}, lateral (
      select e.asset, sum(e.amount) as amount from ${available} where e.payee_id = p.id group by e.asset) as due
    where p.status = 'active' and (due.asset <> p.threshold_asset or due.amount >= p.threshold_amount)
      and ${mayTryAgain(deps.clock.now())}
    union all
    select p.id, 'instant', due.asset, due.amount, 1::numeric, due.asset, p.destination_asset
    from (select e.payee_id, e.asset, sum(e.amount) as amount from ${payableAtOnce} group by e.payee_id, e.asset) as due
    join ${payeeTerms} on p.id = due.payee_id and p.status = 'active'
    where ${mayTryAgain(deps.clock.now())}
    order by payee_id, asset`.execute(deps.db);
  return rows;
}
