import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import {
  createHttpClient,
  parseJsonOrNull,
  requireSecret,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
} from "../http-client.ts";

export interface NowpaymentsCredentials {
  /** With the version: `https://api.nowpayments.io/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** The account's login: only listing payments needs it. */
  readonly email?: string;
  readonly password?: string;
  /** Never sent; here only so that it is cut out of whatever comes back. */
  readonly ipnSecret: string;
}

export interface NowpaymentsClient {
  /** @throws {ProviderError} anything but a success. */
  ask(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
  /** With the login's token; a refused token is renewed once. @throws {ProviderError} */
  askSignedIn(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
  readonly canSignIn: boolean;
  readonly read: HttpClient["read"];
}

/** Their token lives five minutes. */
const tokenKeptMs = 240_000;

/** Their error codes, in our words. Source: API documentation and recorded answers. */
const reasonOf: ReadonlyMap<string, string> = new Map([
  ["INVALID_REQUEST_PARAMS", "invalid_request"],
  ["AMOUNT_MINIMAL_ERROR", "amount_too_small"],
  ["BAD_CREATE_WITHDRAWAL_REQUEST", "invalid_request"],
  ["BAD_REQUEST", "invalid_request"],
  ["INVALID_API_KEY", "unauthorized"],
  ["AUTH_REQUIRED", "unauthorized"],
  ["NOT_FOUND", "not_found"],
  ["CURRENCY_UNAVAILABLE", "currency_unavailable"],
]);

const errorSchema = z.object({ code: z.string().catch(""), message: z.string().catch("") });

/** What their error body says; a body that is none (HTML, empty) leaves it to the status. */
function toRefusal(http: HttpClient, request: HttpRequest, response: HttpResponse): ProviderError {
  const body = errorSchema.safeParse(parseJsonOrNull(response.text));
  const known = body.success && response.status >= 400 && response.status < 500 ? body.data : null;
  const reason = known ? reasonOf.get(known.code) : undefined;
  if (known === null || reason === undefined || response.status === 429) {
    // An unknown id answers 404 in JSON; a 404 page of somebody in between says nothing about the id.
    return response.status === 404
      ? http.refusal(request, response, { reason: "endpoint_missing" })
      : http.refusal(request, response);
  }
  return http.refusal(request, response, { reason, message: known.message || reason });
}

export function createNowpaymentsClient(
  credentials: NowpaymentsCredentials,
  outside: {
    clock: Clock;
    timeoutMs?: number;
    fetch?: typeof globalThis.fetch;
    circuit?: CircuitBreaker;
  },
): NowpaymentsClient {
  const { clock, timeoutMs, fetch, circuit } = outside;
  const apiKey = requireSecret("The NOWPayments API key", credentials.apiKey);
  const { email, password } = credentials;
  const http = createHttpClient({
    provider: "nowpayments",
    baseUrl: credentials.baseUrl,
    headers: { "x-api-key": apiKey },
    secrets: [apiKey, credentials.ipnSecret.trim(), password ?? ""],
    clock,
    timeoutMs,
    fetch,
    circuit,
  });
  let token: { value: string; until: number } | null = null;

  async function ask(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const response = await http.send(request, signal);
    if (response.status < 200 || response.status > 299) throw toRefusal(http, request, response);
    return response;
  }

  async function signIn(signal: AbortSignal): Promise<string> {
    if (token !== null && token.until > clock.now().getTime()) return token.value;
    const body = JSON.stringify({ email, password });
    const request: HttpRequest = {
      operation: "sign_in",
      method: "POST",
      path: "/auth",
      body,
      changesNothing: true,
    };
    const answer = http.read(
      z.object({ token: z.string().regex(/^[\x21-\x7e]+$/) }),
      request,
      await ask(request, signal),
    );
    http.conceal(answer.token);
    token = { value: answer.token, until: clock.now().getTime() + tokenKeptMs };
    return answer.token;
  }

  async function askSignedIn(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const used = await signIn(signal);
    const bearing = (value: string): HttpRequest => ({
      ...request,
      headers: { authorization: `Bearer ${value}` },
    });
    try {
      return await ask(bearing(used), signal);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.details["status"] !== 401) throw error;
      if (token?.value === used) token = null; // a neighbour may have renewed it meanwhile
      return ask(bearing(await signIn(signal)), signal);
    }
  }

  return { ask, askSignedIn, canSignIn: Boolean(email) && Boolean(password), read: http.read };
}
