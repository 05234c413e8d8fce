import { inTransaction, sql } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { Cause } from "../lifecycle/index.ts";
import { formatUsd } from "../money/index.ts";
import type { OrderDeps } from "./deps.ts";
import type { Order } from "./order.ts";
import { lockOrder } from "./order-store.ts";
import { refreshOrder } from "./refresh-order.ts";

/**
 * The seller takes what was paid of an order as its whole price: the shares stay as they are, and the order is paid, for as
 * long as so much stays paid. Safe to repeat; an order that is paid already is left alone.
 * @throws {DomainError} `unknown_order`, `order_not_underpaid`, `order_refunded`
 */
export async function acceptOrder(
  { db, clock }: Pick<OrderDeps, "db" | "clock">,
  { orderId, cause }: { orderId: string; cause: Pick<Cause, "kind" | "ref"> },
): Promise<Order> {
  const now = clock.now();
  return inTransaction(db, async (tx) => {
    const order = await lockOrder(tx, orderId);
    if (order === null) throw new DomainError("unknown_order", `There is no order ${orderId}.`);
    if (order.status === "paid") return order;
    const refusal = refuseAccept({ status: order.status, paid: order.paidUsdMicros });
    if (refusal !== null) throw refusal;
    await sql`update pay_order set accepted_usd_micros = ${order.paidUsdMicros} where id = ${orderId}`.execute(
      tx,
    );
    const short = formatUsd(order.priceUsdMicros - order.paidUsdMicros);
    const accepted = await refreshOrder(
      tx,
      orderId,
      { ...cause, note: `accepted although ${short} USD short` },
      now,
    );
    return accepted!;
  });
}

/** Why an order cannot be accepted as it is; null: it can, or is paid already. */
export function refuseAccept({
  status,
  paid,
}: {
  status: Order["status"];
  paid: bigint;
}): DomainError | null {
  if (status === "refunded")
    return new DomainError("order_refunded", "This order was refunded: there is nothing to accept.");
  if (status === "paid" || paid > 0n) return null;
  return new DomainError(
    "order_not_underpaid",
    `Nothing was paid of this order, which is ${status}: there is nothing to accept.`,
  );
}
