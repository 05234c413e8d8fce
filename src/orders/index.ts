import type { Job } from "../jobs/index.ts";
import type { OrderDeps } from "./deps.ts";
import { openCheckoutJob } from "./open-checkout.job.ts";
import { refreshOrderJob, sweepOrdersJob } from "./refresh-order.ts";

export { acceptOrder } from "./accept-order.ts";
export { cancelOrder } from "./cancel-order.ts";
export { createOrder, type CreatedOrder, type CreateOrder } from "./create-order.ts";
export type { OrderDeps, QuotePrice } from "./deps.ts";
export {
  lateFrom,
  leastToPay,
  orderLife,
  remainingUsdOf,
  type Order,
  type OrderSplit,
  type OrderStatus,
} from "./order.ts";
export { orderDesk, unlookedCheckouts } from "./order-desk.ts";
export {
  askedDuring,
  ordersAskingFor,
  quotesOf,
  amountsAskedOf,
  remainingOf,
  whyNotAccepted,
  type OrderQuote,
} from "./quote-order.ts";
export { loadTerms, type TermsByOrder } from "./settlement-terms.ts";
export { findOrder, findOrderByExternalId, lockOrder, lockPayableOrders } from "./order-store.ts";
export { listOrders, orderList, searchOrders, type OrderFilters } from "./list-orders.ts";
export { orderDefaults, orderSettings, platformFee, readOrderDefaults, readPlatformFee } from "./settings.ts";

export { orderTasks } from "./tasks.ts";

export const orderJobs = (deps: OrderDeps): Job[] => [
  openCheckoutJob(deps),
  refreshOrderJob(deps),
  sweepOrdersJob(deps),
];
