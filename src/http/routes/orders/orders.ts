import { z } from "zod";
import type { Db } from "../../../database/index.ts";
import { overpaidOn, type Overpaid } from "../../../deposits/index.ts";
import { DomainError } from "../../../errors.ts";
import { formatUsd, registry } from "../../../money/index.ts";
import {
  acceptOrder,
  cancelOrder,
  createOrder,
  findOrder,
  listOrders,
  quotesOf,
  readOrderDefaults,
  readPlatformFee,
  remainingOf,
  remainingUsdOf,
  type Order,
  type OrderDeps,
  type OrderQuote,
} from "../../../orders/index.ts";
import { refundedOfOrder, type RefundedOfOrder } from "../../../payments/index.ts";
import { feesOf } from "../../../payees/index.ts";
import { filterSchemas, listRoute } from "../../list-route.ts";
import { defineRoute, type Principal, type Route } from "../../route.ts";
import {
  metadataSchema,
  metadataView,
  moneyView,
  positiveMoneySchema,
  positiveUsdSchema,
  presentMoney,
  presentTime,
  timestampView,
  usdView,
} from "../../schemas.ts";

const orderStatuses = ["open", "partially_paid", "paid", "expired", "cancelled", "refunded"] as const;

const orderView = z
  .object({
    id: z.uuid(),
    external_id: z.string().nullable().describe("Yours; null: none was given"),
    purpose: z.string(),
    description: z.string().describe("What the payer reads"),
    price_usd: usdView,
    paid_usd: usdView.describe("What customers paid so far, as valued; decides access"),
    remaining_usd: usdView.describe("What lacks to the price; 0: it is paid, or nobody need pay it any more"),
    accepted_short_usd: usdView
      .nullable()
      .describe("How much less than the price the seller accepted; null: nobody did"),
    status: z.enum(orderStatuses),
    splits: z
      .array(
        z
          .object({
            payee_id: z.uuid(),
            share_bps: z.int(),
            fee_bps: z
              .int()
              .nullable()
              .describe("Fee terms that this payee had when the order was made; null: the order's"),
          })
          .meta({ id: "Split" }),
      )
      .describe("Who gets which part of what remains after the fee, in ten-thousandths"),
    fee: z
      .object({
        bps: z.int().describe("Ten-thousandths of what settles"),
        fixed: moneyView.nullable().describe("On top of that; null: nothing"),
      })
      .meta({ id: "Fee", description: "What the platform keeps" }),
    tolerance_bps: z.int().describe("How much less than the price still counts as paid, in ten-thousandths"),
    processor: z.string(),
    checkout_status: z
      .enum(["none", "pending", "ready", "rejected"])
      .describe("none: the order is paid straight on a chain"),
    checkout_url: z
      .string()
      .nullable()
      .describe(
        "Where to send the payer; null while the processor has not answered, and once the order is cancelled",
      ),
    checkout_error: z.string().nullable().describe("Why the processor refused; null: it did not"),
    metadata: metadataView,
    expires_at: timestampView,
    cancelled_at: timestampView.nullable().describe("null: it was not cancelled"),
    created_at: timestampView,
  })
  .meta({ id: "Order", description: "What a payer is asked to pay. Its terms never change." });

const quoteView = moneyView
  .extend({
    chain: z.string(),
    address: z.string().describe("Where to send exactly this amount"),
    exact_amount: z
      .boolean()
      .describe("The address is shared: only exactly this amount is known as this order's"),
    remaining: z
      .string()
      .nullable()
      .describe(
        "Of it, what is still to be sent at the price of this quote, rounded up; null: nothing, or only exactly `amount` is known as this order's",
      ),
    expires_at: timestampView.describe(
      "Until then this amount holds; later payments are valued when they arrive",
    ),
  })
  .meta({ id: "Quote", description: "What an order costs in one asset on its chain" });
