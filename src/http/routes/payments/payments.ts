import { z } from "zod";
import { DomainError } from "../../../errors.ts";
import { explainPayment } from "../../../explain/index.ts";
import { formatUsd, registry } from "../../../money/index.ts";
import { earningsOf, type Earning } from "../../../earnings/index.ts";
import { findPayment, listPayments, type Payment } from "../../../payments/index.ts";
import {
  backfillNow,
  eventSources,
  eventStatuses,
  getEvent,
  listEvents,
  replayEvent,
  type StoredEvent,
} from "../../../intake/index.ts";
import { paymentExplanationView } from "../../explanation-views.ts";
import { filterSchemas, listRoute } from "../../list-route.ts";
import { defineRoute, type Route } from "../../route.ts";
import { moneyView, presentMoney, presentTime, timestampView, usdView, wholeNumber } from "../../schemas.ts";

const paymentStatuses = [
  "waiting",
  "confirming",
  "confirmed",
  "settled",
  "in_review",
  "rejected",
  "expired",
  "refunded",
  "reversed",
] as const;

const paymentView = z
  .object({
    id: z.uuid(),
    processor: z.string(),
    external_id: z.string().describe("Its id at the processor, or of the deposit"),
    part: z
      .int()
      .nonnegative()
      .describe(
        "0: as it first settled; 1 and on: what its processor later told of it beyond the parts before",
      ),
    parent_external_id: z.string().nullable().describe("Of the payment that this one completes; null: none"),
    order_id: z.uuid().nullable().describe("null: no order explains the money yet"),
    status: z.enum(paymentStatuses),
    review_reason: z.string().nullable().describe("Why a person must decide; null: nobody must"),
    processor_status: z.string().describe("The processor's own word"),
    invoiced: z
      .object({
        currency: z.string().nullable().describe("null: the processor does not say"),
        amount: z.string().nullable().describe("null: the processor does not say"),
      })
      .describe("What was asked, in the processor's words"),
    paid: z
      .object({ currency: z.string(), amount: z.string() })
      .describe("What the customer paid, in the processor's words"),
    paid_usd: usdView,
    settled: moneyView.nullable().describe("What came to us; null: not settled yet"),
    platform_fee: moneyView.nullable().describe("Of that, ours; null: not settled yet"),
    settled_usd: usdView
      .nullable()
      .describe("As observed when it settled; null: not settled, or no price was there"),
    settled_at: timestampView.nullable().describe("null: not settled yet"),
    arrival: z
      .enum(["none", "expected", "seen", "custody"])
      .describe("Whether its coins are in a wallet of ours"),
    settlement_hash: z
      .string()
      .nullable()
      .describe("The transaction that brought the coins; null: not seen yet"),
    created_at: timestampView,
    updated_at: timestampView,
  })
  .meta({ id: "Payment", description: "What one arrival of money was booked as" });

function presentPayment(payment: Payment): z.output<typeof paymentView> {
  const settled = (amount: bigint | null) =>
    payment.settled_asset === null || amount === null
      ? null
      : presentMoney({ asset: payment.settled_asset, amount });
  return {
    id: payment.id,
    processor: payment.processor,
    external_id: payment.external_id,
    part: payment.part,
    parent_external_id: payment.parent_external_id,
    order_id: payment.order_id,
    status: payment.status,
    review_reason: payment.review_reason,
    processor_status: payment.processor_status,
    invoiced: { currency: payment.price_currency, amount: payment.price_amount },
    paid: { currency: payment.paid_currency, amount: payment.paid_amount },
    paid_usd: formatUsd(payment.paid_usd_micros),
    settled: settled(payment.settled_amount),
    platform_fee: settled(payment.fee_amount),
    settled_usd: payment.settled_usd_micros === null ? null : formatUsd(payment.settled_usd_micros),
    settled_at: payment.settled_at === null ? null : presentTime(payment.settled_at),
    arrival: payment.arrival,
    settlement_hash: payment.settlement_hash,
    created_at: presentTime(payment.created_at),
    updated_at: presentTime(payment.updated_at),
  };
}

const earningView = z
  .object({
    id: z.uuid(),
    payee_id: z.uuid(),
    status: z.enum(["pending", "converting", "available", "held", "paid", "reversed"]),
    route: z.enum(["instant", "threshold"]),
    share: moneyView.describe("As received"),
    available: moneyView.nullable().describe("After the conversion; null: not converted yet"),
    conversion_id: z.uuid().nullable().describe("null: in no conversion"),
    payout_id: z.uuid().nullable().describe("null: in no payout"),
  })
  .meta({ id: "Earning", description: "One payee's part of one payment" });

const paymentWithEarningsView = paymentView
  .extend({ earnings: z.array(earningView) })
  .meta({ id: "PaymentWithEarnings", description: "A payment and everybody's part of it" });

const presentEarning = (earning: Earning): z.output<typeof earningView> => ({
  id: earning.id,
  payee_id: earning.payee_id,
  status: earning.status,
  route: earning.route,
  share: presentMoney(earning),
  available:
    earning.available_asset === null || earning.available_amount === null
      ? null
      : presentMoney({ asset: earning.available_asset, amount: earning.available_amount }),
  conversion_id: earning.conversion_id,
  payout_id: earning.payout_id,
});

const params = z.object({ id: z.uuid() });

