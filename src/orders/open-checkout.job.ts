import { z } from "zod";
import { defineJob, RetryLater, type Job } from "../jobs/index.ts";
import { formatUsd } from "../money/index.ts";
import type { OrderDeps } from "./deps.ts";
import { findOrder, setCheckout } from "./order-store.ts";

/**
 * Asks the processor for an order's checkout page. Safe to repeat: a second invoice of theirs for the same order is
 * harmless, because each payment names our order whichever invoice it came through.
 */
export async function openCheckout(deps: OrderDeps, orderId: string, signal: AbortSignal): Promise<void> {
  const order = await findOrder(deps.db, orderId);
  if (order === null || order.checkout.status !== "pending") return;
  const { publicUrl } = deps.settings;
  const outcome = await deps.processor.createInvoice(
    {
      orderId: order.id,
      priceUsd: formatUsd(order.priceUsdMicros),
      description: order.description,
      callbackUrl: publicUrl === null ? null : new URL(`/webhooks/${deps.processor.name}`, publicUrl).href,
    },
    signal,
  );
  if (outcome.kind === "accepted") {
    const { checkoutUrl, invoiceId } = outcome.value;
    await setCheckout(deps.db, orderId, { status: "ready", url: checkoutUrl, invoiceId, error: null });
  } else if (outcome.kind === "rejected") {
    await setCheckout(deps.db, orderId, {
      status: "rejected",
      url: null,
      invoiceId: null,
      error: outcome.reason,
    });
    deps.log.error(
      { order_id: orderId, reason: outcome.reason },
      "the processor refuses a checkout page for this order",
    );
  } else {
    throw new RetryLater(15_000, outcome.reason);
  }
}

export const openCheckoutJob = (deps: OrderDeps): Job =>
  defineJob({
    name: "orders.open_checkout",
    payload: z.object({ orderId: z.uuid() }),
    run: ({ orderId }, { signal }) => openCheckout(deps, orderId, signal),
  });
