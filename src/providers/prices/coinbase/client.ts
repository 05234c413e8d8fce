import type { Clock } from "../../../clock.ts";
import type { CircuitBreaker } from "../../circuit-breaker.ts";
import { createHttpClient, parseJsonOrNull, type HttpRequest } from "../../http-client.ts";
import { notListedSchema, tickerSchema } from "./mapping.ts";

export interface CoinbaseClient {
  /** The last trade of a product ("ETH-USD"); `null`: they have no such product. @throws {ProviderError} */
  ticker(product: string, signal: AbortSignal): Promise<unknown>;
}

export function createCoinbaseClient(options: {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}): CoinbaseClient {
  const http = createHttpClient({
    provider: "coinbase",
    baseUrl: options.baseUrl,
    headers: { "user-agent": "spillway" }, // they refuse who has none
    secrets: [],
    clock: options.clock,
    timeoutMs: options.timeoutMs,
    fetch: options.fetch,
    circuit: options.circuit,
  });
  return {
    async ticker(product, signal) {
      const request: HttpRequest = {
        operation: "ticker",
        method: "GET",
        path: `/products/${product}/ticker`,
      };
      const response = await http.send(request, signal);
      const isUnlisted =
        response.status === 404 && notListedSchema.safeParse(parseJsonOrNull(response.text)).success;
      return isUnlisted ? null : http.read(tickerSchema, request, response);
    },
  };
}
