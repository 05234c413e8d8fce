import { sql, type Db, type Tx } from "../database/index.ts";
import { type Cause, sweptFrom, type NextOf } from "../lifecycle/index.ts";
import { newId } from "../ids.ts";
import { enqueue, type RowJob, enqueueNamed } from "../jobs/index.ts";
import type { Money } from "../money/index.ts";
import type { ProviderSwap, SwapFlow } from "../providers/port.ts";
import { endedSwaps, swapLife, type Swap, type SwapStatus } from "./swap.ts";
import { swapTasks } from "./tasks.ts";

export interface PlanSwap {
  readonly purpose: Swap["purpose"];
  readonly purposeId: string;
  /** Told when it ends or calls for a person. */
  readonly doneTask: RowJob;
  readonly flow: SwapFlow;
  readonly source: Money;
  /** What the source is worth now, for the exposure limit. */
  readonly sourceUsdMicros: bigint;
  readonly targetAsset: string;
  readonly targetAddress: string;
  readonly targetMemo: string | null;
  /** A quote below this is not taken. */
  readonly leastTargetAmount: bigint;
  /** The ledger account whose debt the swap turns: debited when it is delivered. */
  readonly sourceAccount: string;
  readonly refundAddress: string;
  readonly correlationId: string;
  readonly now: Date;
}

/**
 * Writes down a swap to be made and the job that makes it, in the caller's transaction. While one of a purpose is live,
 * a second one is refused by the database: this returns null then.
 */
export async function planSwap(tx: Tx, plan: PlanSwap): Promise<string | null> {
  const id = newId();
  const { rows } = await sql<{ id: string }>`
    insert into swap (id, purpose, purpose_id, seq, done_task, status, flow, source_asset, source_amount,
      source_usd_micros, target_asset, target_address, target_memo, least_target_amount, source_account, refund_address, correlation_id,
      created_at, updated_at, next_check_at, deadline_at)
    select ${id}, ${plan.purpose}, ${plan.purposeId}, coalesce(max(seq), 0) + 1, ${plan.doneTask.name}, 'quoted',
      ${plan.flow}, ${plan.source.asset}, ${plan.source.amount}, ${plan.sourceUsdMicros}, ${plan.targetAsset}, ${plan.targetAddress},
      ${plan.targetMemo}, ${plan.leastTargetAmount}, ${plan.sourceAccount}, ${plan.refundAddress}, ${plan.correlationId},
      ${plan.now}::timestamptz, ${plan.now}::timestamptz, ${sweptFrom(plan.now)}::timestamptz,
      ${swapLife.watchFrom("quoted", plan.now).deadline_at}::timestamptz
    from swap where purpose = ${plan.purpose} and purpose_id = ${plan.purposeId}
    on conflict do nothing
    returning id`.execute(tx);
  if (rows.length === 0) return null;
  await swapLife.recordCreation(tx, {
    id,
    to: "quoted",
    cause: { kind: "job", ref: plan.doneTask.name },
    now: plan.now,
  });
  await enqueue(tx, swapTasks.advance, { id });
  return id;
}

export async function findSwap(db: Db | Tx, id: string): Promise<Swap | null> {
  const { rows } = await sql<Swap>`select * from swap where id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** All swaps of one purpose, in the order they were made. */
export async function swapsOf(db: Db | Tx, purpose: Swap["purpose"], purposeId: string): Promise<Swap[]> {
  const { rows } = await sql<Swap>`
    select * from swap where purpose = ${purpose} and purpose_id = ${purposeId} order by seq`.execute(db);
  return rows;
}

/** Moves a swap one step; when that ends it or calls for a person, whoever asked for it is told in the same transaction. */
export async function advanceSwap<From extends SwapStatus>(
  tx: Tx,
  swap: Swap & { readonly status: From },
  step: { to: NextOf<typeof swapLife, From>; cause: Cause; now: Date; set?: Record<string, unknown> },
): Promise<void> {
  const ended = endedSwaps.has(step.to);
  await swapLife.advance(tx, {
    id: swap.id,
    from: swap.status,
    to: step.to,
    cause: step.cause,
    now: step.now,
    set: { waiting_reason: null, ...step.set },
  });
  if (ended || step.to === "in_review") await enqueueNamed(tx, swap.done_task, { id: swap.purpose_id });
}

/** Asks for another look later, and says why. */
export async function checkSwapLater(
  tx: Tx,
  swap: Pick<Swap, "id">,
  later: { at: Date; waitingReason?: string | null },
): Promise<void> {
  await swapLife.lookAgain(tx, swap.id, later.at, { waiting_reason: later.waitingReason ?? null });
}

/**
 * Keeps the provider's own words and figures of a swap, and when it was asked. An amount it told before and tells no more
 * stays; a transaction does not.
 * @param heard.told null: it does not know the swap. @param heard.hash what it names as its delivery, in normal form.
 */
export async function recordTold(
  db: Db | Tx,
  swap: Pick<Swap, "id">,
  { told, hash, askedAt, now }: { told: ProviderSwap | null; hash: string | null; askedAt: Date; now: Date },
): Promise<void> {
  await sql`
    update swap set provider_status = coalesce(${told?.rawStatus ?? null}, provider_status),
      received_amount = coalesce(${told?.sourceAmount ?? null}, received_amount),
      told_amount = coalesce(${told?.targetAmount ?? null}, told_amount), told_at = ${askedAt}, told_hash = ${hash},
      told_hash_at = case when ${hash}::text is null then null when told_hash = ${hash} then told_hash_at
        else ${now}::timestamptz end
    where id = ${swap.id}`.execute(db);
}

/** Two persons said that what was lost of this purpose did not reach its target. */
export async function vouchForLosses(tx: Tx, purpose: Swap["purpose"], purposeId: string): Promise<void> {
  await sql`
    update swap set loss_finding = 'vouched'
    where purpose = ${purpose} and purpose_id = ${purposeId} and loss_finding = 'cannot_tell'`.execute(tx);
}
