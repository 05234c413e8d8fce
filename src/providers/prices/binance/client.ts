import type { Clock } from "../../../clock.ts";
import type { CircuitBreaker } from "../../circuit-breaker.ts";
import { createHttpClient, parseJsonOrNull, type HttpRequest } from "../../http-client.ts";
import { codeOf, refusalOf, tickersSchema, type TickerRow } from "./mapping.ts";

export interface BinanceClient {
  /** What they say of these symbols; one they do not list, or do not trade now, is left out. @throws {ProviderError} */
  tickers(symbols: readonly string[], signal: AbortSignal): Promise<readonly TickerRow[]>;
}

const invalidSymbol = "-1121";

export function createBinanceClient(options: {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}): BinanceClient {
  const http = createHttpClient({
    provider: "binance",
    baseUrl: options.baseUrl,
    headers: {},
    secrets: [],
    clock: options.clock,
    timeoutMs: options.timeoutMs,
    fetch: options.fetch,
    circuit: options.circuit,
  });

  async function tickers(symbols: readonly string[], signal: AbortSignal): Promise<readonly TickerRow[]> {
    const request: HttpRequest = {
      operation: "tickers",
      method: "GET",
      path: "/api/v3/ticker/24hr", // the plain price has no time, and a halted symbol keeps its last one for ever
      query: { symbols: JSON.stringify(symbols), type: "MINI", symbolStatus: "TRADING" },
    };
    const response = await http.send(request, signal);
    if (response.status === 200) return http.read(tickersSchema, request, response);
    if (response.status !== 400 || codeOf(parseJsonOrNull(response.text)) !== invalidSymbol)
      throw http.refusal(request, response, refusalOf(response.status));
    if (symbols.length <= 1) return [];
    // One symbol they no longer list refuses the whole question, and they do not say which.
    return (await Promise.all(symbols.map((symbol) => tickers([symbol], signal)))).flat();
  }
  return { tickers };
}
