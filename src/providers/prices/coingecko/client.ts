import type { Clock } from "../../../clock.ts";
import type { CircuitBreaker } from "../../circuit-breaker.ts";
import { createHttpClient, requireSecret, type HttpRequest } from "../../http-client.ts";
import { pricesSchema } from "./mapping.ts";

export interface CoingeckoClient {
  /** What they say of these coins, by their id. @throws {ProviderError} */
  prices(ids: readonly string[], signal: AbortSignal): Promise<Readonly<Record<string, unknown>>>;
}

/** Free and paid keys travel under different names, and neither works on the other's host. */
const keyHeader = (baseUrl: string): string =>
  baseUrl.includes("//pro-api.") ? "x-cg-pro-api-key" : "x-cg-demo-api-key";

export function createCoingeckoClient(options: {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}): CoingeckoClient {
  const apiKey = options.apiKey ? requireSecret("The CoinGecko API key", options.apiKey) : null;
  const http = createHttpClient({
    provider: "coingecko",
    baseUrl: options.baseUrl,
    headers: apiKey === null ? {} : { [keyHeader(options.baseUrl)]: apiKey },
    secrets: apiKey === null ? [] : [apiKey],
    clock: options.clock,
    timeoutMs: options.timeoutMs,
    fetch: options.fetch,
    circuit: options.circuit,
  });
  return {
    async prices(ids, signal) {
      const request: HttpRequest = {
        operation: "prices",
        method: "GET",
        path: "/simple/price",
        query: {
          ids: ids.join(","),
          vs_currencies: "usd",
          include_last_updated_at: "true",
          precision: "full",
        },
      };
      return http.read(pricesSchema, request, await http.send(request, signal));
    },
  };
}
