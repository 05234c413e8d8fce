import type { Clock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import { formatUnits, type AssetRegistry } from "../../money/index.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import { parseJson, type HttpRequest } from "../http-client.ts";
import type { CreatedSwap, CreateSwap, ProviderSwap, SwapPair, SwapProvider, SwapQuote } from "../port.ts";
import { outcomeOf } from "../submission.ts";
import { requireMatch, sameAddress, toDate, toSourceAmount, toUnits } from "../swap-answer.ts";
import { createSimpleswapClient, type SimpleswapClient } from "./client.ts";
import { createCurrencyList, type CurrencyList } from "./currency-list.ts";
import * as wire from "./mapping.ts";

const name = "simpleswap";

export interface SimpleswapOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly registry: AssetRegistry;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}

interface Parts {
  readonly client: SimpleswapClient;
  readonly list: CurrencyList;
}

/** `type` so that it can be spread into a query. */
type PairNames = { tickerFrom: string; networkFrom: string; tickerTo: string; networkTo: string };

async function namesOf(
  { list }: Parts,
  pair: SwapPair,
  operation: string,
  signal: AbortSignal,
): Promise<PairNames> {
  const from = await list.resolve(pair.source, operation, signal);
  const to = await list.resolve(pair.target, operation, signal);
  return {
    tickerFrom: from.ticker,
    networkFrom: from.network,
    tickerTo: to.ticker,
    networkTo: to.network,
  };
}

const isFixed = ({ flow }: Pick<SwapPair, "flow">): boolean => flow === "fixed-rate";

const refuse = (operation: string, reason: string, details = {}): ProviderError =>
  new ProviderError({ provider: name, operation, failure: "rejected", reason }, details);

async function limits(parts: Parts, pair: SwapPair, signal: AbortSignal) {
  const names = await namesOf(parts, pair, "limits", signal);
  const request: HttpRequest = {
    operation: "limits",
    method: "GET",
    path: "/ranges",
    query: { ...names, fixed: String(isFixed(pair)), reverse: "false" },
  };
  const { client } = parts;
  const { result } = client.read(wire.rangeSchema, request, await client.ask(request, signal));
  return {
    min: toUnits(result.min, pair.source, "up") ?? 0n,
    max: toUnits(result.max, pair.source, "down"),
  };
}

async function quote(parts: Parts, pair: SwapPair, amount: bigint, signal: AbortSignal): Promise<SwapQuote> {
  const names = await namesOf(parts, pair, "quote", signal);
  const request: HttpRequest = {
    operation: "quote",
    method: "GET",
    path: "/estimates",
    query: {
      ...names,
      amount: formatUnits(amount, pair.source.decimals),
      fixed: String(isFixed(pair)),
      reverse: "false",
    },
  };
  const response = await parts.client.ask(request, signal);
  const { result } = parts.client.read(wire.estimateSchema, request, response);
  const raw = { raw: response.text };
  const targetAmount = toUnits(result.estimatedAmount, pair.target, "down") ?? 0n;
  if (targetAmount === 0n) throw refuse("quote", "amount_too_small", raw);
  if (isFixed(pair) && result.rateId === null) throw refuse("quote", "fixed_rate_unavailable", raw);
  return {
    sourceAmount: amount,
    targetAmount,
    rateId: isFixed(pair) ? result.rateId : null,
    validUntil: toDate(result.validUntil),
    fees: { deposit: "0", withdrawal: "0" }, // they tell none: all are inside the amount
    raw: parseJson(response.text),
  };
}

function requireSendable(create: CreateSwap): void {
  if (!isFixed(create)) return;
  // Without its rate a "fixed-rate" exchange would float (F74).
  if (!create.rateId) throw refuse("create", "rate_expired");
  // They answer 500 to it, and a 500 leaves it open whether an exchange was made.
  if (create.memo !== null) throw refuse("create", "fixed_rate_unavailable");
}

const toCreateBody = (create: CreateSwap, names: PairNames): string =>
  JSON.stringify({
    fixed: isFixed(create),
    ...names,
    amount: formatUnits(create.amount, create.source.decimals),
    reverse: false,
    addressTo: create.address,
    extraIdTo: create.memo ?? "",
    userRefundAddress: create.refundAddress,
    userRefundExtraId: "",
    rateId: isFixed(create) ? create.rateId : null,
  });

const pairChecks = (told: Partial<Record<keyof PairNames, string | null>>, asked: PairNames) => ({
  tickerFrom: [told.tickerFrom?.toLowerCase(), asked.tickerFrom] as const,
  networkFrom: [told.networkFrom?.toLowerCase(), asked.networkFrom] as const,
  tickerTo: [told.tickerTo?.toLowerCase(), asked.tickerTo] as const,
  networkTo: [told.networkTo?.toLowerCase(), asked.networkTo] as const,
});

