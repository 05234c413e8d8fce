import { sql, type Tx } from "../database/index.ts";
import type { TransferIntent } from "../transfers/index.ts";

export interface FundingIntent extends TransferIntent {
  /** What the swap is for: "conversion", whose coins come back to us, or "payout_attempt". */
  readonly purpose: string;
  readonly purposeId: string;
  readonly targetAsset: string;
  readonly targetAddress: string;
  readonly targetMemo: string | null;
  readonly leastTargetAmount: bigint;
}

/** What may be sent to fund a swap, by the swap's own row: what its exchange was created for. `null`: nothing, or no more. */
export async function fundingIntent(tx: Tx, swapId: string): Promise<FundingIntent | null> {
  const { rows } = await sql<FundingIntent>`
    select source_asset as asset, source_amount as amount, payin_address as "toAddress", purpose, purpose_id as "purposeId",
      target_asset as "targetAsset", target_address as "targetAddress", target_memo as "targetMemo",
      least_target_amount as "leastTargetAmount"
    from swap
    where id = ${swapId} and payin_address is not null
      and (status = 'funding' or (status = 'in_review' and transfer_id is not null))`.execute(tx);
  return rows[0] ?? null;
}
