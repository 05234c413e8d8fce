import { parse } from "lossless-json";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { DomainError, ProviderError, type ErrorDetails, type ProviderFailure } from "../errors.ts";
import type { CallVerdict, CircuitBreaker } from "./circuit-breaker.ts";

export interface HttpRequest {
  /** Our word for what is asked; it names the error. */
  readonly operation: string;
  readonly method: "GET" | "POST";
  /** Below the base URL, with a leading slash, already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text: written by the caller, so that a decimal keeps its digits. */
  readonly body?: string;
  /** A POST that changes nothing there (a login): judged like a GET. */
  readonly changesNothing?: boolean;
  /** One megabyte unless said. */
  readonly maxBytes?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** The body as text, whatever its type says; secrets are cut out. */
  readonly text: string;
  /** What Retry-After asks for, at most an hour; null when it says nothing. */
  readonly retryAfterMs: number | null;
}

/** What a provider's own body adds to its status. */
export interface KnownRefusal {
  readonly reason?: string;
  readonly failure?: ProviderFailure;
  readonly message?: string;
  readonly details?: ErrorDetails;
}

export interface HttpClient {
  /** Any answer at all, whatever its status. @throws {ProviderError} no whole answer came, or `circuit_open`: not asked. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
  /** The answer as the schema has it; JSON numbers arrive as their decimal text. @throws {ProviderError} */
  read<T>(schema: z.ZodType<T>, request: HttpRequest, response: HttpResponse): T;
  /** The error that a status which is no success stands for; `known` where the body says more. */
  refusal(request: HttpRequest, response: HttpResponse, known?: KnownRefusal): ProviderError;
  /** From now on this text is cut out of every answer, and so out of every error. */
  conceal(secret: string): void;
}

export interface HttpClientOptions {
  readonly provider: string;
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly clock: Clock;
  readonly timeoutMs?: number;
  /** The way out; the platform's own unless given. */
  readonly fetch?: typeof globalThis.fetch;
  /** The provider's own; without one every call goes out. */
  readonly circuit?: CircuitBreaker;
}

const defaultTimeoutMs = 10_000;
const defaultMaxBytes = 1_000_000;
const longestRetryAfterMs = 3_600_000;
const rawKeptChars = 2_000;

/** What PostgreSQL's text cannot hold: NUL, and half of a surrogate pair. */
const unstorable = /\0|\p{Surrogate}/u;

function storable(key: string, value: unknown): unknown {
  if (unstorable.test(key) || (typeof value === "string" && unstorable.test(value)))
    throw new SyntaxError("contains a NUL character or half of a surrogate pair");
  return value;
}

/**
 * JSON whose numbers keep every digit: each becomes its own decimal text.
 * @throws on anything that is not JSON, and on texts that no database column of ours could hold.
 */
export const parseJson = (text: string): unknown => parse(text, storable, (digits) => digits);

/** For bodies that may be HTML, empty or cut short. */
export function parseJsonOrNull(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

/** @throws {DomainError} `invalid_configuration` the key could not travel in a header; the message does not repeat it. */
export function requireSecret(name: string, value: string): string {
  const trimmed = value.trim();
  if (!/^[\x21-\x7e]+$/.test(trimmed))
    throw new DomainError(
      "invalid_configuration",
      `${name} is empty or not printable ASCII: set it and start again.`,
    );
  return trimmed;
}

function failureOfStatus(request: HttpRequest, status: number): ProviderFailure {
  if (status === 429) return "retryable";
  // A conflict or a request timeout does not promise that nothing happened.
  const undecided = status < 400 || status >= 500 || status === 408 || status === 409 || status === 425;
  if (!undecided) return "rejected";
  return changesSomething(request) ? "unknown" : "retryable";
}

function reasonOfStatus(status: number): string {
  if (status === 429) return "rate_limited";
  if (status === 401 || status === 403) return "unauthorized";
  if (status === 404) return "not_found";
  if (status >= 500) return "server_error";
  return status >= 400 ? "refused" : "unexpected_status";
}

const changesSomething = (request: HttpRequest): boolean =>
  request.method === "POST" && request.changesNothing !== true;

/** Connection errors that come before the first byte of a request is sent. */
function neverSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof AggregateError) return cause.errors.every(isConnectError);
  return isConnectError(cause);
}

function isConnectError(cause: unknown): boolean {
  const { code, syscall } = z
    .object({ code: z.string().catch(""), syscall: z.string().catch("") })
    .catch({ code: "", syscall: "" })
    .parse(cause);
  return (
    syscall === "connect" ||
    syscall === "getaddrinfo" ||
    code === "UND_ERR_CONNECT_TIMEOUT" ||
    /CERT|^ERR_TLS/.test(code)
  );
}

/** A short word for a network error. Its message and headers stay behind: they may carry a key. */
function networkCode(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return z
    .object({ code: z.string() })
    .transform(({ code }) => code)
    .catch("connection_lost")
    .parse(cause);
}

function readRetryAfter(header: string | null, clock: Clock): number | null {
  if (header === null) return null;
  const ms = /^\d{1,9}$/.test(header.trim())
    ? parseInt(header, 10) * 1000
    : Date.parse(header) - clock.now().getTime();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), longestRetryAfterMs);
}

class AnswerTooLarge extends Error {}

