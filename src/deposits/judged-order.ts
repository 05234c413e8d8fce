import { sql, type Tx } from "../database/index.ts";
import { divide } from "../money/index.ts";
import type { JudgedOrder } from "./judge-deposit.ts";

/** An order as a deposit is judged by it, locked so that two deposits of one order are judged one after the other. */
export async function judgedOrderOf(tx: Tx, orderId: string): Promise<JudgedOrder | null> {
  const { rows } = await sql<{
    status: string;
    price_usd_micros: bigint;
    tolerance_bps: number;
    created_at: Date;
    expires_at: Date;
  }>`
    select status, price_usd_micros, tolerance_bps, created_at, expires_at from pay_order
    where id = ${orderId} for no key update`.execute(tx);
  const order = rows[0];
  if (order === undefined) return null;
  const paid = await sql<{ paid: bigint }>`
    select coalesce(sum(paid_usd_micros), 0) as paid from payment
    where order_id = ${orderId} and status in ('confirmed', 'settled', 'in_review')`.execute(tx);
  const quotes = await sql<{ asset: string; amount: bigint; expiresAt: Date }>`
    select asset, amount, expires_at as "expiresAt" from order_quote where order_id = ${orderId}`.execute(tx);
  return {
    id: orderId,
    status: order.status,
    priceUsdMicros: order.price_usd_micros,
    leastUsdMicros: divide(order.price_usd_micros * BigInt(10_000 - order.tolerance_bps), 10_000n, "up"),
    createdAt: order.created_at,
    expiresAt: order.expires_at,
    paidUsdMicros: paid.rows[0]?.paid ?? 0n,
    quotes: quotes.rows,
  };
}
