import { inTransaction, sql, type Db } from "../database/index.ts";
import { type RoomDesk, type Unlooked } from "../desk-port/index.ts";
import { waitingDesk, type Watched } from "../lifecycle/index.ts";
import { enqueue } from "../jobs/index.ts";
import { orderWaits } from "./order.ts";

export const watchedOrders: Watched = {
  thing: "order",
  table: "pay_order",
  waits: orderWaits,
  deadline: `expires_at + interval '1 hour' + case status when 'partially_paid' then interval '14 days' else interval '0' end`,
};

export const unlookedCheckouts: Unlooked = {
  thing: "order",
  query: (late) => sql`
    select id::text, 'its checkout page is asked for no more' as problem from pay_order
    where checkout_status = 'pending' and expires_at < ${late}`,
};

/** Orders that nobody paid in time, or not all of the price. */
export const orderDesk = ({ db }: { db: Db }): RoomDesk =>
  waitingDesk<{ id: string }>({
    db,
    watched: watchedOrders,
    since: "created_at",
    show: () => ({ reason: null }),
    actions: {
      check: {
        run: ({ id: orderId }) =>
          inTransaction(db, async (tx) => {
            await enqueue(tx, "orders.refresh", { orderId, cause: "recovery desk" });
            await enqueue(
              tx,
              "orders.open_checkout",
              { orderId },
              { key: `orders.open_checkout:${orderId}` },
            );
          }),
      },
    },
  });
