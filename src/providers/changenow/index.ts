import type { z } from "zod";
import type { Clock } from "../../clock.ts";
import { InvariantViolation, ProviderError } from "../../errors.ts";
import { formatUnits, type AssetRegistry } from "../../money/index.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import { parseJson, type HttpRequest, type HttpResponse } from "../http-client.ts";
import type { CreatedSwap, CreateSwap, ProviderSwap, SwapPair, SwapProvider, SwapQuote } from "../port.ts";
import { outcomeOf } from "../submission.ts";
import { requireMatch, sameAddress, toDate, toSourceAmount, toUnits } from "../swap-answer.ts";
import { createChangenowClient, type ChangenowClient } from "./client.ts";
import { createCurrencyList, type CurrencyList, type Warn } from "./currency-list.ts";
import * as wire from "./mapping.ts";

const name = "changenow";

export interface ChangenowOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly registry: AssetRegistry;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
  /** Told when a token is used without the live list's word. */
  readonly warn?: Warn;
}

interface Parts {
  readonly client: ChangenowClient;
  readonly list: CurrencyList;
}

/** `type` so that it can be spread into a query. */
type PairNames = { fromCurrency: string; fromNetwork: string; toCurrency: string; toNetwork: string };

async function namesOf(
  parts: Parts,
  pair: SwapPair,
  operation: string,
  signal: AbortSignal,
): Promise<PairNames> {
  const from = await parts.list.resolve(pair.source, operation, signal);
  const to = await parts.list.resolve(pair.target, operation, signal);
  return {
    fromCurrency: from.ticker,
    fromNetwork: from.network,
    toCurrency: to.ticker,
    toNetwork: to.network,
  };
}

const pairChecks = (told: z.infer<typeof wire.pairSchema>, asked: PairNames) => ({
  fromCurrency: [told.fromCurrency?.toLowerCase(), asked.fromCurrency] as const,
  fromNetwork: [told.fromNetwork?.toLowerCase(), asked.fromNetwork] as const,
  toCurrency: [told.toCurrency?.toLowerCase(), asked.toCurrency] as const,
  toNetwork: [told.toNetwork?.toLowerCase(), asked.toNetwork] as const,
});

async function limits(parts: Parts, pair: SwapPair, signal: AbortSignal) {
  const { client } = parts;
  const names = await namesOf(parts, pair, "limits", signal);
  const query = { ...names, flow: pair.flow };
  let request: HttpRequest = { operation: "limits", method: "GET", path: "/exchange/range", query };
  let response: HttpResponse;
  try {
    response = await client.ask(request, signal);
  } catch (error) {
    // The range is for keys they have enabled it for; the minimum is for every key.
    if (!(error instanceof ProviderError) || error.details["status"] !== 401) throw error;
    request = { ...request, path: "/exchange/min-amount" };
    response = await client.ask(request, signal);
  }
  const answer = client.read(wire.limitsSchema, request, response);
  requireMatch(name, { request, response }, pairChecks(answer, names));
  return {
    min: toUnits(answer.minAmount, pair.source, "up") ?? 0n,
    max: toUnits(answer.maxAmount, pair.source, "down"),
  };
}

async function quote(parts: Parts, pair: SwapPair, amount: bigint, signal: AbortSignal): Promise<SwapQuote> {
  const names = await namesOf(parts, pair, "quote", signal);
  const request: HttpRequest = {
    operation: "quote",
    method: "GET",
    path: "/exchange/estimated-amount",
    query: {
      ...names,
      flow: pair.flow,
      type: "direct",
      fromAmount: formatUnits(amount, pair.source.decimals),
      ...(pair.flow === "fixed-rate" ? { useRateId: "true" } : {}),
    },
  };
  const response = await parts.client.ask(request, signal, { amount, source: pair.source });
  const answer = parts.client.read(wire.estimateSchema, request, response);
  requireMatch(name, { request, response }, { ...pairChecks(answer, names), flow: [answer.flow, pair.flow] });
  const refuse = (reason: string) =>
    new ProviderError(
      { provider: name, operation: "quote", failure: "rejected", reason },
      { raw: response.text },
    );
  const targetAmount = toUnits(answer.toAmount, pair.target, "down") ?? 0n;
  if (targetAmount === 0n) throw refuse("amount_too_small");
  if (pair.flow === "fixed-rate" && answer.rateId === null) throw refuse("fixed_rate_unavailable");
  return {
    sourceAmount: toSourceAmount(answer.fromAmount, amount, pair.source),
    targetAmount,
    rateId: pair.flow === "fixed-rate" ? answer.rateId : null,
    validUntil: toDate(answer.validUntil),
    fees: { deposit: answer.depositFee ?? "0", withdrawal: answer.withdrawalFee ?? "0" },
    raw: parseJson(response.text),
  };
}

function toCreateBody(create: CreateSwap, names: PairNames): string {
  return JSON.stringify({
    ...names,
    fromAmount: formatUnits(create.amount, create.source.decimals),
    toAmount: "",
    address: create.address,
    extraId: create.memo ?? "",
    refundAddress: create.refundAddress,
    refundExtraId: "",
    flow: create.flow,
    type: "direct",
    rateId: create.flow === "fixed-rate" ? create.rateId : "",
    payload: { reference: create.reference },
  });
}

