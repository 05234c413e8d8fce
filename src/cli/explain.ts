import { Command } from "commander";
import {
  explain,
  type ConversionExplanation,
  type ExplainedEarning,
  type Explanation,
  type OrderExplanation,
  type PaymentExplanation,
  type PayoutExplanation,
} from "../explain/index.ts";
import { registry } from "../money/index.ts";
import { facts, print, table, toJson } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

type Amount = PayoutExplanation["amount"];
type Conversion = PayoutExplanation["conversions"][number];
type Swap = Conversion["swaps"][number];
type Payment = PaymentExplanation["payment"];

const text = (amount: Amount | null): string => (amount === null ? "–" : `${amount.amount} ${amount.asset}`);
const indent = (lines: string): string => lines.replaceAll(/^(?=.)/gm, "  ");

export const explainCommand = (): Command =>
  new Command("explain")
    .description("Walk an order, payment, earning, conversion, payout or hash through fees, rates and hashes")
    .argument("<id>", "id of one of these, or the hash of a transaction that paid, funded or brought one")
    .option("--json", "one JSON document: a list, because a hash may have paid several")
    .action((id: string, { json }: { json?: boolean }) =>
      withDatabase(async ({ db }) => {
        const found = await explain(db, registry, id);
        print(json ? toJson(found) : found.map(describe).join("\n\n"));
      }),
    );

function describe(found: Explanation): string {
  switch (found.kind) {
    case "payout":
      return describePayout(found.explanation);
    case "payment":
      return describePayment(found.explanation);
    case "order":
      return describeOrder(found.explanation);
    case "conversion":
      return describeConversionWhole(found.explanation);
    case "earning": {
      const { payment, earning, conversions } = found.explanation;
      return [headOf(payment), earningsOf([earning]), ...conversions.map(describeConversion)].join("\n\n");
    }
  }
}

function describeOrder({ payments, ...order }: OrderExplanation): string {
  const head = facts([
    ["order", order.order_id],
    ...(order.external_id === null ? [] : [["yours", order.external_id] as const]),
    ["status", order.status],
    ["price", `${order.price_usd} USD, ${order.paid_usd} USD paid`],
  ]);
  return [head, ...payments.map((payment) => indent(describePayment(payment)))].join("\n\n");
}

const describePayment = ({ payment, platform_fee: fee, earnings, conversions }: PaymentExplanation): string =>
  [headOf(payment, fee), earningsOf(earnings), ...conversions.map(describeConversion)].join("\n\n");

const headOf = (payment: Payment, fee?: Amount | null): string =>
  facts([
    ["payment", payment.payment_id],
    [
      "from",
      `${payment.processor} ${payment.external_id}${payment.part === 0 ? "" : `, rest ${payment.part}: told to have settled beyond what came before`}`,
    ],
    ["status", payment.status],
    ["invoiced", `${payment.invoiced.amount ?? "–"} ${payment.invoiced.currency ?? ""}`.trimEnd()],
    ["paid", `${payment.paid_by_customer.amount} ${payment.paid_by_customer.currency}`],
    [
      "settled",
      `${text(payment.settled)}${payment.settled_usd === null ? "" : ` (≈ ${payment.settled_usd} USD)`}`,
    ],
    ...(fee === undefined ? [] : [["our fee", text(fee)] as const]),
    ["by", payment.settlement_hash ?? "–"],
  ]);

const earningsOf = (earnings: readonly ExplainedEarning[]): string =>
  [
    table([
      ["earning", "payee", "status", "share", "available"],
      ...earnings.map((earning) => [
        earning.earning_id,
        earning.payee_id,
        earning.status,
        text(earning.share),
        text(earning.available),
      ]),
    ]),
    ...earnings.flatMap(({ earning_id: id, collected_for: of, recoverable: owed }) => [
      ...(owed === null
        ? []
        : [
            `  ${id} was paid and refunded: ${text(owed.owed)} owed back, ${text(owed.collected)} collected, ${text(owed.forgiven)} forgiven`,
          ]),
      ...(of === null ? [] : [`  ${id} was kept for what earning ${of} owed back`]),
    ]),
  ].join("\n");

function describePayout(payout: PayoutExplanation): string {
  return [
    facts([
      ["payout", payout.payout_id],
      ["status", `${payout.status}, ${payout.route}`],
      ["amount", text(payout.amount)],
      ["to", `${payout.destination.address} (${payout.destination.asset})`],
      ["delivered", text(payout.delivered)],
      ["by", payout.transaction_hash ?? "–"],
      ...payout.attempts.map(
        (attempt) =>
          [
            `attempt ${attempt.seq}`,
            `${attempt.route}, ${attempt.status}, network fee ${text(attempt.network_fee)}, sent by ${attempt.transfer_hash ?? "–"}`,
          ] as const,
      ),
    ]),
    table([
      ["payment", "settled", "our fee", "share", "in this payout"],
      ...payout.parts.map((part) => [
        part.payment_id,
        text(part.settled),
        text(part.platform_fee),
        text(part.share),
        text(part.amount),
      ]),
      ["sum", "", "", "", text(payout.parts_total)],
    ]),
    ...payout.conversions.map(describeConversion),
  ].join("\n\n");
}

const describeConversionWhole = ({ conversion, status, earnings }: ConversionExplanation): string =>
  [describeConversion(conversion), `It is ${status}.`, earningsOf(earnings)].join("\n\n");

const describeConversion = (conversion: Conversion): string =>
  [
    facts([
      ["conversion", conversion.conversion_id],
      ["turned", `${text(conversion.source)} → ${text(conversion.target)} at ${conversion.rate ?? "–"}`],
      ["because", conversion.trigger],
      ["shared by", `${conversion.weights}. ${conversion.remainder_rule}`],
    ]),
    ...conversion.swaps.map((swap) => indent(describeSwap(swap))),
  ].join("\n");

const describeSwap = (swap: Swap): string =>
  facts([
    ["swap", `${swap.provider ?? "–"} ${swap.provider_id ?? "–"}, ${swap.status}`],
    ["quoted", text(swap.quoted)],
    ["delivered", text(swap.delivered)],
    ["funded by", swap.funding_hash ?? "–"],
    ["delivered by", swap.delivery_hash ?? "–"],
    ...swap.quotes.map(
      (quote) => ["offer", `${quote.provider}: ${text(quote.target)}, ${quote.problem ?? "taken"}`] as const,
    ),
  ]);
