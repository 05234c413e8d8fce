import { z } from "zod";
import { readStatement, statementCsv } from "../../../statements/index.ts";
import { statementPage } from "../../pages/statement-page.ts";
import { defineRoute, type Route } from "../../route.ts";
import { moneyView, timestampSchema, timestampView, usdView } from "../../schemas.ts";

const positionView = {
  pending: z.string().describe("Earned, not converted yet"),
  available: z.string().describe("Can be paid out"),
  held: z.string().describe("In a payout under way"),
  recoverable: z.string().describe("Owed back to us"),
};

const worth = usdView.nullable().describe("null: nobody told a price then");
const rateView = z.string().nullable().describe("Whole coins for one whole coin, cut after 12 digits");

const aboutView = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("earning"),
      earning_id: z.uuid(),
      payment_id: z.uuid(),
      order_id: z.uuid().nullable().describe("null: no order asked for it"),
      settled: moneyView.describe("What the payment settled to us"),
      platform_fee: moneyView.describe("Our fee of it"),
      usd: worth.describe("The earning's value when it settled; null: nobody told a price then"),
    }),
    z.object({
      kind: z.literal("conversion"),
      conversion_id: z.uuid(),
      source: moneyView.describe("Of all who were in it"),
      target: moneyView.nullable().describe("What arrived; null: not yet"),
      rate: rateView,
      delivery_hashes: z.array(z.string()),
      usd: worth.describe("The payee's part when its payments settled; null: not all were observed"),
    }),
    z.object({
      kind: z.literal("payout"),
      payout_id: z.uuid(),
      status: z.string(),
      route: z.string(),
      amount: moneyView,
      destination: z.object({ asset: z.string(), address: z.string() }),
      delivered: moneyView.nullable().describe("What reached the payee; null: not yet, or not told"),
      rate: rateView,
      transaction_hash: z.string().nullable().describe("That brought it; null: nothing yet"),
      usd: worth.describe("When its way was planned; null: nobody told a price then"),
    }),
  ])
  .meta({ id: "MovementSource" });

const statementView = z
  .object({
    payee_id: z.uuid(),
    payee_name: z.string(),
    from: timestampView.describe("What was booked until this moment is in the opening balance"),
    to: timestampView.describe("What was booked until this moment is in the closing balance"),
    assets: z.array(
      z.object({
        asset: z.string(),
        opening: z.object(positionView),
        movements: z.array(
          z.object({
            entry_id: z.uuid().describe("In the ledger"),
            at: timestampView.describe("When it was booked"),
            reason: z.string().describe("The ledger's word: payment_settled"),
            ...positionView,
            about: aboutView.nullable().describe("null: the ledger's word says it"),
          }),
        ),
        closing: z
          .object(positionView)
          .describe("As the ledger has it: the opening balance and all movements"),
      }),
    ),
  })
  .meta({ id: "Statement", description: "What was booked for a payee in a period, one part an asset" });

const earliest = "1970-01-01T00:00:00.000Z";

/** What was booked for a payee in a period. */
export const statementRoute: Route = defineRoute({
  method: "GET",
  path: "/v1/payees/:id/statement",
  operationId: "getStatement",
  scope: "payees:read",
  summary:
    "What was booked for a payee in a period: earnings, conversions and payouts, from balance to balance",
  description:
    "JSON, or a table (`Accept: text/csv`) or a page to be printed (`Accept: text/html`). The closing balance is the ledger's own, at any cut.",
  params: z.object({ id: z.uuid() }),
  query: z.object({
    from: timestampSchema
      .default(() => new Date(earliest))
      .describe("What was booked until then is the opening balance; left out: from the beginning"),
    to: timestampSchema.optional().describe("What was booked until then is in it; left out: now"),
  }),
  success: { status: 200, body: statementView },
  also: [
    { type: "text/csv", write: (statement) => statementCsv(statement) },
    { type: "text/html", write: statementPage },
  ],
  problems: ["not_found", "period_invalid"],
  handle: ({ params, query }, { db, clock }) => {
    const now = clock.now();
    return readStatement(db, params.id, { from: query.from, to: query.to ?? now }, now);
  },
});