const orderWithQuotesView = orderView
  .extend({
    overpaid: z
      .array(moneyView)
      .describe("What came beyond the price straight on a chain: kept for the payer, who may have it back"),
    refund_status: z
      .enum(["none", "partly_refunded", "refunded"])
      .describe(
        "What went back to the payer of what was paid; what is on its way does not count yet. An order of which a part was refunded stays paid",
      ),
    refunded_usd: usdView.describe(
      "Of `paid_usd`, or of what it was before: what went back, as valued when it was paid",
    ),
    overpaid_usd: usdView.describe(
      "What came beyond the price by whichever way, as valued when it came. At a processor it settles with the rest and is shared like it",
    ),
    direct_payment: z
      .array(quoteView)
      .describe("What the order costs on each chain where it may be paid directly"),
  })
  .meta({ id: "OrderWithQuotes", description: "An order, and what it costs where it may be paid directly" });

function presentRemaining(order: Order, quote: OrderQuote): string | null {
  const amount = remainingOf(order, quote, registry.get(quote.asset));
  return amount === null ? null : presentMoney({ asset: quote.asset, amount }).amount;
}

const presentQuote = (order: Order, quote: OrderQuote): z.output<typeof quoteView> => ({
  ...presentMoney(quote),
  remaining: presentRemaining(order, quote),
  chain: registry.get(quote.asset).chain,
  address: quote.address,
  exact_amount: quote.shared,
  expires_at: presentTime(quote.expiresAt),
});

const presentOrder = (order: Order): z.output<typeof orderView> => ({
  id: order.id,
  external_id: order.externalId,
  purpose: order.purpose,
  description: order.description,
  price_usd: formatUsd(order.priceUsdMicros),
  paid_usd: formatUsd(order.paidUsdMicros),
  remaining_usd: formatUsd(remainingUsdOf(order)),
  accepted_short_usd:
    order.acceptedUsdMicros === null ? null : formatUsd(order.priceUsdMicros - order.acceptedUsdMicros),
  status: order.status,
  splits: order.splits.map((split) => ({
    payee_id: split.payeeId,
    share_bps: split.weightBps,
    fee_bps: split.feeBps ?? null,
  })),
  fee: { bps: order.fee.bps, fixed: order.fee.fixed === null ? null : presentMoney(order.fee.fixed) },
  tolerance_bps: order.toleranceBps,
  processor: order.processor,
  checkout_status: order.checkout.status,
  checkout_url: order.status === "cancelled" ? null : order.checkout.url,
  checkout_error: order.checkout.error,
  metadata: { ...order.metadata },
  expires_at: presentTime(order.expiresAt),
  cancelled_at: order.cancelledAt === null ? null : presentTime(order.cancelledAt),
  created_at: presentTime(order.createdAt),
});

/** USD micros. What is less beyond a price is the rounding of an amount that somebody was told to send. */
const aCent = 10_000n;

/** The order with what it costs on chains, and what came beyond its price. */
function presentWhole(
  order: Order,
  quotes: readonly OrderQuote[],
  overpaid: readonly Overpaid[],
  refunded: RefundedOfOrder,
): z.output<typeof orderWithQuotesView> {
  const beyond = order.paidUsdMicros - order.priceUsdMicros;
  const paidBeyond = beyond < aCent ? 0n : beyond;
  const keptUsd = overpaid.reduce((sum, { usdMicros }) => sum + usdMicros, 0n);
  return {
    ...presentOrder(order),
    overpaid: overpaid.map(presentMoney),
    refund_status: refunded.status,
    refunded_usd: formatUsd(refunded.usdMicros),
    overpaid_usd: formatUsd(paidBeyond + keptUsd),
    direct_payment: quotes.map((quote) => presentQuote(order, quote)),
  };
}

const bps = z.int().min(0).max(10_000);

