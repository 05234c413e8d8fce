import type { Tx } from "../database/index.ts";
import { lateFrom, leastToPay, lockOrders, quotesOfOrders } from "../orders/index.ts";
import { paidForOrders } from "../payments/index.ts";
import type { JudgedOrder } from "./judge-deposit.ts";

/** An order as a deposit is judged by it; null: there is none. Locked as those of `judgedOrdersOf` are. */
export const judgedOrderOf = async (tx: Tx, orderId: string): Promise<JudgedOrder | null> =>
  (await judgedOrdersOf(tx, [orderId])).get(orderId) ?? null;

/** Orders as deposits are judged by them, by id, locked so that two who judge an order's deposits do so one after the other. */
export async function judgedOrdersOf(tx: Tx, orderIds: readonly string[]): Promise<Map<string, JudgedOrder>> {
  if (orderIds.length === 0) return new Map();
  const orders = await lockOrders(tx, orderIds, "no key update");
  const ids = [...orders.keys()];
  const paid = await paidForOrders(tx, ids);
  const quotes = await quotesOfOrders(tx, ids);
  const judged = new Map<string, JudgedOrder>();
  for (const [id, order] of orders) {
    const { status, priceUsdMicros, createdAt } = order;
    judged.set(id, {
      id,
      status,
      priceUsdMicros,
      leastUsdMicros: leastToPay(order),
      createdAt,
      expiresAt: lateFrom(order),
      paidUsdMicros: paid.get(id)!.paid,
      quotes: quotes.filter((quote) => quote.orderId === id),
    });
  }
  return judged;
}
