import { sql, type Tx } from "../database/index.ts";
import type { TransferIntent } from "../transfers/index.ts";

/** What may be sent to fund a swap, by the swap's own row: what its exchange was created for. `null`: nothing, or no more. */
export async function fundingIntent(tx: Tx, swapId: string): Promise<TransferIntent | null> {
  const { rows } = await sql<TransferIntent>`
    select source_asset as asset, source_amount as amount, payin_address as "toAddress" from swap
    where id = ${swapId} and payin_address is not null
      and (status = 'funding' or (status = 'in_review' and transfer_id is not null))`.execute(tx);
  return rows[0] ?? null;
}