async function createSwap(parts: Parts, create: CreateSwap, signal: AbortSignal) {
  return outcomeOf<CreatedSwap>(async () => {
    requireSendable(create);
    const names = await namesOf(parts, create, "create", signal);
    const body = toCreateBody(create, names);
    const request: HttpRequest = { operation: "create", method: "POST", path: "/exchanges", body };
    const response = await parts.client.ask(request, signal);
    const { result } = parts.client.read(wire.createdSchema, request, response);
    const differs = (told: string | null, asked: string, asset: CreateSwap["source"]) =>
      told !== null && sameAddress(asset, told, asked) ? null : told;
    requireMatch(
      name,
      { request, response },
      {
        ...pairChecks(result, names),
        type: [result.type, isFixed(create) ? "fixed" : "floating"],
        addressTo: [differs(result.addressTo, create.address, create.target), create.address],
        userRefundAddress: [
          differs(result.userRefundAddress, create.refundAddress, create.source),
          create.refundAddress,
        ],
      },
    );
    const providerId = wire.idOf(result);
    if (providerId === null)
      throw new ProviderError(
        { provider: name, operation: "create", failure: "unknown", reason: "malformed_answer" },
        { problem: "neither id nor publicId", raw: response.text },
      );
    const value: CreatedSwap = {
      providerId,
      payinAddress: result.addressFrom,
      payinMemo: result.extraIdFrom,
      sourceAmount: toSourceAmount(result.amountFrom, create.amount, create.source),
      expectedTargetAmount: toUnits(result.amountTo, create.target, "down") ?? 0n,
      validUntil: toDate(result.validUntil),
    };
    return { value, raw: parseJson(response.text) };
  });
}

async function status(
  client: SimpleswapClient,
  asked: { providerId: string; pair: Pick<SwapPair, "source" | "target"> },
  signal: AbortSignal,
): Promise<ProviderSwap | null> {
  const path = `/exchanges/${encodeURIComponent(asked.providerId)}`;
  const request: HttpRequest = { operation: "status", method: "GET", path };
  try {
    const response = await client.ask(request, signal);
    const answer = client.read(wire.exchangeSchema, request, response);
    const { result } = answer;
    const { source, target } = asked.pair;
    const isIt = [result.id, result.publicId].includes(asked.providerId);
    requireMatch(
      name,
      { request, response },
      {
        id: [isIt ? null : wire.idOf(result), asked.providerId],
        networkFrom: [result.networkFrom?.toLowerCase(), wire.networkOf(source) ?? ""],
        networkTo: [result.networkTo?.toLowerCase(), wire.networkOf(target) ?? ""],
      },
    );
    const raw = parseJson(response.text) as { result: object; traceId?: unknown };
    return wire.toSwap(answer, asked, { ...raw.result, traceId: raw.traceId });
  } catch (error) {
    if (error instanceof ProviderError && error.reason === "not_found") return null;
    throw error;
  }
}

/**
 * SimpleSwap as a swap provider. It has no idempotency key, no field for our reference and no look-up by it: after an
 * unknown create, leave the orphan unfunded (it costs nothing) and create again.
 * @throws {DomainError} `invalid_configuration` an empty key, or a base URL that is none.
 */
export function createSimpleswap(options: SimpleswapOptions): SwapProvider {
  const { registry, clock } = options;
  const client = createSimpleswapClient(options);
  const parts: Parts = { client, list: createCurrencyList(client, { clock, registry }) };

  return {
    name,
    knows: ({ source, target }) =>
      source.id !== target.id &&
      [source, target].every((asset) => registry.find(asset.id) !== null && wire.networkOf(asset) !== null),
    limits: (pair, signal) => limits(parts, pair, signal),
    quote: (pair, amount, signal) => quote(parts, pair, amount, signal),
    create: (request, signal) => createSwap(parts, request, signal),
    status: (providerId, { source, target }, signal) =>
      status(client, { providerId, pair: { source, target } }, signal),
    currencyChanges: (signal) => parts.list.changes(signal),
    async checkHealth(signal) {
      const query = {
        tickerFrom: "eth",
        networkFrom: "eth",
        tickerTo: "btc",
        networkTo: "btc",
        fixed: "false",
        reverse: "false",
      };
      const request: HttpRequest = { operation: "check_health", method: "GET", path: "/ranges", query };
      try {
        await client.ask(request, signal);
      } catch (error) {
        // A pair that rests is an answer, and the key was good for it.
        if (!(error instanceof ProviderError) || error.reason !== "pair_inactive") throw error;
      }
    },
  };
}
