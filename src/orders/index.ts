import type { Job } from "../jobs/index.ts";
import type { OrderDeps } from "./deps.ts";
import { fillAddressesJob } from "./deposit-address.ts";
import { openCheckoutJob } from "./open-checkout.job.ts";
import { refreshOrderJob, sweepOrdersJob } from "./refresh-order.ts";

export { createOrder, type CreatedOrder, type CreateOrder } from "./create-order.ts";
export { assertSameSeed, registerSharedAddress } from "./deposit-address.ts";
export type { OrderDeps, QuotePrice } from "./deps.ts";
export {
  leastToPay,
  orderTransitions,
  orderWaits,
  type Order,
  type OrderSplit,
  type OrderStatus,
} from "./order.ts";
export { orderDesk, unlookedCheckouts, watchedOrders } from "./order-desk.ts";
export { quotesOf, type OrderQuote } from "./quote-order.ts";
export { loadTerms, type TermsByOrder } from "./settlement-terms.ts";
export { findOrder, findOrderByExternalId, listOrders } from "./order-store.ts";
export { orderDefaults, orderSettings, platformFee, readOrderDefaults, readPlatformFee } from "./settings.ts";

export const orderJobs = (deps: OrderDeps): Job[] => [
  openCheckoutJob(deps),
  refreshOrderJob(deps),
  sweepOrdersJob(deps),
  fillAddressesJob(deps),
];
