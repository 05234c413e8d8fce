import { defineJob, RetryLater, type Job } from "../jobs/index.ts";
import { formatUsd } from "../money/index.ts";
import type { OrderDeps } from "./deps.ts";
import { findOrder, setCheckout } from "./order-store.ts";
import { orderTasks } from "./tasks.ts";

/**
 * Asks the processor for an order's checkout page. Safe to repeat: a second invoice of theirs for the same order is
 * harmless, because each payment names our order whichever invoice it came through. Nobody is asked for a page of an order
 * that has run out: without one by then, the checkout is rejected with `no_answer_in_time`.
 */
export async function openCheckout(deps: OrderDeps, orderId: string, signal: AbortSignal): Promise<void> {
  const order = await findOrder(deps.db, orderId);
  if (order === null || order.checkout.status !== "pending") return;
  const now = deps.clock.now();
  if (now >= order.expiresAt) return reject(deps, orderId, "no_answer_in_time");
  const { publicUrl } = deps.settings;
  const outcome = await deps.processor.createInvoice(
    {
      orderId: order.id,
      priceUsd: formatUsd(order.priceUsdMicros),
      description: order.description,
      callbackUrl: publicUrl === null ? null : webhookUrl(publicUrl, deps.processor.name),
    },
    signal,
  );
  if (outcome.kind === "accepted") {
    const { checkoutUrl, invoiceId } = outcome.value;
    await setCheckout(deps.db, orderId, { status: "ready", url: checkoutUrl, invoiceId, error: null });
  } else if (outcome.kind === "rejected") await reject(deps, orderId, outcome.reason);
  else throw new RetryLater(waitMs(now.getTime() - order.createdAt.getTime()), outcome.reason);
}

/** Below whatever path the service is given on a host that it shares, with or without a slash at its end. */
const webhookUrl = (publicUrl: string, processor: string): string =>
  new URL(`webhooks/${processor}`, publicUrl.replace(/\/*$/, "/")).href;

async function reject(deps: OrderDeps, orderId: string, reason: string): Promise<void> {
  await setCheckout(deps.db, orderId, { status: "rejected", url: null, invoiceId: null, error: reason });
  deps.log.error({ order_id: orderId, reason }, "there is no checkout page for this order, and will be none");
}

/** A tenth of the order's age, between 15 seconds and 15 minutes: a payer may be waiting, at first. */
const waitMs = (ageMs: number): number => Math.min(Math.max(15_000, ageMs / 10), 15 * 60_000);

export const openCheckoutJob = (deps: OrderDeps): Job =>
  defineJob(orderTasks.openCheckout, {
    run: ({ id }, { signal }) => openCheckout(deps, id, signal),
  });
