import { z } from "zod";
import type { Clock } from "../../clock.ts";
import type { ProviderError } from "../../errors.ts";
import type { CircuitBreaker } from "../circuit-breaker.ts";
import {
  createHttpClient,
  parseJsonOrNull,
  requireSecret,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
} from "../http-client.ts";

export interface FlutterwaveCredentials {
  /** With the version: `https://api.flutterwave.com/v3`, for test and live alike; the key decides. */
  readonly baseUrl: string;
  readonly secretKey: string;
  /** Never sent; here only so that it is cut out of whatever comes back. */
  readonly secretHash: string;
}

export interface FlutterwaveClient {
  /** The `data` of an answer that says it worked, which says nothing about the money. @throws {ProviderError} */
  ask<T>(
    request: HttpRequest,
    data: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<{ data: T; meta: unknown; raw: string }>;
}

/**
 * They have no codes: the status first, then what the words begin with, in any case. Source: their API documentation and
 * recorded answers.
 */
const reasons: readonly (readonly [string, string])[] = [
  ["payout with this ref already exists", "reference_taken"],
  ["please enable ip whitelisting", "ip_not_allowed"],
  ["this request cannot be processed", "ip_not_allowed"],
  ["payout was made to a blacklisted account", "account_blocked"],
  ["sorry, that account number is invalid", "account_unknown"],
  ["no transaction was found", "not_found"],
  ["transfer not found", "not_found"],
  ["authorization required", "unauthorized"],
  ["invalid authorization key", "unauthorized"],
];

const errorSchema = z.object({ status: z.literal("error"), message: z.string() });

function toRefusal(http: HttpClient, request: HttpRequest, response: HttpResponse): ProviderError {
  const body = errorSchema.safeParse(parseJsonOrNull(response.text));
  const { status } = response;
  if (status === 429 || status < 400 || status > 499 || !body.success)
    return http.refusal(request, response, status === 404 ? { reason: "endpoint_missing" } : {});
  const said = body.data.message.toLowerCase();
  const reason = reasons.find(([words]) => said.startsWith(words))?.[1];
  if (reason !== undefined) return http.refusal(request, response, { reason, message: body.data.message });
  if (status === 400)
    return http.refusal(request, response, { reason: "invalid_request", message: body.data.message });
  return http.refusal(request, response, status === 404 ? { reason: "endpoint_missing" } : {});
}

export function createFlutterwaveClient(
  credentials: FlutterwaveCredentials,
  outside: { clock: Clock; timeoutMs?: number; fetch?: typeof globalThis.fetch; circuit?: CircuitBreaker },
): FlutterwaveClient {
  const secretKey = requireSecret("The Flutterwave secret key", credentials.secretKey);
  const { clock, timeoutMs, fetch, circuit } = outside;
  const http = createHttpClient({
    provider: "flutterwave",
    baseUrl: credentials.baseUrl,
    headers: { authorization: `Bearer ${secretKey}` },
    secrets: [secretKey, credentials.secretHash.trim()],
    clock,
    timeoutMs: timeoutMs ?? longestAnswerMs,
    fetch,
    circuit,
  });
  return {
    async ask(request, data, signal) {
      const response = await http.send(request, signal);
      if (response.status < 200 || response.status > 299) throw toRefusal(http, request, response);
      const envelope = z.object({ status: z.literal("success"), data, meta: z.unknown().optional() });
      const answer = http.read(envelope, request, response);
      return { data: answer.data, meta: answer.meta ?? null, raw: response.text };
    },
  };
}

/** A transfer whose outcome they do not know is answered after some 28 s. */
const longestAnswerMs = 35_000;