async function readBody(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new AnswerTooLarge(); // leaving the loop cancels the body
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function urlOf(baseUrl: string, request: HttpRequest): string {
  const query = new URLSearchParams(request.query).toString();
  return `${baseUrl.replace(/\/+$/, "")}${request.path}${query === "" ? "" : `?${query}`}`;
}

/** What the parts of one client share. */
interface Context {
  readonly options: HttpClientOptions;
  readonly redact: (text: string) => string;
}

function failed(
  context: Context,
  request: HttpRequest,
  failure: ProviderFailure,
  reason: string,
  details: ErrorDetails = {},
): ProviderError {
  const { provider } = context.options;
  return new ProviderError({ provider, operation: request.operation, failure, reason }, details);
}

type Stopped = "timeout" | "aborted" | null;

function lost(context: Context, request: HttpRequest, error: unknown, stopped: Stopped): ProviderError {
  const unfinished = stopped ?? (neverSent(error) ? "unreachable" : "connection_lost");
  const reason = error instanceof AnswerTooLarge ? "answer_too_large" : unfinished;
  const mayHaveHappened = changesSomething(request) && reason !== "unreachable";
  return failed(context, request, mayHaveHappened ? "unknown" : "retryable", reason, {
    network: networkCode(error),
  });
}

/** Whoever gives up sooner than this has not shown that the provider hangs. */
const hangsAfterMs = 5_000;

/** What a call without an answer says of the provider. */
function verdictOfLoss(error: unknown, waitedMs: number): CallVerdict {
  if (!(error instanceof ProviderError)) return "unclear";
  if (error.reason === "answer_too_large") return "healthy";
  return error.reason === "aborted" && waitedMs < hangsAfterMs ? "unclear" : "unhealthy";
}

async function send(context: Context, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  const { circuit, clock } = context.options;
  if (signal.aborted) throw failed(context, request, "retryable", "aborted");
  const admission = circuit?.admit();
  // Nothing was sent: even a request that changes something may simply be made later.
  if (typeof admission === "number")
    throw failed(context, request, "retryable", "circuit_open", { retryAfterMs: admission });
  const startedAt = clock.now().getTime();
  try {
    const response = await exchange(context, request, signal);
    const { status, retryAfterMs } = response;
    const unhealthy = status >= 500 || status === 429 || status === 418; // 418: banned for having asked on after 429
    admission?.report(unhealthy ? "unhealthy" : "healthy", retryAfterMs);
    return response;
  } catch (error) {
    admission?.report(verdictOfLoss(error, clock.now().getTime() - startedAt));
    throw error;
  }
}

async function exchange(context: Context, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  const { baseUrl, clock, headers, timeoutMs = defaultTimeoutMs, fetch = globalThis.fetch } = context.options;
  const controller = new AbortController();
  let stopped: Stopped = null;
  const stop = (why: "timeout" | "aborted") => {
    stopped ??= why;
    controller.abort();
  };
  const timer = setTimeout(() => stop("timeout"), timeoutMs);
  const onAbort = () => stop("aborted");
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const response = await fetch(urlOf(baseUrl, request), {
      method: request.method,
      headers: {
        accept: "application/json",
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
        ...request.headers,
      },
      body: request.body,
      redirect: "manual",
      signal: controller.signal,
    });
    const text = context.redact(await readBody(response, request.maxBytes ?? defaultMaxBytes));
    return {
      status: response.status,
      text,
      retryAfterMs: readRetryAfter(response.headers.get("retry-after"), clock),
    };
  } catch (error) {
    throw lost(context, request, error, stopped);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

function refusal(
  context: Context,
  request: HttpRequest,
  response: HttpResponse,
  known: KnownRefusal = {},
): ProviderError {
  const { provider } = context.options;
  const { operation } = request;
  const reason = known.reason ?? reasonOfStatus(response.status);
  const failure = known.failure ?? failureOfStatus(request, response.status);
  const said = known.message === undefined ? reason : context.redact(known.message).slice(0, 300);
  const { status, retryAfterMs } = response;
  return new ProviderError(
    { provider, operation, failure, reason, message: `${provider} ${operation}: ${said}` },
    { status, retryAfterMs, raw: response.text.slice(0, rawKeptChars), ...known.details },
  );
}

function read<T>(context: Context, schema: z.ZodType<T>, request: HttpRequest, response: HttpResponse): T {
  if (response.status < 200 || response.status > 299) throw refusal(context, request, response);
  let problem = "not JSON";
  try {
    const result = schema.safeParse(parseJson(response.text));
    if (result.success) return result.data;
    problem = z.prettifyError(result.error).slice(0, 500);
  } catch {
    // not JSON: said below
  }
  const failure = changesSomething(request) ? "unknown" : "retryable";
  const details = { status: response.status, problem, raw: response.text.slice(0, rawKeptChars) };
  throw failed(context, request, failure, "malformed_answer", details);
}

/** Shorter ones would cut up ordinary words. */
const shortestSecret = 6;

/**
 * HTTP to one provider. Redirects are not followed (a key would travel along), answers are text until a schema has
 * read them, and every error says whether something may have happened over there.
 * @throws {DomainError} `invalid_configuration` the base URL is none.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  if (!URL.canParse(options.baseUrl) || !/^https?:/i.test(options.baseUrl))
    throw new DomainError(
      "invalid_configuration",
      `The base URL of ${options.provider} is not an http(s) URL.`,
    );
  const secrets = new Set(options.secrets.filter((secret) => secret.length >= shortestSecret));
  const redact = (text: string): string => {
    let result = text;
    for (const secret of secrets) result = result.replaceAll(secret, "[redacted]");
    return result;
  };
  const context: Context = { options, redact };
  return {
    send: (request, signal) => send(context, request, signal),
    read: (schema, request, response) => read(context, schema, request, response),
    refusal: (request, response, known) => refusal(context, request, response, known),
    conceal: (secret) => void secrets.add(secret),
  };
}