const list = listRoute({
  path: "/v1/payments",
  operationId: "listPayments",
  scope: "payments:read",
  summary: "List payments, newest first",
  filters: {
    status: z.enum(paymentStatuses).optional(),
    order_id: filterSchemas.order_id,
    payee_id: filterSchemas.payee_id.describe("Who earned a share of it"),
    external_id: filterSchemas.external_id.describe("Its id at the processor, or of the deposit"),
    asset: filterSchemas.asset.describe("What it settled in"),
    hash: filterSchemas.transaction_hash.describe("Of the transaction that brought the coins"),
    ...filterSchemas.created,
  },
  key: z.uuid(),
  item: paymentView,
  read: listPayments,
  keyOf: ({ id }: Payment) => id,
  present: presentPayment,
});

const getRoute = defineRoute({
  method: "GET",
  path: "/v1/payments/:id",
  operationId: "getPayment",
  scope: "payments:read",
  summary: "Read a payment with its earnings",
  params,
  success: { status: 200, body: paymentWithEarningsView },
  problems: ["not_found"],
  async handle({ params: { id } }, { db }) {
    const payment = await findPayment(db, id);
    if (payment === null) throw new DomainError("not_found", `There is no payment ${id}.`);
    return { ...presentPayment(payment), earnings: (await earningsOf(db, id)).map(presentEarning) };
  },
});

const explainRoute = defineRoute({
  method: "GET",
  path: "/v1/payments/:id/explain",
  operationId: "explainPayment",
  scope: "payments:read",
  summary: "What became of a payment: fee, shares, conversions",
  params,
  success: { status: 200, body: paymentExplanationView },
  problems: ["unknown_payment"],
  handle: ({ params: { id } }, { db }) => explainPayment(db, registry, id),
});

const eventView = z
  .object({
    id: z.int(),
    processor: z.string(),
    source: z.enum(eventSources).describe("How it came: told to us, found in a list, or asked for"),
    received_at: timestampView,
    deliveries: z.int().describe("How often it came"),
    status: z.enum(eventStatuses),
    outcome: z.string().nullable().describe("What it led to; null: not processed yet"),
    payment_id: z.uuid().nullable().describe("null: it names no payment of ours"),
  })
  .meta({ id: "ProviderEvent", description: "What a payment processor told us, stored as it came" });

const presentEvent = (row: StoredEvent): z.output<typeof eventView> => ({
  ...row,
  received_at: presentTime(row.received_at),
});

/** The old path says less than it should: what it lists are providers' events. */
const formerPath = {
  tag: "provider-events",
  deprecated: true,
  description: "The former name of /v1/provider-events; it answers alike.",
} as const;
type Named = Pick<Route, "path" | "operationId"> & Partial<typeof formerPath>;

const listEventsRoute = (named: Named): Route =>
  listRoute({
    ...named,
    scope: "payments:read",
    summary: "List what payment processors told us, newest first",
    filters: {
      status: z.enum(eventStatuses).optional(),
      payment_id: z.uuid().optional(),
      received_from: filterSchemas.created.created_from,
      received_to: filterSchemas.created.created_to,
    },
    key: z.int(),
    item: eventView,
    read: listEvents,
    keyOf: ({ id }: StoredEvent) => id,
    present: presentEvent,
  });

const eventNumber = "must be the number of an event, such as 1042";
const eventParams = z.object({
  id: wholeNumber(z.int(eventNumber).min(1, eventNumber).max(999_999_999_999_999, eventNumber)),
});

const getEventRoute = defineRoute({
  method: "GET",
  path: "/v1/provider-events/:id",
  operationId: "getProviderEvent",
  scope: "payments:read",
  summary: "Read what a payment processor told us once",
  params: eventParams,
  success: { status: 200, body: eventView },
  problems: ["unknown_event"],
  async handle({ params: { id } }, { db }) {
    return presentEvent(await getEvent(db, id));
  },
});

const replayRoute = (named: Named): Route =>
  defineRoute({
    method: "POST",
    ...named,
    scope: "operations:write",
    summary: "Process a stored event again; harmless if it was processed before",
    params: eventParams,
    success: { status: 202, body: z.object({ event_id: z.int() }).meta({ id: "ReplayedEvent" }) },
    problems: ["unknown_event"],
    async handle({ params: { id } }, { db }) {
      await replayEvent(db, id);
      return { event_id: id };
    },
  });

const backfillRoute = defineRoute({
  method: "POST",
  path: "/v1/provider-events/backfill",
  operationId: "backfillProviderEvents",
  scope: "operations:write",
  summary: "Ask the processors now for what no notice told us; a worker does it",
  success: { status: 202, body: z.object({ queued: z.literal(true) }).meta({ id: "QueuedBackfill" }) },
  problems: [],
  async handle(_request, { db }) {
    await backfillNow(db);
    return { queued: true as const };
  },
});

export const paymentRoutes: readonly Route[] = [
  list,
  getRoute,
  explainRoute,
  listEventsRoute({ path: "/v1/provider-events", operationId: "listProviderEvents" }),
  getEventRoute,
  backfillRoute,
  replayRoute({ path: "/v1/provider-events/:id/replay", operationId: "replayProviderEvent" }),
  listEventsRoute({ path: "/v1/events", operationId: "listEvents", ...formerPath }),
  replayRoute({ path: "/v1/events/:id/replay", operationId: "replayEvent", ...formerPath }),
];
