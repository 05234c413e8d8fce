import { sql, type Db, type Tx } from "../database/index.ts";
import { getSetting } from "../settings/index.ts";
import type { PayoutDeps } from "./deps.ts";
import { setWait } from "./payout-store.ts";
import { payoutFees } from "./settings.ts";
import { weighWays, worthFrom, type UsualFees, type Weighed } from "./weigh-ways.ts";

/** A balance that is due, and where it would go. */
interface Due {
  readonly payeeId: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly destinationAsset: string;
  readonly destinationAddress: string;
}

export const feesTooHigh = "fee_share_too_high";

/** Why a balance waits for lower fees, and what changes that. */
export interface TooDear {
  readonly feeShareBps: number;
  readonly limitBps: number;
  /** From which balance on fees would be within the limit; null: nobody can tell. */
  readonly paysFrom: bigint | null;
  /** When it is paid whatever the fees; null: never by time alone. */
  readonly paysBy: Date | null;
}

/** What one planning goes by. */
export interface FeeLimits {
  readonly longestWaitMs: number | null;
  readonly usual: UsualFees;
  of(payeeId: string): number | null;
}

export async function readFeeLimits({ db }: Pick<PayoutDeps, "db">): Promise<FeeLimits> {
  const { value } = await getSetting(db, payoutFees);
  const own = new Map(value.of_payees.map((one) => [one.payee_id, one.maximum_share_bps]));
  const days = value.longest_wait_days;
  return {
    usual: new Map(),
    longestWaitMs: days === null ? null : days * 24 * 3_600_000,
    of: (payeeId) => (own.has(payeeId) ? own.get(payeeId)! : value.maximum_share_bps),
  };
}

/**
 * Weighs the ways of a balance that is due. What nobody can tell the fees of is not held back. Its own recipient is asked about only
 * where a rule of thumb comes near the limit, so that a run of many payees stays a few questions.
 */
export async function judgeFees(
  deps: PayoutDeps,
  due: Due,
  limits: FeeLimits,
  signal: AbortSignal,
): Promise<{ weighed: Weighed; limitBps: number | null; tooDear: TooDear | null }> {
  const { asset, amount, destinationAsset, destinationAddress } = due;
  const limitBps = limits.of(due.payeeId);
  const asked = { money: { asset, amount }, destinationAsset, destinationAddress };
  const rough = await weighWays(deps, asked, { exact: false, signal, usual: limits.usual });
  const share = rough.best?.fee_share_bps ?? null;
  if (limitBps === null || share === null || share * 2 <= limitBps)
    return { weighed: rough, limitBps, tooDear: null };
  // Only a direct transfer is estimated with its own recipient: a swap is weighed already.
  const weighed =
    rough.best?.route === "direct" ? await weighWays(deps, asked, { exact: true, signal }) : rough;
  const exact = weighed.best?.fee_share_bps ?? null;
  if (exact === null || exact <= limitBps) return { weighed, limitBps, tooDear: null };
  const paysBy = await waitsUntil(deps, due, limits);
  if (paysBy !== null && paysBy <= deps.clock.now()) return { weighed, limitBps, tooDear: null };
  const paysFrom = worthFrom(weighed.best!, amount, limitBps);
  return { weighed, limitBps, tooDear: { feeShareBps: exact, limitBps, paysFrom, paysBy } };
}

async function waitsUntil(
  { db, clock }: PayoutDeps,
  { payeeId, asset }: Due,
  { longestWaitMs }: FeeLimits,
): Promise<Date | null> {
  if (longestWaitMs === null) return null;
  const { rows } = await sql<{ since: Date }>`
    select since from payout_wait where payee_id = ${payeeId} and asset = ${asset} and reason = ${feesTooHigh}`.execute(
    db,
  );
  return new Date((rows[0]?.since ?? clock.now()).getTime() + longestWaitMs);
}

/** Keeps why a balance waits, with the amount and the date that change it. */
export async function waitForFees(
  tx: Db | Tx,
  { payeeId, asset, now }: Pick<Due, "payeeId" | "asset"> & { readonly now: Date },
  { feeShareBps, limitBps, paysFrom, paysBy }: TooDear,
): Promise<void> {
  await setWait(tx, { payeeId, asset, reason: feesTooHigh, now });
  await sql`
    update payout_wait set fee_share_bps = ${feeShareBps}, limit_bps = ${limitBps}, pays_from = ${paysFrom}, pays_by = ${paysBy}
    where payee_id = ${payeeId} and asset = ${asset} and reason = ${feesTooHigh}`.execute(tx);
}
