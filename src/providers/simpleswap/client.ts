import type { Clock } from "../../clock.ts";
import type { ProviderError } from "../../errors.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import {
  createHttpClient,
  requireSecret,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
} from "../http-client.ts";
import { readErrorMessage, toReason } from "./mapping.ts";

export interface SimpleswapClient {
  /** @throws {ProviderError} anything but a success. */
  ask(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
  readonly read: HttpClient["read"];
}

/** @param options.baseUrl with the version: `https://api.simpleswap.io/v3`. */
export function createSimpleswapClient(options: {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}): SimpleswapClient {
  const apiKey = requireSecret("The SimpleSwap API key", options.apiKey);
  const http = createHttpClient({
    provider: "simpleswap",
    baseUrl: options.baseUrl,
    headers: { "x-api-key": apiKey },
    secrets: [apiKey],
    clock: options.clock,
    timeoutMs: options.timeoutMs,
    fetch: options.fetch,
    circuit: options.circuit,
  });

  function toRefusal(request: HttpRequest, response: HttpResponse): ProviderError {
    const { status, text } = response;
    const message = status >= 400 && status < 500 && status !== 429 ? readErrorMessage(text) : null;
    if (message !== null) {
      const reason = toReason(status, message, request.operation === "status");
      return http.refusal(request, response, { reason, message });
    }
    // A 404 page of somebody in between says nothing about an exchange.
    return status === 404
      ? http.refusal(request, response, { reason: "endpoint_missing" })
      : http.refusal(request, response);
  }

  return {
    async ask(request, signal) {
      const response = await http.send(request, signal);
      if (response.status < 200 || response.status > 299) throw toRefusal(request, response);
      return response;
    },
    read: http.read,
  };
}
