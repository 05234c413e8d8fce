import { inTransaction } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { Cause } from "../lifecycle/index.ts";
import { paidForOrder } from "../payments/index.ts";
import type { OrderDeps } from "./deps.ts";
import { orderLife, type Order } from "./order.ts";
import { lockOrder } from "./order-store.ts";

/**
 * The seller withdraws an order of which nothing was paid. Nobody can be kept from paying it all the same: what comes later
 * goes the way of a late payment. Safe to repeat.
 * @throws {DomainError} `unknown_order`, `order_not_cancellable`
 */
export async function cancelOrder(
  { db, clock }: Pick<OrderDeps, "db" | "clock">,
  { orderId, cause }: { orderId: string; cause: Pick<Cause, "kind" | "ref"> },
): Promise<Order> {
  const now = clock.now();
  return inTransaction(db, async (tx) => {
    const order = await lockOrder(tx, orderId);
    if (order === null) throw new DomainError("unknown_order", `There is no order ${orderId}.`);
    if (order.status === "cancelled") return order;
    const { paid, live } = await paidForOrder(tx, orderId);
    if (order.status !== "open" || paid > 0n || live > 0) throw refusal(order);
    // A page that the processor makes all the same is not shown to anybody.
    const checkout =
      order.checkout.status === "pending"
        ? { ...order.checkout, status: "rejected" as const, error: "cancelled" }
        : order.checkout;
    await orderLife.advance(tx, {
      id: orderId,
      from: "open",
      to: "cancelled",
      cause,
      now,
      set: {
        cancelled_at: now,
        next_check_at: null,
        checkout_status: checkout.status,
        checkout_error: checkout.error,
      },
    });
    return { ...order, checkout, status: "cancelled", cancelledAt: now };
  });
}

function refusal({ id, status }: Order): DomainError {
  const because = {
    open: "a payment of it is under way. Wait until it has ended",
    partially_paid: "a part of it was paid. Accept that as the price, or give it back",
    paid: "it is paid. Refund the payment instead",
    expired: "it expired already. There is nothing to withdraw",
    refunded: "it was refunded already. There is nothing to withdraw",
    cancelled: "it is cancelled already",
  }[status];
  return new DomainError("order_not_cancellable", `Order ${id} cannot be cancelled: ${because}.`);
}
