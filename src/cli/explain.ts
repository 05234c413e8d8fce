import { Command } from "commander";
import { explain, type Explanation, type PayoutExplanation } from "../explain/index.ts";
import { registry } from "../money/index.ts";
import { print, table, toJson } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

type Amount = PayoutExplanation["amount"];
const text = (amount: Amount | null): string => (amount === null ? "–" : `${amount.amount} ${amount.asset}`);

export const explainCommand = (): Command =>
  new Command("explain")
    .description("Walk a payout, payment or earning through fees, rates and hashes")
    .argument("<id>", "id of a payout, payment or earning")
    .option("--json", "one JSON document")
    .action((id: string, { json }: { json?: boolean }) =>
      withDatabase(async ({ db }) => {
        const found = await explain(db, registry, id);
        print(json ? toJson(found.explanation) : describe(found));
      }),
    );

function describe(found: Explanation): string {
  if (found.kind === "payout") return describePayout(found.explanation);
  const { payment, conversions } = found.explanation;
  const earnings = found.kind === "payment" ? found.explanation.earnings : [found.explanation.earning];
  return [
    `Payment ${payment.payment_id} (${payment.processor} ${payment.external_id}): ${payment.status}`,
    `  invoiced ${payment.invoiced.amount} ${payment.invoiced.currency}, customer paid ${payment.paid_by_customer.amount} ${payment.paid_by_customer.currency}`,
    `  settled ${text(payment.settled)}${payment.settled_usd === null ? "" : ` (≈ ${payment.settled_usd} USD)`}`,
    ...(found.kind === "payment" ? [`  platform fee ${text(found.explanation.platform_fee)}`] : []),
    "",
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
    ...describeConversions(conversions),
  ].join("\n");
}

function describePayout(payout: PayoutExplanation): string {
  return [
    `Payout ${payout.payout_id}: ${text(payout.amount)}, ${payout.status}, ${payout.route}`,
    `  to ${payout.destination.address} (${payout.destination.asset}), delivered ${text(payout.delivered)}`,
    `  transaction ${payout.transaction_hash ?? "–"}`,
    ...payout.attempts.map(
      (attempt) =>
        `  attempt ${attempt.seq}: ${attempt.route}, ${attempt.status}, sent by ${attempt.transfer_hash ?? "–"}, network fee ${text(attempt.network_fee)}`,
    ),
    "",
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
    ...describeConversions(payout.conversions),
  ].join("\n");
}

const describeConversions = (conversions: PayoutExplanation["conversions"]): string[] =>
  conversions.flatMap((conversion) => [
    "",
    `Conversion ${conversion.conversion_id}: ${text(conversion.source)} → ${text(conversion.target)} at ${conversion.rate ?? "–"}`,
    `  shares by ${conversion.weights}. ${conversion.remainder_rule}`,
    ...conversion.swaps.flatMap((swap) => [
      `  swap ${swap.provider ?? "–"} ${swap.provider_id ?? "–"}: ${swap.status}, quoted ${text(swap.quoted)}, delivered ${text(swap.delivered)}, funded by ${swap.funding_hash ?? "–"}, delivered by ${swap.delivery_hash ?? "–"}`,
      ...swap.quotes.map(
        (quote) => `    offered by ${quote.provider}: ${text(quote.target)}, ${quote.problem ?? "taken"}`,
      ),
    ]),
  ]);
