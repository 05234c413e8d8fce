import { sql, type Tx } from "../database/index.ts";
import type { TransferIntent } from "../transfers/index.ts";

/** What may be sent for a payout's attempt, by the payout's own row, while the attempt is under way. `null`: nothing, or no more. */
export async function payoutIntent(tx: Tx, attemptId: string): Promise<TransferIntent | null> {
  const { rows } = await sql<TransferIntent>`
    select p.destination_asset as asset, p.amount, p.destination_address as "toAddress"
    from payout_attempt a join payout p on p.id = a.payout_id
    where a.id = ${attemptId} and a.route = 'direct' and a.status = 'sending' and p.asset = p.destination_asset
      and p.status in ('sending', 'in_review')`.execute(tx);
  return rows[0] ?? null;
}
