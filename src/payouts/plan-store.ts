import { sql, type Db, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
import type { Weighed, WeighedWay } from "./weigh-ways.ts";

/** The ways that were weighed for a payout before anything was done for it. */
export interface PayoutPlan {
  readonly payout_id: string;
  readonly ways: readonly WeighedWay[];
  /** Which of them brings the payee most; null: none was to be had. */
  readonly best: number | null;
  /** The most that fees could take of its value; null: no limit held. */
  readonly limit_bps: number | null;
  readonly made_at: Date;
}

/** Keeps what was weighed for payouts, in the transaction that lets them go or asks people. */
export async function keepPlans(
  tx: Tx,
  plans: readonly { payoutId: string; weighed: Weighed; limitBps: number | null }[],
  now: Date,
): Promise<void> {
  if (plans.length === 0) return;
  const rows = plans.map(({ payoutId, weighed: { ways, best }, limitBps }) => ({
    id: newId(),
    payout_id: payoutId,
    ways,
    best: best === null ? null : ways.indexOf(best),
    limit_bps: limitBps,
    made_at: now,
  }));
  await sql`
    insert into payout_plan (id, payout_id, ways, best, limit_bps, made_at)
    select id, payout_id, ways, best, limit_bps, made_at
    from jsonb_populate_recordset(null::payout_plan, ${JSON.stringify(rows)}::jsonb)`.execute(tx);
}

/** The oldest first. */
export async function plansOf(db: Db | Tx, payoutId: string): Promise<PayoutPlan[]> {
  const { rows } = await sql<PayoutPlan>`
    select payout_id, ways, best, limit_bps, made_at from payout_plan
    where payout_id = ${payoutId} order by made_at, id`.execute(db);
  return rows;
}
