import { z } from "zod";
import { parseJson } from "../http-client.ts";
import { believableTime } from "../provider-time.ts";
import { amountSchema, decimalSchema, isPositive } from "../decimal.ts";
import type { Asset, AssetRegistry } from "../../money/index.ts";
import type { KnownCurrency } from "../currency-changes.ts";
import type { ProcessorPayment, ProcessorStatus } from "../port.ts";

/** NOWPayments' words for a payment, in ours. Source: their API documentation, "Payment statuses". */
const statusOf: ReadonlyMap<string, ProcessorStatus> = new Map([
  ["waiting", "waiting"],
  ["confirming", "confirming"],
  ["confirmed", "confirmed"],
  ["sending", "confirmed"], // being converted or sent to us: nothing is settled yet
  ["partially_paid", "partially_settled"],
  ["finished", "settled"],
  ["failed", "failed"],
  ["refunded", "refunded"],
  ["expired", "expired"], // a late deposit can still follow
  ["cancelled", "expired"],
  ["canceled", "expired"],
]);

/** A word we do not know is neither success nor failure: the payment waits and an operator is told. */
export const toProcessorStatus = (word: string): ProcessorStatus =>
  statusOf.get(word.toLowerCase()) ?? "unrecognised";

/**
 * Their flat tickers, which hide the network, to our asset ids. Never derived from a pattern: a ticker that is not
 * here has no asset, and its payment goes to a person.
 */
const assetIdOf: ReadonlyMap<string, string> = new Map([
  ["btc", "bitcoin:BTC"],
  ["eth", "ethereum:ETH"],
  ["usdterc20", "ethereum:USDT"],
  ["usdc", "ethereum:USDC"],
  ["dai", "ethereum:DAI"],
  ["bnbbsc", "bnb-smart-chain:BNB"],
  ["usdtbsc", "bnb-smart-chain:USDT"],
  ["usdcbsc", "bnb-smart-chain:USDC"],
  ["ethbsc", "bnb-smart-chain:ETH"],
  ["maticmainnet", "polygon-pos:POL"],
  ["usdtmatic", "polygon-pos:USDT"],
  ["usdcmatic", "polygon-pos:USDC"],
  ["ethbase", "base:ETH"],
  ["usdcbase", "base:USDC"],
  ["usdtarb", "arbitrum-one:USDT"],
  ["usdcarb", "arbitrum-one:USDC"],
  ["sol", "solana:SOL"],
  ["usdtsol", "solana:USDT"],
  ["usdcsol", "solana:USDC"],
  ["trx", "tron:TRX"],
  ["usdttrc20", "tron:USDT"],
  ["apt", "aptos:APT"],
  ["ton", "ton:TON"],
  ["usdtton", "ton:USDT"],
]);

/** Our assets by the tickers that are theirs. */
export const knownCurrencies = (registry: AssetRegistry): KnownCurrency[] =>
  [...assetIdOf].flatMap(([name, id]) => {
    const asset = registry.find(id);
    return asset === null ? [] : [{ asset, name, network: null }];
  });

/** A row of their full list. The contract is null or empty for native coins and for many that are not on EVM chains. */
export const currenciesSchema = z.object({
  currencies: z.array(
    z.object({
      code: z.string(),
      enable: z.boolean().nullish(),
      network: z.string().nullish(),
      smart_contract: z.string().nullish(),
    }),
  ),
});

export const knownTickers: readonly string[] = [...assetIdOf.keys()];

/** @returns null for a ticker, or an asset, that we do not know. */
export function assetOfTicker(ticker: string, registry: AssetRegistry): Asset | null {
  const id = assetIdOf.get(ticker.toLowerCase());
  return id === undefined ? null : registry.find(id);
}

/** Ids flip between number and string from one answer to the next; numbers arrive as text. */
const idSchema = z.string().min(1).max(100);
const optionalId = z
  .union([z.literal("").transform(() => null), idSchema])
  .nullish()
  .transform((id) => id ?? null);
