import { z } from "zod";
import { findNetwork } from "../../chains/networks.ts";
import type { ProviderFailure } from "../../errors.ts";
import { parseProviderUnits, type Asset } from "../../money/index.ts";
import { amountSchema } from "../decimal.ts";
import { parseJsonOrNull } from "../http-client.ts";
import type { ProviderSwap, ProviderSwapStatus, SwapPair } from "../port.ts";
import { optionalAmount, optionalText, toUnits } from "../swap-answer.ts";

/** A currency of theirs is a pair: `usdt` alone is ambiguous. */
export interface Ticker {
  readonly ticker: string;
  readonly network: string;
  /**
   * "pinned": seen in a snapshot of their list, so it may be used while the live list is out of reach.
   * "live": only when the live list has it with our contract.
   */
  readonly trust: "pinned" | "live";
}

type OwnTicker = Omit<Ticker, "network">;
const pinned = (ticker: string): OwnTicker => ({ ticker, trust: "pinned" });
const live = (ticker: string): OwnTicker => ({ ticker, trust: "live" });

/** Our asset ids to their tickers. Source: snapshot of their live list; the rest is used only as the list confirms it. */
const tickers: ReadonlyMap<string, OwnTicker> = new Map([
  ["bitcoin:BTC", pinned("btc")],
  ["ethereum:ETH", pinned("eth")],
  ["ethereum:USDT", pinned("usdt")],
  ["ethereum:USDC", pinned("usdc")],
  ["ethereum:DAI", live("dai")],
  ["ethereum:WBTC", live("wbtc")],
  ["bnb-smart-chain:BNB", pinned("bnb")],
  ["bnb-smart-chain:USDT", pinned("usdt")],
  ["bnb-smart-chain:USDC", pinned("usdc")],
  ["polygon-pos:POL", pinned("matic")],
  ["polygon-pos:USDT", pinned("usdt")],
  ["polygon-pos:USDC", pinned("usdc")],
  ["arbitrum-one:ETH", pinned("eth")],
  ["arbitrum-one:USDT", pinned("usdt")],
  ["arbitrum-one:USDC", pinned("usdc")],
  ["base:ETH", pinned("eth")],
  ["base:USDC", pinned("usdc")],
  ["base:USDT", live("usdt")],
  ["solana:SOL", pinned("sol")],
  ["solana:USDT", pinned("usdt")],
  ["solana:USDC", pinned("usdc")],
  ["tron:TRX", pinned("trx")],
  ["tron:USDT", pinned("usdt")],
  ["tron:USDC", pinned("usdc")],
  ["ton:TON", pinned("ton")],
  ["aptos:APT", live("apt")],
]);

/** Their names of the chains that we only know assets of. */
const otherNetworks: ReadonlyMap<string, string> = new Map([
  ["bitcoin", "btc"],
  ["ton", "ton"],
]);

const networkOf = (chain: string): string | undefined =>
  findNetwork(chain)?.providerNames.changenow ?? otherNetworks.get(chain);

export function tickerOfAsset(asset: Asset): Ticker | null {
  const [ticker, network] = [tickers.get(asset.id), networkOf(asset.chain)];
  return ticker && network !== undefined ? { ...ticker, network } : null;
}

export const knownAssetIds: readonly string[] = [...tickers.keys()];

/** Their words for an exchange, in ours. Source: API v2 documentation; "expired" is told by their own clients. */
const statusOf: ReadonlyMap<string, ProviderSwapStatus> = new Map([
  ["new", "waiting"],
  ["waiting", "waiting"],
  ["confirming", "confirming"],
  ["exchanging", "exchanging"],
  ["sending", "sending"],
  ["verifying", "on_hold"], // their checks; can take days
  ["finished", "delivered"],
  ["failed", "failed"], // may still go on while actions are available
  ["refunded", "refunded"],
  ["expired", "expired"], // a later deposit can revive it
]);

/** A word we do not know is neither success nor failure. */
export const toSwapStatus = (word: string): ProviderSwapStatus =>
  statusOf.get(word.toLowerCase()) ?? "unrecognised";

interface Refusal {
  readonly reason: string;
  readonly failure: ProviderFailure;
}

const refused = (reason: string): Refusal => ({ reason, failure: "rejected" });

/** Their error codes, in our words. Source: API v2 documentation, error tables. */
const refusalOf: ReadonlyMap<string, Refusal> = new Map([
  ["deposit_too_small", refused("amount_too_small")],
  ["out_of_range", refused("amount_out_of_range")],
  ["max_amount_exceeded", refused("amount_too_large")],
  ["pair_is_inactive", refused("pair_inactive")], // also said of some amounts that are merely too low
  ["fixed_rate_not_enabled", refused("fixed_rate_unavailable")],
  ["rate_id_not_found_or_expired", refused("rate_expired")],
  ["not_valid_params", refused("invalid_request")],
  ["bad_params", refused("invalid_request")],
  ["not_valid_address", refused("invalid_address")],
  ["not_valid_refund_address", refused("invalid_refund_address")],
  ["user_not_found", refused("invalid_request")],
  ["page_not_found", refused("endpoint_missing")],
  ["unauthorized", refused("unauthorized")],
  ["invalid_api_key", refused("unauthorized")],
  ["forbidden", refused("unauthorized")],
  ["not_found", refused("not_found")],
  ["not_available", refused("not_available")],
]);

