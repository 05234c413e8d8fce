import type { Tx } from "../database/index.ts";
import { amountsAskedOf, lateFrom, leastToPay, lockPayableOrders } from "../orders/index.ts";
import { paidForOrders } from "../payments/index.ts";
import type { JudgedOrder } from "./judge-deposit.ts";

/** An order as a deposit is judged by it; null: there is none. Locked as those of `judgedOrdersOf` are. */
export const judgedOrderOf = async (tx: Tx, orderId: string): Promise<JudgedOrder | null> =>
  (await judgedOrdersOf(tx, [orderId])).get(orderId) ?? null;

/** Orders as deposits are judged by them, by id, locked so that two who judge an order's deposits do so one after the other. */
export async function judgedOrdersOf(tx: Tx, orderIds: readonly string[]): Promise<Map<string, JudgedOrder>> {
  if (orderIds.length === 0) return new Map();
  const orders = await lockPayableOrders(tx, orderIds);
  const ids = [...orders.keys()];
  const paid = await paidForOrders(tx, ids);
  const quotes = new Map(ids.map((id): [string, JudgedOrder["quotes"][number][]] => [id, []]));
  for (const { orderId, ...quote } of await amountsAskedOf(tx, ids)) quotes.get(orderId)?.push(quote);
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
      quotes: quotes.get(id) ?? [],
    });
  }
  return judged;
}