const body = z
  .strictObject({
    external_id: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("Yours. The same id with the same terms returns the first order."),
    purpose: z.string().trim().min(1).max(100).default("payment"),
    description: z.string().trim().min(1).max(500).default("Payment"),
    price_usd: positiveUsdSchema.describe("US dollars, 0.01 to 10000000"),
    splits: z
      .array(z.strictObject({ payee_id: z.uuid(), share_bps: z.int().min(1).max(10_000) }))
      .min(1)
      .max(50)
      .describe("Who gets which part of what remains after the fee; sums to 10000"),
    fee: z
      .strictObject({
        bps,
        fixed: positiveMoneySchema.nullable().default(null).describe("On top of that; null: nothing"),
      })
      .optional()
      .describe(
        "For every payee; the platform_fee setting, and a payee's own terms for their part, if left out",
      ),
    tolerance_bps: z
      .int()
      .min(0)
      .max(2_000)
      .optional()
      .describe("How much less than the price still counts as paid"),
    expires_in_minutes: z
      .int()
      .min(5)
      .max(525_600)
      .optional()
      .describe("The order_defaults setting if left out"),
    accept_assets: z
      .array(z.string().min(1).max(100))
      .max(30)
      .default([])
      .describe("Assets that may be paid straight on their chains, such as bnb-smart-chain:USDT"),
    checkout: z
      .boolean()
      .optional()
      .describe(
        "Whether the processor's checkout page is offered too; if left out, only where no asset is accepted directly",
      ),
    metadata: metadataSchema,
  })
  .meta({ id: "CreateOrder" });

type Given = z.output<typeof body>;

/** What is not given is as the settings say. */
async function create(
  deps: OrderDeps,
  given: Given,
  principal: Principal,
): Promise<z.output<typeof orderWithQuotesView>> {
  const { db } = deps;
  const defaults = await readOrderDefaults(db);
  const fee = given.fee ?? (await readPlatformFee(db));
  const ids = given.splits.map((split) => split.payee_id);
  const fees = given.fee === undefined ? await feesOf(db, ids) : new Map<string, number>();
  const { order, quotes } = await createOrder(deps, {
    externalId: given.external_id ?? null,
    purpose: given.purpose,
    description: given.description,
    priceUsdMicros: given.price_usd,
    splits: given.splits.map((split) => ({
      payeeId: split.payee_id,
      weightBps: split.share_bps,
      feeBps: fees.get(split.payee_id) ?? null,
    })),
    fee,
    toleranceBps: given.tolerance_bps ?? defaults.toleranceBps,
    expiresInMs:
      given.expires_in_minutes === undefined ? defaults.expiresInMs : given.expires_in_minutes * 60_000,
    acceptAssets: given.accept_assets,
    checkout: given.checkout ?? given.accept_assets.length === 0,
    metadata: given.metadata,
    requestedBy: principal.ref,
  });
  return presentWhole(order, quotes, await overpaidOn(db, order.id), await refundedOfOrder(db, order.id));
}

const creationProblems = [
  "invalid_price",
  "invalid_fee",
  "invalid_splits",
  "unknown_payee",
  "unknown_asset",
  "invalid_amount",
  "no_way_to_pay",
  "asset_not_accepted",
  "price_unavailable",
  "no_deposit_address",
  "no_deposit_amount",
] as const;

const createRoute = (deps: OrderDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/orders",
    operationId: "createOrder",
    scope: "orders:write",
    summary: "Create an order and its checkout page",
    body,
    success: { status: 201, body: orderWithQuotesView },
    problems: ["order_exists", ...creationProblems],
    handle: ({ body: given, principal }) => create(deps, given, principal),
  });

const list = listRoute({
  path: "/v1/orders",
  operationId: "listOrders",
  scope: "orders:read",
  summary: "List orders, newest first",
  filters: {
    status: z.enum(orderStatuses).optional(),
    external_id: filterSchemas.external_id,
    payee_id: filterSchemas.payee_id.describe("Who shares in it"),
    asset: filterSchemas.asset.describe("Accepted straight on its chain"),
    ...filterSchemas.created,
  },
  key: z.uuid(),
  item: orderView,
  read: listOrders,
  keyOf: ({ id }: Order) => id,
  present: presentOrder,
});