function requireSendable(create: CreateSwap): void {
  if (create.reference.length > 64)
    throw new InvariantViolation(
      "reference_too_long",
      "ChangeNOW keeps at most 64 characters of a reference.",
    );
  // Without its rate a "fixed-rate" exchange would float (F74).
  if (create.flow === "fixed-rate" && !create.rateId)
    throw new ProviderError({
      provider: name,
      operation: "create",
      failure: "rejected",
      reason: "rate_expired",
    });
}

async function createSwap(parts: Parts, create: CreateSwap, signal: AbortSignal) {
  return outcomeOf<CreatedSwap>(async () => {
    requireSendable(create);
    const names = await namesOf(parts, create, "create", signal);
    const body = toCreateBody(create, names);
    const request: HttpRequest = { operation: "create", method: "POST", path: "/exchange", body };
    const response = await parts.client.ask(request, signal, create);
    const answer = parts.client.read(wire.createdSchema, request, response);
    const samePayout =
      answer.payoutAddress !== null && sameAddress(create.target, answer.payoutAddress, create.address);
    const sameRefund =
      answer.refundAddress !== null && sameAddress(create.source, answer.refundAddress, create.refundAddress);
    requireMatch(
      name,
      { request, response },
      {
        ...pairChecks(answer, names),
        flow: [answer.flow, create.flow],
        payoutAddress: [samePayout ? null : answer.payoutAddress, create.address],
        refundAddress: [sameRefund ? null : answer.refundAddress, create.refundAddress],
      },
    );
    const value: CreatedSwap = {
      providerId: answer.id,
      payinAddress: answer.payinAddress,
      payinMemo: answer.payinExtraId,
      sourceAmount: toSourceAmount(answer.fromAmount, create.amount, create.source),
      expectedTargetAmount: toUnits(answer.toAmount, create.target, "down") ?? 0n,
      validUntil: toDate(answer.validUntil),
    };
    return { value, raw: parseJson(response.text) };
  });
}

async function status(
  client: ChangenowClient,
  providerId: string,
  pair: Pick<SwapPair, "source" | "target">,
  signal: AbortSignal,
): Promise<ProviderSwap | null> {
  const request: HttpRequest = {
    operation: "status",
    method: "GET",
    path: "/exchange/by-id",
    query: { id: providerId },
  };
  try {
    const response = await client.ask(request, signal);
    const answer = client.read(wire.exchangeSchema, request, response);
    const [from, to] = [wire.tickerOfAsset(pair.source), wire.tickerOfAsset(pair.target)];
    requireMatch(
      name,
      { request, response },
      {
        id: [answer.id, providerId],
        fromNetwork: [answer.fromNetwork?.toLowerCase(), from?.network ?? ""],
        fromCurrency: [answer.fromCurrency?.toLowerCase(), from?.ticker ?? ""],
        toNetwork: [answer.toNetwork?.toLowerCase(), to?.network ?? ""],
        toCurrency: [answer.toCurrency?.toLowerCase(), to?.ticker ?? ""],
      },
    );
    return wire.toSwap(answer, pair, parseJson(response.text));
  } catch (error) {
    if (error instanceof ProviderError && error.reason === "not_found") return null;
    throw error;
  }
}

/**
 * ChangeNOW as a swap provider. It has no idempotency key and no look-up by our own reference: after an unknown
 * create, leave the orphan unfunded (it costs nothing) and create again.
 * @throws {DomainError} `invalid_configuration` an empty key, or a base URL that is none.
 */
export function createChangenow(options: ChangenowOptions): SwapProvider {
  const { registry, clock, warn = () => {} } = options;
  const client = createChangenowClient(options);
  const parts: Parts = { client, list: createCurrencyList(client, { clock, registry, warn }) };

  return {
    name,
    knows: ({ source, target }) =>
      source.id !== target.id &&
      [source, target].every(
        (asset) => registry.find(asset.id) !== null && wire.tickerOfAsset(asset) !== null,
      ),
    limits: (pair, signal) => limits(parts, pair, signal),
    quote: (pair, amount, signal) => quote(parts, pair, amount, signal),
    create: (request, signal) => createSwap(parts, request, signal),
    status: (providerId, pair, signal) => status(client, providerId, pair, signal),
    currencyChanges: (signal) => parts.list.changes(signal),
    async checkHealth(signal) {
      const query = {
        fromCurrency: "eth",
        fromNetwork: "eth",
        toCurrency: "usdt",
        toNetwork: "eth",
        flow: "standard",
      };
      const request: HttpRequest = {
        operation: "check_health",
        method: "GET",
        path: "/exchange/min-amount",
        query,
      };
      try {
        await client.ask(request, signal);
      } catch (error) {
        // A pair that rests is an answer, and the key was good for it.
        if (!(error instanceof ProviderError) || error.reason !== "pair_inactive") throw error;
      }
    },
  };
}
