import { rowJob, searchJob } from "../jobs/index.ts";
import { ordersRefresh } from "../payments/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. */
export const orderTasks = {
  refresh: ordersRefresh,
  openCheckout: rowJob("orders.open_checkout"),
  sweep: searchJob("orders.sweep"),
};
