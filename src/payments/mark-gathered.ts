import { sql, type Tx } from "../database/index.ts";
import { markSpendable } from "../earnings/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { payoutsPlan } from "./tasks.ts";

/**
 * The coins of these direct payments are in the hot wallet: their earnings can be spent, and nobody waits for them any more.
 * Safe to repeat.
 */
export async function markGathered(tx: Tx, paymentIds: readonly string[]): Promise<void> {
  const { rows: seen } = await sql<{ id: string }>`
    update payment set arrival = 'seen', next_check_at = null, deadline_at = null
    where id = any(${[...paymentIds]}::uuid[]) and status = 'settled' and arrival = 'expected' returning id`.execute(
    tx,
  );
  const toPayAtOnce = await markSpendable(
    tx,
    seen.map(({ id }) => id),
  );
  if (toPayAtOnce) await enqueueOnce(tx, payoutsPlan, {});
}

/** The coins of these payments are ours in another form already, and nobody waits for them any more. */
export async function markArrived(tx: Tx, paymentIds: readonly string[]): Promise<void> {
  await sql`
    update payment set arrival = 'seen', next_check_at = null, deadline_at = null
    where id = any (${[...paymentIds]}::uuid[])`.execute(tx);
}