const optionalText = z
  .string()
  .nullish()
  .transform((text) => (text === undefined || text === "" ? null : text));

export const paymentSchema = z.object({
  payment_id: idSchema,
  parent_payment_id: optionalId,
  invoice_id: optionalId,
  order_id: optionalText,
  payment_status: z.string().min(1).max(100),
  price_amount: amountSchema,
  price_currency: z.string().min(1),
  pay_amount: amountSchema,
  actually_paid: amountSchema.nullish().transform((text) => text ?? "0"),
  pay_currency: z.string().min(1),
  outcome_amount: decimalSchema.nullish(),
  outcome_currency: z.string().nullish(),
  payout_hash: optionalText,
  updated_at: z.string().nullish(),
});
type WirePayment = z.infer<typeof paymentSchema>;

/** Epoch milliseconds in events, ISO text in answers. A time we cannot read is no time. */
function toDate(text: string | null | undefined): Date | null {
  if (text === null || text === undefined) return null;
  const zoned =
    /^\d{4}-.*\d$/.test(text) && text.includes(":") && !/[+-]\d\d:?\d\d$/.test(text) ? `${text}Z` : text;
  const date = new Date(/^\d{11,14}$/.test(text) ? parseInt(text, 10) : zoned);
  return believableTime(date);
}

/**
 * Until the payment is settled the outcome is their estimate, and an estimate is not money. What they gave back after they had sent
 * its coins to us has the hash of that.
 */
function toSettled(
  wire: WirePayment,
  { status, settlementHash }: Pick<ProcessorPayment, "status" | "settlementHash">,
  registry: AssetRegistry,
): ProcessorPayment["settled"] {
  const { outcome_amount: amount, outcome_currency: currency } = wire;
  const sent = status === "settled" || status === "partially_settled";
  if (!sent && (status !== "refunded" || settlementHash === null)) return null;
  if (!amount || !currency || !isPositive(amount)) return null;
  return { currency, asset: assetOfTicker(currency, registry), amount };
}

export function toPayment(wire: WirePayment, registry: AssetRegistry): ProcessorPayment {
  const status = toProcessorStatus(wire.payment_status);
  // Funds kept in their custody carry a marker where the hash of a transfer would be.
  const inCustody = wire.payout_hash?.startsWith("partner_liability_tx_") ?? false;
  const settlementHash = inCustody || wire.payout_hash === "null" ? null : wire.payout_hash;
  return {
    externalId: wire.payment_id,
    parentExternalId: wire.parent_payment_id,
    invoiceId: wire.invoice_id,
    orderId: wire.order_id,
    status,
    rawStatus: wire.payment_status,
    price: { currency: wire.price_currency, amount: wire.price_amount },
    paid: {
      currency: wire.pay_currency,
      asset: assetOfTicker(wire.pay_currency, registry),
      asked: wire.pay_amount,
      arrived: wire.actually_paid,
    },
    settled: toSettled(wire, { status, settlementHash }, registry),
    settlementHash,
    inCustody,
    updatedAt: toDate(wire.updated_at),
  };
}

const otherEventSchema = z.object({
  id: idSchema,
  status: z.string().min(1).max(100),
  batch_withdrawal_id: optionalId,
});

/**
 * Reads an event whose signature has been checked. Payouts and custody transfers share the URL and the header.
 * @throws when it is none of the three.
 */
export function readEvent(
  text: string,
  registry: AssetRegistry,
): { kind: "payment"; payment: ProcessorPayment } | { kind: "other"; description: string } {
  const body = z.record(z.string(), z.unknown()).parse(parseJson(text));
  if (Object.hasOwn(body, "payment_id"))
    return { kind: "payment", payment: toPayment(paymentSchema.parse(body), registry) };
  const other = otherEventSchema.parse(body);
  const what =
    other.batch_withdrawal_id === null ? "transfer" : `payout of batch ${other.batch_withdrawal_id}`;
  return { kind: "other", description: `${what} ${other.id}: ${other.status}` };
}
