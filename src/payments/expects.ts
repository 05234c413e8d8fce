import { sql, type Db, type Tx } from "../database/index.ts";
import type { Awaited, Expectation } from "../arrivals/index.ts";
import { directProcessor } from "./payment.ts";

/**
 * The payment whose coins these may be, that its processor still owes us: it names their transaction, or names none yet and
 * announced this amount, give or take one in a hundred; or all that a processor owes comes to that amount. Coins that stay in
 * its custody are not on their way.
 */
export async function paymentExpects(
  db: Db | Tx,
  { asset, amount, hash, payeeAddress }: Awaited,
): Promise<Expectation | null> {
  // A processor pays us, and nobody else.
  if (payeeAddress !== null) return null;
  const near = (column: string) => sql`abs(${sql.raw(column)} - ${amount}) * 100 <= ${amount}`;
  // A payment whose coins are awaited is always looked at again: that keeps this to those under way.
  const { rows } = await sql<Expectation>`
    with awaited as (
      select id, processor, settled_amount, settlement_hash, coalesce(settled_at, created_at) as since from payment
      where next_check_at is not null and status = 'settled' and arrival = 'expected' and processor <> ${directProcessor}
        and settled_asset = ${asset}
    ), unnamed as (
      select * from awaited where ${hash}::text is null or settlement_hash is null
    ), matching as (
      select id, processor, since, 0 as place from awaited where settlement_hash = ${hash}
      union all
      select id, processor, since, 1 from unnamed where ${near("settled_amount")}
      union all
      select (array_agg(id order by since desc))[1], processor, max(since), 2 from unnamed group by processor
      having ${near("sum(settled_amount)")}
    )
    select 'payment' as thing, id, processor as "from", since from matching
    order by place, since desc, id limit 1`.execute(db);
  return rows[0] ?? null;
}
