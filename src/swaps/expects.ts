import { sql, type Db, type Tx } from "../database/index.ts";
import type { Awaited, Expectation } from "../arrivals/index.ts";
import { endedSwaps } from "./swap.ts";

/**
 * The funded swap, other than the claimant, whose delivery or refund these coins may be: its provider names their transaction,
 * or names none of that kind yet and they are about what it quoted, or what was sent less at most what `recordRefund` takes for
 * a refund. To a payee's address only deliveries come.
 */
export async function swapExpects(
  db: Db | Tx,
  { asset, amount, hash, claimantId, payeeAddress }: Awaited,
): Promise<Expectation | null> {
  const { rows } = await sql<Expectation>`
    select 'swap' as thing, id, provider as "from", created_at as since from swap
    where next_check_at is not null and transfer_id is not null and status <> all (${[...endedSwaps]}::text[])
      and id is distinct from ${claimantId}::uuid
      and (((case when ${payeeAddress}::text is null then purpose = 'conversion'
              else purpose = 'payout_attempt' and lower(target_address) = lower(${payeeAddress}) end)
          and target_asset = ${asset} and (payout_hash = ${hash}
            or ((${hash}::text is null or payout_hash is null)
              and abs(coalesce(quoted_target_amount, ${amount}) - ${amount}) * 10 <= ${amount})))
        or (${payeeAddress}::text is null and source_asset = ${asset} and (refund_hash = ${hash}
            or ((${hash}::text is null or refund_hash is null)
              and ${amount}::numeric between source_amount * 8 / 10 and source_amount))))
    order by created_at desc, id limit 1`.execute(db);
  return rows[0] ?? null;
}
