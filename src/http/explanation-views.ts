import { z } from "zod";
import { moneyView, usdView } from "./schemas.ts";

const hashView = z.string().nullable();

/** One exchange at a swap provider, as src/explain tells it. */
export const explainedSwapView = z
  .object({
    provider: z.string().nullable().describe("null: none is chosen yet"),
    provider_id: z.string().nullable().describe("The exchange's id there; null: not opened yet"),
    status: z.string(),
    source: moneyView,
    quoted: moneyView.nullable().describe("null: nothing was quoted yet"),
    delivered: moneyView.nullable().describe("null: nothing was delivered yet"),
    quotes: z
      .array(
        z.object({
          provider: z.string(),
          target: moneyView.nullable().describe("null: it offered nothing"),
          withdrawal_fee: z.string().nullable().describe("In coins of the target; null: it named none"),
          problem: z.string().nullable().describe("Why it was not taken; null: it was"),
        }),
      )
      .describe("The offers compared"),
    alerts: z.array(z.string()).describe("What somebody was told about it"),
    provider_fees: z
      .object({ deposit: z.string(), withdrawal: z.string() })
      .nullable()
      .describe("null: the provider named none"),
    funding_hash: hashView.describe("Our transfer to the provider; null: not sent yet"),
    delivery_hash: hashView.describe("What it sent for it; null: nothing yet"),
    refund_hash: hashView.describe("What it sent back; null: nothing"),
  })
  .meta({ id: "ExplainedSwap", description: "One exchange at a swap provider, with its hashes" });

const explainedConversionView = z
  .object({
    conversion_id: z.uuid(),
    source: moneyView,
    target: moneyView.nullable().describe("What really arrived; null: nothing yet"),
    rate: z
      .string()
      .nullable()
      .describe(
        "Whole target coins for one whole source coin, cut after 12 digits; null: nothing arrived yet",
      ),
    weights: z.string().describe("What the shares are in proportion to"),
    remainder_rule: z.string().describe("Who gets the last units"),
    trigger: z.string().describe("Why it began"),
    swaps: z.array(explainedSwapView),
  })
  .meta({ id: "ExplainedConversion", description: "A conversion with its rate and swaps" });

const explainedPaymentView = z
  .object({
    payment_id: z.uuid(),
    order_id: z.uuid().nullable().describe("null: no order explains the money yet"),
    processor: z.string(),
    external_id: z.string().describe("The processor's own"),
    part: z.int().describe("0: as it first settled; 1 and on: what its processor told of it later"),
    status: z.string(),
    invoiced: z.object({
      currency: z.string().nullable().describe("null: it was not said"),
      amount: z.string().nullable().describe("null: it was not said"),
    }),
    paid_by_customer: z.object({ currency: z.string(), amount: z.string() }),
    settled: moneyView.nullable().describe("null: not settled"),
    settled_usd: usdView.nullable().describe("null: not settled, or there was no price"),
    settlement_hash: hashView.describe("What brought it to us; null: not known yet"),
  })
  .meta({ id: "ExplainedPayment", description: "A payment: asked, paid and settled" });

const explainedEarningView = z
  .object({
    earning_id: z.uuid(),
    payee_id: z.uuid(),
    status: z.string(),
    route: z.string(),
    share: moneyView.describe("As received"),
    available: moneyView.nullable().describe("After the conversion; null: not converted yet"),
    conversion_id: z.uuid().nullable().describe("null: in no conversion"),
    payout_id: z.uuid().nullable().describe("null: in no payout"),
    collected_for: z.uuid().nullable().describe("The earning whose refund it was kept for; null: none"),
    recoverable: z
      .object({ owed: moneyView, collected: moneyView, forgiven: moneyView })
      .nullable()
      .describe("Of what was paid and then refunded; null: it was not"),
  })
  .meta({ id: "ExplainedEarning", description: "One payee's part of a payment, and where it is" });

export const paymentExplanationView = z
  .object({
    payment: explainedPaymentView,
    platform_fee: moneyView.nullable().describe("Fee and shares sum to what settled; null: not settled"),
    earnings: z.array(explainedEarningView),
    conversions: z.array(explainedConversionView),
  })
  .meta({ id: "PaymentExplanation", description: "What became of a payment" });

const explainedAttemptView = z
  .object({
    seq: z.int(),
    route: z.string(),
    status: z.string(),
    outcome: z.string().nullable().describe("What ended it; null: it succeeded, or goes on"),
    transfer_hash: hashView.describe("Our transfer; null: not sent"),
    network_fee: moneyView.nullable().describe("null: not known yet"),
    swap: explainedSwapView.nullable().describe("null: it needs none"),
  })
  .meta({ id: "ExplainedAttempt", description: "One try of sending a payout" });

const explainedPartView = z
  .object({
    earning_id: z.uuid(),
    payment_id: z.uuid(),
    order_id: z.uuid().nullable().describe("null: the payment has none"),
    settled: moneyView.describe("What the payment settled to us"),
    platform_fee: moneyView,
    share: moneyView.describe("This payee's, as received"),
    conversion_id: z.uuid().nullable().describe("null: it needed no conversion"),
    amount: moneyView.describe("After the conversion"),
  })
  .meta({ id: "ExplainedPart", description: "One earning inside a payout, walked back to its payment" });

export const payoutExplanationView = z
  .object({
    payout_id: z.uuid(),
    payee_id: z.uuid(),
    status: z.string(),
    route: z.string(),
    amount: moneyView,
    destination: z.object({ asset: z.string(), address: z.string() }),
    delivered: moneyView.nullable().describe("null: not delivered yet"),
    transaction_hash: hashView.describe("What reached the payee; null: nothing yet"),
    attempts: z.array(explainedAttemptView),
    parts: z.array(explainedPartView),
    parts_total: moneyView.describe("Sum of the parts: always equal to `amount`"),
    conversions: z.array(explainedConversionView),
    payments: z.array(explainedPaymentView),
  })
  .meta({ id: "PayoutExplanation", description: "A payout walked back to the payments it pays for" });
