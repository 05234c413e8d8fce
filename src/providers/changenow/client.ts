import type { Clock } from "../../clock.ts";
import type { ProviderError } from "../../errors.ts";
import type { Asset } from "../../money/index.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import {
  createHttpClient,
  requireSecret,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
} from "../http-client.ts";
import { readRefusal } from "./mapping.ts";

export interface ChangenowClient {
  /**
   * @param about the amount the request carries, to tell which side of a range refused it.
   * @throws {ProviderError} anything but a success.
   */
  ask(
    request: HttpRequest,
    signal: AbortSignal,
    about?: { amount: bigint; source: Asset },
  ): Promise<HttpResponse>;
  readonly read: HttpClient["read"];
}

/** @param options.baseUrl with the version: `https://api.changenow.io/v2`. */
export function createChangenowClient(options: {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}): ChangenowClient {
  const apiKey = requireSecret("The ChangeNOW API key", options.apiKey);
  const http = createHttpClient({
    provider: "changenow",
    baseUrl: options.baseUrl,
    headers: { "x-changenow-api-key": apiKey },
    secrets: [apiKey],
    clock: options.clock,
    timeoutMs: options.timeoutMs,
    fetch: options.fetch,
    circuit: options.circuit,
  });

  function toRefusal(
    request: HttpRequest,
    response: HttpResponse,
    about: { amount: bigint; source: Asset } | undefined,
  ): ProviderError {
    const body =
      response.status >= 400 && response.status < 500 && response.status !== 429
        ? readRefusal(response.text, about?.amount ?? null, about?.source ?? null)
        : null;
    if (body === null) {
      // A 404 page of somebody in between says nothing about an exchange.
      return response.status === 404
        ? http.refusal(request, response, { reason: "endpoint_missing" })
        : http.refusal(request, response);
    }
    const details = { providerCode: body.code, range: body.range };
    if (body.refusal !== undefined)
      return http.refusal(request, response, {
        ...body.refusal,
        message: body.message || body.code,
        details,
      });
    // "unknown_error" promises nothing, a code we never saw promises what its status does.
    if (body.code !== "unknown_error")
      return http.refusal(request, response, { reason: reasonFor(response), details });
    const failure = request.method === "POST" ? "unknown" : "retryable";
    return http.refusal(request, response, { reason: "provider_unsure", failure, details });
  }

  return {
    async ask(request, signal, about) {
      const response = await http.send(request, signal);
      if (response.status < 200 || response.status > 299) throw toRefusal(request, response, about);
      return response;
    },
    read: http.read,
  };
}

const reasonFor = (response: HttpResponse): string =>
  response.status === 401 || response.status === 403 ? "unauthorized" : "refused";
