import type { Clock } from "../clock.ts";
import { inTransaction, sql, type Db } from "../database/index.ts";
import { type RoomDesk, type Unlooked } from "../desk-port/index.ts";
import { waitingDesk } from "../lifecycle/index.ts";
import { enqueue, enqueueOnce } from "../jobs/index.ts";
import { acceptOrder, refuseAccept } from "./accept-order.ts";
import { orderLife, type OrderStatus } from "./order.ts";
import { orderTasks } from "./tasks.ts";
import { ordersRefresh } from "../payments/index.ts";

export const unlookedCheckouts: Unlooked = {
  thing: "order",
  query: (late) => sql`
    select id::text, 'its checkout page is asked for no more' as problem from pay_order
    where checkout_status = 'pending' and expires_at < ${late}`,
};

/** Orders that nobody paid in time, or not all of the price. */
export const orderDesk = ({ db, clock }: { db: Db; clock: Clock }): RoomDesk =>
  waitingDesk<{ id: string; status: OrderStatus; paid_usd_micros: bigint }>({
    db,
    watched: orderLife,
    since: "created_at",
    show: () => ({ reason: null }),
    actions: {
      accept: {
        refuse: ({ status, paid_usd_micros: paid }) => refuseAccept({ status, paid }),
        run: ({ id }, { by }) =>
          acceptOrder({ db, clock }, { orderId: id, cause: { kind: "operator", ref: by } }),
      },
      check: {
        run: ({ id }) =>
          inTransaction(db, async (tx) => {
            await enqueue(tx, ordersRefresh, { id, cause: "recovery desk" });
            await enqueueOnce(tx, orderTasks.openCheckout, { id });
          }),
      },
    },
  });
