import { sql, type Tx } from "../database/index.ts";
import type { AttemptRoute } from "./payout.ts";

/** Writes one more attempt of a payout. Of two at once the second is refused, by a unique index. */
export async function insertAttempt(
  tx: Tx,
  { id, payoutId, route, now }: { id: string; payoutId: string; route: AttemptRoute; now: Date },
): Promise<void> {
  await sql`
    insert into payout_attempt (id, payout_id, seq, route, status, created_at)
    select ${id}, ${payoutId}, coalesce(max(seq), 0) + 1, ${route}, 'sending', ${now}::timestamptz
    from payout_attempt where payout_id = ${payoutId}`.execute(tx);
}
