import { inTransaction, sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { defineJob, enqueue, type Job, enqueueOnce } from "../jobs/index.ts";
import { paidForOrder } from "../payments/index.ts";
import type { OrderDeps } from "./deps.ts";
import { leastToPay, orderLife, underpaidMs, type Order, type OrderStatus } from "./order.ts";
import { checkoutCheckMs, lockOrder } from "./order-store.ts";
import { releaseQuotes } from "./quote-order.ts";
import { orderTasks } from "./tasks.ts";
import { addressTasks } from "../addresses/index.ts";

/**
 * Brings an order up to date with its payments: access is decided on what customers paid, as the payments room
 * valued it, never on what settled to us. Safe to repeat, in any order.
 */
export async function refreshOrder(tx: Tx, orderId: string, cause: Cause, now: Date): Promise<Order | null> {
  const order = await lockOrder(tx, orderId);
  if (order === null) return null;
  const { paid, refunded, live } = await paidForOrder(tx, orderId);
  const target = targetStatus(order, paid, { refunded: refunded > 0 && live === 0 }, now);
  const nextCheckAt = nextCheckOf({ ...order, status: target }, now);
  if (target !== order.status)
    await orderLife.advance(tx, {
      id: orderId,
      from: order.status,
      to: target,
      cause,
      now,
      set: { next_check_at: nextCheckAt, paid_usd_micros: paid },
    });
  else
    await sql`
      update pay_order set paid_usd_micros = ${paid}, next_check_at = ${nextCheckAt}
      where id = ${orderId} and (paid_usd_micros, next_check_at) is distinct from (${paid}::numeric, ${nextCheckAt}::timestamptz)`.execute(
      tx,
    );
  return { ...order, status: target, paidUsdMicros: paid };
}

/** A page that is not there yet is the nearer thing to look after. */
function nextCheckOf(order: Pick<Order, "status" | "expiresAt" | "checkout">, now: Date): Date | null {
  if (order.status === "partially_paid") return underpaidUntil(order);
  if (order.status !== "open") return null;
  const soon = new Date(now.getTime() + checkoutCheckMs);
  return order.checkout.status === "pending" && soon < order.expiresAt ? soon : order.expiresAt;
}

const underpaidUntil = ({ expiresAt }: Pick<Order, "expiresAt">): Date =>
  new Date(expiresAt.getTime() + underpaidMs);

/** Where an order stands by what was paid and refunded. Pure. */
export function targetStatus(
  order: Pick<Order, "status" | "priceUsdMicros" | "toleranceBps" | "expiresAt"> &
    Partial<Pick<Order, "acceptedUsdMicros" | "cancelledAt">>,
  paid: bigint,
  { refunded }: { refunded: boolean },
  now: Date,
): OrderStatus {
  if (order.status === "refunded") return "refunded";
  if (paid > 0n && paid >= leastToPay(order)) return "paid";
  if (refunded && (order.status === "paid" || order.status === "partially_paid")) return "refunded";
  if (paid > 0n) return now >= underpaidUntil(order) ? "expired" : "partially_paid";
  if (order.status === "expired") return "expired";
  if ((order.cancelledAt ?? null) !== null) return "cancelled";
  return now >= order.expiresAt ? "expired" : "open";
}

export const refreshOrderJob = (deps: OrderDeps): Job =>
  defineJob(orderTasks.refresh, {
    run: ({ id, cause }) =>
      inTransaction(deps.db, async (tx) => {
        const ref = cause ?? "orders.refresh";
        await refreshOrder(tx, id, { kind: "job", ref }, deps.clock.now());
      }),
  });

/** Wakes orders whose check time passed: their expiry, or a checkout page that nobody has fetched yet. */
export const sweepOrdersJob = (deps: OrderDeps): Job =>
  defineJob(orderTasks.sweep, {
    run: () =>
      inTransaction(deps.db, async (tx) => {
        for (const id of await orderLife.takeDue(tx, deps.clock.now())) {
          await enqueue(tx, orderTasks.refresh, { id: id, cause: "check time passed" });
          await enqueueOnce(tx, orderTasks.openCheckout, { id });
        }
        if (deps.direct.sharedAddresses.size > 0) await releaseQuotes(tx, deps.clock.now());
        if (deps.direct.keys !== null) await enqueueOnce(tx, addressTasks.fill, {});
      }),
  });
