import { z } from "zod";
import { networks } from "../../chains/networks.ts";
import type { Asset } from "../../money/index.ts";
import { amountSchema } from "../decimal.ts";
import { parseJsonOrNull } from "../http-client.ts";
import type { ProviderSwap, ProviderSwapStatus, SwapPair } from "../port.ts";
import { optionalAmount, optionalText, toUnits } from "../swap-answer.ts";

/** A currency of theirs is a pair: `usdt` alone is ambiguous. */
export interface Ticker {
  readonly ticker: string;
  readonly network: string;
}

/** Chains to their networks, each with the ticker of its native coin. A token's ticker is in their list only. */
const nativeOf: ReadonlyMap<string, Ticker> = new Map([
  ["bitcoin", { ticker: "btc", network: "btc" }],
  ["ton", { ticker: "ton", network: "ton" }],
  ...networks.flatMap(({ name, providerNames: { simpleswap } }) =>
    simpleswap ? [[name, { ticker: simpleswap.nativeTicker, network: simpleswap.network }] as const] : [],
  ),
]);

export const networkOf = (asset: Asset): string | null => nativeOf.get(asset.chain)?.network ?? null;

/** Null for a token, and for a chain we have no name of theirs for. */
export const nativeTicker = (asset: Asset): Ticker | null =>
  asset.contract === null ? (nativeOf.get(asset.chain) ?? null) : null;

/** Their words for an exchange, in ours. Source: the statuses that three public clients of API v3 agree on. */
const statusOf: ReadonlyMap<string, ProviderSwapStatus> = new Map([
  ["waiting", "waiting"],
  ["confirming", "confirming"],
  ["exchanging", "exchanging"],
  ["sending", "sending"],
  ["verifying", "on_hold"], // their checks
  ["finished", "delivered"],
  ["failed", "failed"],
  ["refunded", "refunded"],
  ["expired", "expired"],
]);

/** A word we do not know is neither success nor failure. */
export const toSwapStatus = (word: string): ProviderSwapStatus =>
  statusOf.get(word.toLowerCase()) ?? "unrecognised";

const errorSchema = z
  .object({
    error: z.string().optional().catch(undefined),
    message: z.string().optional().catch(undefined),
    description: z.string().optional().catch(undefined),
  })
  .refine(({ error, message, description }) => error ?? message ?? description);

/** The most telling sentence of their error body; null when it is none of theirs. */
export function readErrorMessage(text: string): string | null {
  const body = errorSchema.safeParse(parseJsonOrNull(text));
  if (!body.success) return null;
  const { description, message, error } = body.data;
  return [description, message, error].find((said) => said) ?? null;
}

/** Their codes repeat the status, so that only the sentence tells which side of the range an amount is on. */
function sideOfRange(message: string): string {
  if (/minim|less than|too (small|low)|below/i.test(message)) return "amount_too_small";
  if (/maxim|more than|greater|exceed|too (large|high)|above/i.test(message)) return "amount_too_large";
  return "amount_out_of_range";
}

function reasonOfBadRequest(message: string): string {
  if (!/address/i.test(message)) return "invalid_request";
  return /refund/i.test(message) ? "invalid_refund_address" : "invalid_address";
}

/**
 * Our word for their refusal; undefined where the status says it all.
 * @param aboutExchange whether one exchange was asked for, so that a 404 means that exchange and no currency.
 */
export function toReason(status: number, message: string, aboutExchange: boolean): string | undefined {
  if (status === 400) return reasonOfBadRequest(message);
  if (status === 422) return sideOfRange(message);
  if (status !== 404) return undefined;
  if (/^cannot (get|post)/i.test(message)) return "endpoint_missing";
  return aboutExchange ? "not_found" : "pair_inactive";
}

const answerOf = <T extends z.ZodRawShape>(shape: T) =>
  z.object({ result: z.object(shape), traceId: z.string().nullish() });

export const rangeSchema = answerOf({ min: amountSchema, max: optionalAmount });

export const estimateSchema = answerOf({
  estimatedAmount: amountSchema,
  rateId: optionalText,
  validUntil: optionalText,
});

const names = {
  id: z.string().min(1).max(100).nullish(),
  publicId: z.string().min(1).max(100).nullish(),
  tickerFrom: z.string().nullish(),
  networkFrom: z.string().nullish(),
  tickerTo: z.string().nullish(),
  networkTo: z.string().nullish(),
};

export const createdSchema = answerOf({
  ...names,
  type: z.string().nullish(),
  amountFrom: amountSchema,
  amountTo: amountSchema,
  addressFrom: z.string().min(1),
  extraIdFrom: optionalText,
  addressTo: optionalText,
  userRefundAddress: optionalText,
  validUntil: optionalText,
});

export const exchangeSchema = answerOf({
  ...names,
  status: z.string().min(1).max(100),
  amountFrom: optionalAmount,
  amountTo: optionalAmount,
  txFrom: optionalText,
  txTo: optionalText,
});

export const currenciesSchema = z.object({
  result: z.array(
    z.object({ ticker: z.string(), network: z.string(), contractAddress: z.string().nullish() }),
  ),
});

/** The id to ask by: answers carry one of the two names, or both. */
export const idOf = (exchange: { id?: string | null; publicId?: string | null }): string | null =>
  exchange.id ?? exchange.publicId ?? null;

export function toSwap(
  wire: z.infer<typeof exchangeSchema>,
  asked: { providerId: string; pair: Pick<SwapPair, "source" | "target"> },
  raw: unknown,
): ProviderSwap {
  const { result } = wire;
  const { source, target } = asked.pair;
  const status = toSwapStatus(result.status);
  // Both amounts are what was agreed until the coins have moved.
  const received = result.txFrom !== null;
  const refunded = status === "refunded";
  return {
    providerId: asked.providerId,
    status,
    rawStatus: result.status,
    sourceAmount: received ? toUnits(result.amountFrom, source, "down") : null,
    targetAmount: status === "delivered" ? toUnits(result.amountTo, target, "down") : null,
    payinHash: result.txFrom,
    payoutHash: refunded ? null : result.txTo,
    // They have no field for a refund. Should its hash stand here, the chain confirms it; any other one, the chain denies.
    refundHash: refunded ? result.txTo : null,
    refundAmount: null,
    actionsAvailable: false,
    raw,
  };
}
