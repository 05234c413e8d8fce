import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import {
  createHttpClient,
  requireSecret,
  type HttpClient,
  type HttpRequest,
} from "../../providers/http-client.ts";
import { blockIdSchema } from "./answers.ts";

/** One node, and the index that TronGrid keeps beside it. Every error is a retryable ProviderError. */
export interface TronClient {
  /** Whether it serves our network, asked once. @throws {ProviderError} `wrong_network`, or it cannot be told. */
  proveNetwork(signal: AbortSignal): Promise<void>;
  /** A call of the node's own API. Null: `{}`, which is how it says that there is no such thing. */
  ask<T>(
    path: `/wallet${string}`,
    body: object,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T | null>;
  /** A list of TronGrid's. */
  list<T>(
    path: `/v1/${string}`,
    query: Readonly<Record<string, string>>,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T>;
  /** What an answer that contradicts itself or the question is thrown as. */
  problem(operation: string, reason: string, details?: Readonly<Record<string, unknown>>): ProviderError;
}

export interface TronClientOptions {
  readonly url: string;
  /** Null: this node is asked without one. */
  readonly apiKey: string | null;
  readonly genesisHash: string;
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly requestTimeoutMs: number;
}

const provider = "tron";
/** 200 rows, each a whole transaction. */
const mostBytes = 16_000_000;

/** Refusals that come with HTTP 200: of the node, of a contract call, of TronGrid. */
const refusalSchema = z.union([
  z.object({ Error: z.string() }).transform(({ Error }) => Error),
  z.object({ success: z.literal(false), error: z.string().catch("") }).transform(({ error }) => error),
  z.object({ result: z.object({ code: z.string() }) }).transform(({ result: { code } }) => code),
  z.object({ code: z.string(), message: z.string().catch("") }).transform(({ code }) => code),
]);

const isEmpty = (answer: unknown): boolean =>
  typeof answer === "object" && answer !== null && !Array.isArray(answer) && Object.keys(answer).length === 0;

async function request<T>(
  http: HttpClient,
  asked: HttpRequest,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T | null> {
  const response = await http.send({ ...asked, changesNothing: true, maxBytes: mostBytes }, signal);
  if (response.status < 200 || response.status > 299) {
    // A refusal to answer is no verdict on a payment. TronGrid's 403 is how it limits rates, for half a minute.
    const reason = response.status === 403 ? { reason: "blocked" } : {};
    throw http.refusal(asked, response, { failure: "retryable", ...reason });
  }
  const read = { ...asked, changesNothing: true };
  const answer = http.read(z.unknown(), read, response);
  const refused = refusalSchema.safeParse(answer);
  if (refused.success)
    throw http.refusal(asked, response, {
      failure: "retryable",
      reason: "node_error",
      message: refused.data,
    });
  return isEmpty(answer) ? null : http.read(schema, read, response);
}

export function createTronClient(options: TronClientOptions): TronClient {
  const { url, clock, fetch, requestTimeoutMs, genesisHash } = options;
  const apiKey = options.apiKey === null ? null : requireSecret("The TronGrid API key", options.apiKey);
  const http = createHttpClient({
    provider,
    baseUrl: url,
    headers: apiKey === null ? {} : { "TRON-PRO-API-KEY": apiKey },
    secrets: apiKey === null ? [] : [apiKey],
    clock,
    timeoutMs: requestTimeoutMs,
    fetch,
  });
  const problem: TronClient["problem"] = (operation, reason, details) =>
    new ProviderError({ provider, operation, failure: "retryable", reason }, details);
  const ask: TronClient["ask"] = (path, body, schema, signal) =>
    request(http, { operation: path, method: "POST", path, body: JSON.stringify(body) }, schema, signal);
  let proved = false;
  return {
    problem,
    ask,
    async proveNetwork(signal) {
      if (proved) return;
      const genesis = await ask("/wallet/getblock", { id_or_num: "0", detail: false }, blockIdSchema, signal);
      const isOurs = genesis?.blockID === genesisHash.toLowerCase();
      if (!isOurs) throw problem("proveNetwork", "wrong_network", { genesis: genesis?.blockID ?? null });
      proved = true;
    },
    async list(path, query, schema, signal) {
      const operation = path.replace(/\/accounts\/[^/]+/, "/accounts");
      const page = await request(http, { operation, method: "GET", path, query }, schema, signal);
      if (page === null) throw problem(operation, "malformed_answer");
      return page;
    },
  };
}
