import { createHash } from "node:crypto";
import { inTransaction, recordCreation, sql, type Db } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { enqueue } from "../jobs/index.ts";
import type { FeeTerms } from "../money/index.ts";
import type { OrderDeps } from "./deps.ts";
import type { Order, OrderSplit } from "./order.ts";
import { findOrder, findOrderByExternalId, insertOrder } from "./order-store.ts";
import { openCheckout } from "./open-checkout.job.ts";

export interface CreateOrder {
  readonly externalId: string | null;
  readonly purpose: string;
  readonly description: string;
  readonly priceUsdMicros: bigint;
  readonly splits: readonly OrderSplit[];
  readonly fee: FeeTerms;
  readonly toleranceBps: number;
  readonly expiresInMs: number;
  readonly requestedBy: string;
}

/**
 * Writes the order, then asks the processor for its checkout page. The order stands whatever the processor answers:
 * without an answer now, `checkout.status` is "pending" and a job goes on asking.
 * The same external id with the same terms returns the first order again.
 * @throws {DomainError} `invalid_splits`, `unknown_payee`, `order_exists` (the external id names other terms).
 */
export async function createOrder(
  deps: OrderDeps,
  input: CreateOrder,
): Promise<{ order: Order; created: boolean }> {
  await checkSplits(deps.db, input.splits);
  const now = deps.clock.now();
  const order: Order = {
    id: newId(),
    externalId: input.externalId,
    purpose: input.purpose,
    description: input.description,
    priceUsdMicros: input.priceUsdMicros,
    fee: input.fee,
    toleranceBps: input.toleranceBps,
    splits: input.splits.toSorted((a, b) => (a.payeeId < b.payeeId ? -1 : 1)),
    processor: deps.processor.name,
    expiresAt: new Date(now.getTime() + input.expiresInMs),
    createdAt: now,
    status: "open",
    paidUsdMicros: 0n,
    checkout: { status: "pending", url: null, error: null },
  };
  const requestHash = hashTerms(order, input.expiresInMs);
  const created = await inTransaction(deps.db, async (tx) => {
    if (!(await insertOrder(tx, order, requestHash))) return false;
    await recordCreation(tx, {
      thing: "order",
      id: order.id,
      to: "open",
      cause: { kind: "api", ref: input.requestedBy },
      now,
    });
    // The net under the call below: it runs later, and finds nothing to do when the call was answered.
    const runAt = new Date(now.getTime() + deps.settings.checkoutTimeoutMs + 5_000);
    const key = `orders.open_checkout:${order.id}`;
    await enqueue(tx, "orders.open_checkout", { orderId: order.id }, { runAt, key });
    return true;
  });
  if (!created) return { order: await getExisting(deps.db, order, requestHash), created: false };
  await openCheckout(deps, order.id, AbortSignal.timeout(deps.settings.checkoutTimeoutMs)).catch(
    (error: unknown) =>
      deps.log.warn(
        { error, order_id: order.id },
        "the processor gave no checkout page yet; a job asks again",
      ),
  );
  return { order: (await findOrder(deps.db, order.id)) ?? order, created: true };
}

async function checkSplits(db: Db, splits: readonly OrderSplit[]): Promise<void> {
  const sum = splits.reduce((total, split) => total + split.weightBps, 0);
  const ids = [...new Set(splits.map((split) => split.payeeId))];
  if (sum !== 10_000 || ids.length !== splits.length || splits.some((split) => split.weightBps <= 0))
    throw new DomainError(
      "invalid_splits",
      "The splits must name each payee once, with shares above zero that sum to 10000 basis points.",
    );
  const { rows } = await sql<{ id: string }>`select id from payee where id = any(${ids}::uuid[])`.execute(db);
  const missing = ids.find((id) => !rows.some((row) => row.id === id));
  if (missing !== undefined)
    throw new DomainError("unknown_payee", `There is no payee ${missing}. Create the payee first.`);
}

async function getExisting(db: Db, order: Order, requestHash: Buffer): Promise<Order> {
  const existing = await findOrderByExternalId(db, order.externalId ?? "");
  if (existing?.requestHash.equals(requestHash)) return existing.order;
  throw new DomainError(
    "order_exists",
    `An order with external id "${order.externalId}" exists with other terms. Use another external id.`,
  );
}

function hashTerms(order: Order, expiresInMs: number): Buffer {
  const fixed = order.fee.fixed === null ? null : [order.fee.fixed.asset, order.fee.fixed.amount.toString()];
  const terms = [order.purpose, order.description, order.priceUsdMicros.toString(), order.fee.bps, fixed];
  return createHash("sha256")
    .update(
      JSON.stringify([
        ...terms,
        order.toleranceBps,
        expiresInMs,
        order.splits.map((s) => [s.payeeId, s.weightBps]),
      ]),
    )
    .digest();
}
