import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { DomainError, ProviderError } from "../../errors.ts";
import type { CircuitBreaker } from "../../providers/circuit-breaker.ts";
import { createHttpClient, parseJsonOrNull, type HttpRequest } from "../../providers/http-client.ts";
import { genesisSchema } from "./answers.ts";
import { reasonOfRpcError } from "./rpc-reasons.ts";

/** One endpoint of the configured network. */
export interface SolanaNode {
  /**
   * The node's checked answer; JSON numbers reach the schema as their decimal text. The first call also proves the network.
   * @throws {ProviderError} always retryable: an error of the node, of the way to it, or an answer that does not fit.
   */
  call<T>(
    question: { readonly method: string; readonly params: readonly unknown[]; readonly answer: z.ZodType<T> },
    signal: AbortSignal,
  ): Promise<T>;
}

export interface NodeOptions {
  readonly rpcUrl: string;
  readonly chain: string;
  /** What `getGenesisHash` must say. */
  readonly genesisHash: string;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly fetch?: typeof globalThis.fetch;
  /** By "solana:" and the host. */
  readonly circuitOf?: (provider: string) => CircuitBreaker;
}

/** A thousand signatures with their memos, or the token accounts that strangers open for a wallet, take several megabytes. */
const maxBytes = 32_000_000;

const errorAnswer = z.object({
  error: z.object({ code: z.string(), message: z.string().catch("") }),
});

function urlOf(options: NodeOptions): URL {
  if (!URL.canParse(options.rpcUrl))
    throw new DomainError("invalid_configuration", `An endpoint of ${options.chain} is not a URL.`);
  return new URL(options.rpcUrl);
}

/** Providers put the operator's key into the path or the query. */
const secretsIn = (url: URL): string[] => [
  ...url.pathname.split("/"),
  ...url.searchParams.values(),
  url.password,
];

/** @throws {DomainError} `invalid_configuration` */
export function createNode(options: NodeOptions): SolanaNode {
  const { chain, clock, genesisHash } = options;
  const url = urlOf(options);
  const provider = `${chain}:${url.host}`;
  const http = createHttpClient({
    provider,
    baseUrl: options.rpcUrl,
    headers: {},
    secrets: secretsIn(url),
    clock,
    timeoutMs: options.requestTimeoutMs,
    fetch: options.fetch,
    circuit: options.circuitOf?.(provider),
  });
  let proved = false;

  const call: SolanaNode["call"] = async ({ method, params, answer }, signal) => {
    const request: HttpRequest = {
      operation: method,
      method: "POST",
      path: "",
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      changesNothing: true,
      maxBytes,
    };
    const response = await http.send(request, signal);
    const refused = (error: z.output<typeof errorAnswer>["error"] | undefined) =>
      http.refusal(request, response, {
        failure: "retryable",
        ...(error && { reason: reasonOfRpcError(error.code), message: error.message }),
      });
    if (response.status < 200 || response.status > 299)
      throw refused(response.status === 429 ? undefined : errorIn(response.text));
    const body = http.read(z.union([errorAnswer, z.object({ result: answer })]), request, response);
    if ("error" in body) throw refused(body.error);
    return body.result;
  };

  return {
    async call(question, signal) {
      if (!proved) {
        const served = await call({ method: "getGenesisHash", params: [], answer: genesisSchema }, signal);
        if (served !== genesisHash)
          throw new ProviderError(
            { provider, operation: "getGenesisHash", failure: "retryable", reason: "wrong_network" },
            { served, expected: genesisHash },
          );
        proved = true;
      }
      return call(question, signal);
    },
  };
}

function errorIn(text: string): z.output<typeof errorAnswer>["error"] | undefined {
  return errorAnswer.safeParse(parseJsonOrNull(text)).data?.error;
}