const getRoute = defineRoute({
  method: "GET",
  path: "/v1/orders/:id",
  operationId: "getOrder",
  scope: "orders:read",
  summary: "Read an order",
  params: z.object({ id: z.uuid() }),
  success: { status: 200, body: orderWithQuotesView },
  problems: ["not_found"],
  handle: ({ params: { id } }, { db }) => read(db, id),
});

async function read(db: Db, id: string): Promise<z.output<typeof orderWithQuotesView>> {
  const order = await findOrder(db, id);
  if (order === null) throw new DomainError("not_found", `There is no order ${id}.`);
  return presentWhole(order, await quotesOf(db, id), await overpaidOn(db, id), await refundedOfOrder(db, id));
}

/** What a payer sees of an order: nothing of who shares in it, of fees, or of the shop's own words. */
const publicOrderView = orderWithQuotesView
  .pick({
    id: true,
    description: true,
    price_usd: true,
    paid_usd: true,
    remaining_usd: true,
    status: true,
    refund_status: true,
    refunded_usd: true,
    checkout_status: true,
    checkout_url: true,
    direct_payment: true,
    expires_at: true,
    created_at: true,
  })
  .meta({ id: "PublicOrder", description: "An order, as its payer sees it" });

/** No fee, tolerance or expiry of a stranger's choice, and no external id, by which they would learn or take the shop's. */
const publicBody = body
  .pick({ description: true, price_usd: true, splits: true, accept_assets: true, checkout: true })
  .meta({ id: "CreatePublicOrder" });

const createPublicRoute = (deps: OrderDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/public/orders",
    operationId: "createPublicOrder",
    tag: "orders",
    scope: "orders:public",
    summary: "Create an order from a web page, by a publishable key",
    description:
      "Whoever visits the page can send what they like: before you deliver, read the order by a secret key and compare its price and splits with your own.",
    body: publicBody,
    success: { status: 201, body: publicOrderView },
    problems: creationProblems,
    handle: ({ body: given, principal }) =>
      create(deps, { ...given, purpose: "payment", metadata: {} }, principal),
  });

const getPublicRoute = defineRoute({
  method: "GET",
  path: "/v1/public/orders/:id",
  operationId: "getPublicOrder",
  tag: "orders",
  scope: "orders:public",
  summary: "Read from a web page how an order stands, by a publishable key",
  params: z.object({ id: z.uuid() }),
  success: { status: 200, body: publicOrderView },
  problems: ["not_found"],
  handle: ({ params: { id } }, { db }) => read(db, id),
});

const cancelRoute = (deps: OrderDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/orders/:id/cancel",
    operationId: "cancelOrder",
    scope: "orders:write",
    summary: "Withdraw an order of which nothing was paid; what comes all the same is a late payment",
    params: z.object({ id: z.uuid() }),
    success: { status: 200, body: orderView },
    problems: ["unknown_order", "order_not_cancellable"],
    async handle({ params: { id }, principal }) {
      const cause = { kind: "api", ref: principal.ref } as const;
      return presentOrder(await cancelOrder(deps, { orderId: id, cause }));
    },
  });

const acceptRoute = (deps: OrderDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/orders/:id/accept",
    operationId: "acceptOrder",
    scope: "orders:write",
    summary:
      "Take what was paid of an order as its whole price: the order is paid, the shares stay as they are",
    params: z.object({ id: z.uuid() }),
    success: { status: 200, body: orderView },
    problems: ["unknown_order", "order_not_underpaid", "order_refunded"],
    async handle({ params: { id }, principal }) {
      const cause = { kind: "api", ref: principal.ref } as const;
      await acceptOrder(deps, { orderId: id, cause });
      return presentOrder((await findOrder(deps.db, id))!);
    },
  });

/** They need nothing but the database. */
export const orderReads: readonly Route[] = [list, getRoute];

export const orderRoutes = (deps: OrderDeps): readonly Route[] => [
  createRoute(deps),
  ...orderReads,
  acceptRoute(deps),
  cancelRoute(deps),
  createPublicRoute(deps),
  getPublicRoute,
];
