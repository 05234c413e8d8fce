import { createHash } from "node:crypto";
import { inTransaction, type Db, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { knownPayees } from "../payees/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { divide, formatUnits, formatUsd, computeFee, usdDecimals, type FeeTerms } from "../money/index.ts";
import type { OrderDeps } from "./deps.ts";
import { findOrder, findOrderByExternalId, insertOrder } from "./order-store.ts";
import { openCheckout } from "./open-checkout.job.ts";
import { observeForQuotes, quotesOf, writeQuotes, type OrderQuote } from "./quote-order.ts";
import { orderTasks } from "./tasks.ts";
import { orderLife, type Order, type OrderSplit } from "./order.ts";

export interface CreateOrder {
  readonly externalId: string | null;
  readonly purpose: string;
  readonly description: string;
  readonly priceUsdMicros: bigint;
  readonly splits: readonly OrderSplit[];
  readonly fee: FeeTerms;
  readonly toleranceBps: number;
  readonly expiresInMs: number;
  /** Assets that may be paid straight on their chains. */
  readonly acceptAssets: readonly string[];
  /** Whether the processor is asked for a page to pay at. */
  readonly checkout: boolean;
  /** The integrator's own words. No term: the same external id with other words is the same order, with its first ones. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly requestedBy: string;
}

/** An order as it was created, with what it costs on each chain. */
export interface CreatedOrder {
  readonly order: Order;
  readonly quotes: readonly OrderQuote[];
  readonly created: boolean;
}

/**
 * Writes the order with what it costs in each accepted asset, then asks the processor for its checkout page. The order
 * stands whatever the processor answers: without an answer now, `checkout.status` is "pending" and a job goes on asking.
 * The same external id with the same terms returns the first order again, with its first amounts.
 * @throws {DomainError} `invalid_price`, `invalid_fee`, `invalid_splits`, `unknown_payee`, `order_exists` (the external id names other terms),
 *   `no_way_to_pay`, `asset_not_accepted`, `price_unavailable`, `no_deposit_address`, `no_deposit_amount`.
 */
export async function createOrder(deps: OrderDeps, input: CreateOrder): Promise<CreatedOrder> {
  if (!input.checkout && input.acceptAssets.length === 0)
    throw new DomainError(
      "no_way_to_pay",
      "Without a checkout page, the order must accept at least one asset directly.",
    );
  checkPrice(deps, input);
  await checkSplits(deps.db, input.splits);
  const now = deps.clock.now();
  const order = describeOrder(deps, input, now);
  const requestHash = hashTerms(order, input);
  const known = order.externalId === null ? null : await findOrderByExternalId(deps.db, order.externalId);
  if (known !== null) return getExisting(deps.db, order, requestHash);
  const signal = AbortSignal.timeout(deps.settings.checkoutTimeoutMs);
  const prices = await observeForQuotes(deps, input.acceptAssets, signal);
  const quoteMs = Math.min(input.expiresInMs, await deps.direct.readQuoteMs());
  const quotes = await inTransaction(deps.db, async (tx) => {
    if (!(await insertOrder(tx, order, requestHash))) return null;
    const cause: Cause = { kind: "api", ref: input.requestedBy };
    await orderLife.recordCreation(tx, { id: order.id, to: "open", cause, now });
    if (input.checkout) await askForCheckoutLater(deps, tx, order);
    const expiresAt = new Date(now.getTime() + quoteMs);
    const { priceUsdMicros } = order;
    return writeQuotes(deps, tx, { orderId: order.id, priceUsdMicros, prices, expiresAt, now });
  });
  if (quotes === null) return getExisting(deps.db, order, requestHash);
  if (!input.checkout) return { order, quotes, created: true };
  await openCheckout(deps, order.id, signal).catch((error: unknown) =>
    deps.log.warn({ error, order_id: order.id }, "the processor gave no checkout page yet; a job asks again"),
  );
  return { order: (await findOrder(deps.db, order.id)) ?? order, quotes, created: true };
}

/** The net under the call that follows: it runs later, and finds nothing to do when the call was answered. */
async function askForCheckoutLater(deps: OrderDeps, tx: Tx, order: Order): Promise<void> {
  const runAt = new Date(order.createdAt.getTime() + deps.settings.checkoutTimeoutMs + 5_000);
  await enqueueOnce(tx, orderTasks.openCheckout, { id: order.id }, { runAt });
}

function describeOrder(deps: OrderDeps, input: CreateOrder, now: Date): Order {
  return {
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
    acceptedUsdMicros: null,
    cancelledAt: null,
    metadata: input.metadata ?? {},
    checkout: { status: input.checkout ? "pending" : "none", url: null, error: null },
  };
}

/** A cent, and ten million dollars: beyond either, somebody mistook a unit. */
const [leastPrice, mostPrice] = [10_000n, 10_000_000_000_000n];

/**
 * What is more likely a slip than meant. A fixed fee that takes the whole price would leave the payees nothing; its value is
 * known without asking where it is in a dollar's coin.
 */
function checkPrice({ registry }: OrderDeps, { priceUsdMicros: price, fee, splits }: CreateOrder): void {
  if (price < leastPrice || price > mostPrice)
    throw new DomainError(
      "invalid_price",
      `A price of ${formatUsd(price)} USD is not taken: it may be ${formatUsd(leastPrice)} to ${formatUsd(mostPrice)} USD.`,
    );
  const asset = fee.fixed === null ? null : registry.get(fee.fixed.asset);
  if (fee.fixed === null || asset?.kind !== "stablecoin") return;
  const percentage = computeFee({ asset: asset.id, amount: price }, { bps: fee.bps, fixed: null }, splits);
  const fixed = divide(fee.fixed.amount * 10n ** BigInt(usdDecimals), 10n ** BigInt(asset.decimals), "up");
  if (percentage + fixed >= price)
    throw new DomainError(
      "invalid_fee",
      `A fixed fee of ${formatUnits(fee.fixed.amount, asset.decimals)} ${asset.symbol} and the percentage leave nothing of ${formatUsd(price)} USD for the payees.`,
    );
}

async function checkSplits(db: Db, splits: readonly OrderSplit[]): Promise<void> {
  const sum = splits.reduce((total, split) => total + split.weightBps, 0);
  const ids = [...new Set(splits.map((split) => split.payeeId))];
  if (sum !== 10_000 || ids.length !== splits.length || splits.some((split) => split.weightBps <= 0))
    throw new DomainError(
      "invalid_splits",
      "The splits must name each payee once, with shares above zero that sum to 10000 basis points.",
    );
  const known = await knownPayees(db, ids);
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined)
    throw new DomainError("unknown_payee", `There is no payee ${missing}. Create the payee first.`);
}

async function getExisting(db: Db, order: Order, requestHash: Buffer): Promise<CreatedOrder> {
  const existing = await findOrderByExternalId(db, order.externalId ?? "");
  if (existing?.requestHash.equals(requestHash))
    return { order: existing.order, quotes: await quotesOf(db, existing.order.id), created: false };
  throw new DomainError(
    "order_exists",
    `An order with external id "${order.externalId}" exists with other terms. Use another external id.`,
  );
}

function hashTerms(order: Order, { expiresInMs, acceptAssets, checkout }: CreateOrder): Buffer {
  const fixed = order.fee.fixed === null ? null : [order.fee.fixed.asset, order.fee.fixed.amount.toString()];
  const terms = [order.purpose, order.description, order.priceUsdMicros.toString(), order.fee.bps, fixed];
  return createHash("sha256")
    .update(
      JSON.stringify([
        ...terms,
        order.toleranceBps,
        expiresInMs,
        order.splits.map((s) => [s.payeeId, s.weightBps]),
        ...(acceptAssets.length === 0 ? [] : [acceptAssets.toSorted(), checkout]),
      ]),
    )
    .digest();
}