const rangeSchema = z.object({ min: amountSchema.nullish(), max: amountSchema.nullish() });
const errorSchema = z.object({
  error: z.string(),
  message: z.string().catch(""),
  range: rangeSchema.optional().catch(undefined),
  payload: z.object({ range: rangeSchema }).optional().catch(undefined),
});

export interface ProviderRefusal {
  readonly code: string;
  /** Undefined for a code we do not know. */
  readonly refusal: Refusal | undefined;
  readonly message: string;
  /** Decimal text in the source coin, where they tell it. */
  readonly range: { readonly min?: string | null; readonly max?: string | null } | null;
}

/** @param asked the amount the request carried, decimal text, to tell on which side of the range it fell. */
export function readRefusal(
  text: string,
  asked: bigint | null,
  source: Asset | null,
): ProviderRefusal | null {
  const body = errorSchema.safeParse(parseJsonOrNull(text));
  if (!body.success) return null;
  const { error: code, message } = body.data;
  const range = body.data.payload?.range ?? body.data.range ?? null;
  const refusal = refusalOf.get(code);
  if (code !== "out_of_range") return { code, refusal, message, range };
  return { code, refusal: refused(sideOfRange(message, range, asked, source)), message, range };
}

/** The range where they tell it; else the wording of the message, misspelling included. */
function sideOfRange(
  message: string,
  range: ProviderRefusal["range"],
  asked: bigint | null,
  source: Asset | null,
): string {
  if (range && asked !== null && source) {
    if (range.min && asked < parseProviderUnits(range.min, source.decimals, "up")) return "amount_too_small";
    if (range.max && asked > parseProviderUnits(range.max, source.decimals, "down"))
      return "amount_too_large";
  }
  if (/less the[nm] minimal|less than|too small|below/i.test(message)) return "amount_too_small";
  if (/greater|more the[nm] maximal|more than|exceed|too large|above/i.test(message))
    return "amount_too_large";
  return "amount_out_of_range";
}

/** Their names of the pair, in every answer. */
export const pairSchema = z.object({
  fromCurrency: z.string().nullish(),
  fromNetwork: z.string().nullish(),
  toCurrency: z.string().nullish(),
  toNetwork: z.string().nullish(),
});

export const limitsSchema = pairSchema.extend({ minAmount: amountSchema, maxAmount: optionalAmount });

export const estimateSchema = pairSchema.extend({
  flow: z.string().nullish(),
  rateId: optionalText,
  validUntil: optionalText,
  depositFee: optionalAmount,
  withdrawalFee: optionalAmount,
  fromAmount: optionalAmount,
  toAmount: amountSchema,
});

export const createdSchema = pairSchema.extend({
  id: z.string().min(1).max(100),
  flow: z.string().nullish(),
  fromAmount: amountSchema,
  toAmount: amountSchema,
  payinAddress: z.string().min(1),
  payinExtraId: optionalText,
  payoutAddress: optionalText,
  refundAddress: optionalText,
  validUntil: optionalText,
});

/** Amounts and hashes are null until they exist (F66), and null is not missing (F23). */
export const exchangeSchema = pairSchema.extend({
  id: z.string().min(1),
  status: z.string().min(1).max(100),
  actionsAvailable: z.boolean().nullish(),
  amountFrom: optionalAmount,
  amountTo: optionalAmount,
  payinHash: optionalText,
  payoutHash: optionalText,
  refundHash: optionalText,
  refundAmount: optionalAmount,
});

export const currenciesSchema = z.array(
  z.object({ ticker: z.string(), network: z.string(), tokenContract: z.string().nullish() }),
);

export function toSwap(
  wire: z.infer<typeof exchangeSchema>,
  pair: Pick<SwapPair, "source" | "target">,
  raw: unknown,
): ProviderSwap {
  return {
    providerId: wire.id,
    status: toSwapStatus(wire.status),
    rawStatus: wire.status,
    sourceAmount: toUnits(wire.amountFrom, pair.source, "down"),
    targetAmount: toUnits(wire.amountTo, pair.target, "down"),
    payinHash: wire.payinHash,
    payoutHash: wire.payoutHash,
    refundHash: wire.refundHash,
    refundAmount: toUnits(wire.refundAmount, pair.source, "down"),
    actionsAvailable: wire.actionsAvailable ?? false,
    raw,
  };
}
