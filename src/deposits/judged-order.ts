import type { Tx } from "../database/index.ts";
import { leastToPay, lockOrder, quotesOf } from "../orders/index.ts";
import { paidForOrder } from "../payments/index.ts";
import type { JudgedOrder } from "./judge-deposit.ts";

/** An order as a deposit is judged by it, locked so that two deposits of one order are judged one after the other. */
export async function judgedOrderOf(tx: Tx, orderId: string): Promise<JudgedOrder | null> {
  const order = await lockOrder(tx, orderId, "no key update");
  if (order === null) return null;
  const { status, priceUsdMicros, createdAt, expiresAt } = order;
  const { paid } = await paidForOrder(tx, orderId);
  return {
    id: orderId,
    status,
    priceUsdMicros,
    leastUsdMicros: leastToPay(order),
    createdAt,
    expiresAt,
    paidUsdMicros: paid,
    quotes: await quotesOf(tx, orderId),
  };
}
