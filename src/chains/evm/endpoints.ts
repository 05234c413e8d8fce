import { createPublicClient, http, type PublicClient } from "viem";
import type { Clock } from "../../clock.ts";
import { DomainError, ProviderError } from "../../errors.ts";
import { RpcRefusal } from "./rpc-refusal.ts";

/** One node, already proved to serve our chain. */
export interface Endpoint {
  /** The host alone: a path often carries the operator's key. */
  readonly label: string;
  /** @throws {RpcRefusal} the node understood and said no. @throws {ProviderError} no usable answer. */
  request(method: string, params: readonly unknown[]): Promise<unknown>;
}

interface Health {
  readonly client: PublicClient;
  readonly label: string;
  proved: boolean;
  failures: number;
  excluded: { readonly until: number; readonly reason: string } | null;
}

export interface Endpoints {
  /** The answer of the healthiest endpoint that gives one. @throws {ProviderError} none did. */
  ask<T>(operation: string, signal: AbortSignal, question: (endpoint: Endpoint) => Promise<T>): Promise<T>;
  /** Every endpoint's answer, healthiest first; stops early where `enough` says so. @throws {ProviderError} none answered. */
  askAll<T>(
    operation: string,
    signal: AbortSignal,
    question: (endpoint: Endpoint) => Promise<T>,
    enough: (answer: T) => boolean,
  ): Promise<[T, ...T[]]>;
}

export interface EndpointOptions {
  readonly name: string;
  readonly chainId: number;
  readonly rpcUrls: readonly string[];
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
}

/** A node of the wrong chain may be a load balancer's mistake, so it is asked again after this long. */
const exclusionMs = 5 * 60_000;

/** What may be kept of an error: never its message, which repeats the URL and with it the key. */
function explain(error: unknown): string {
  const { shortMessage, details, status } = error as {
    shortMessage?: string;
    details?: string;
    status?: number;
  };
  if (typeof details === "string" && !details.includes("://"))
    return `${status ?? ""} ${details}`.trim().slice(0, 300);
  return typeof shortMessage === "string" && !shortMessage.includes("://")
    ? shortMessage.slice(0, 300)
    : "no answer";
}

type Question<T> = (endpoint: Endpoint) => Promise<T>;

class EndpointPool implements Endpoints {
  private readonly options: EndpointOptions;
  private readonly pool: readonly Health[];

  constructor(options: EndpointOptions) {
    this.options = options;
    this.pool = options.rpcUrls.map((url) => ({
      client: createPublicClient({
        transport: http(url, { retryCount: 0, timeout: options.requestTimeoutMs }),
        cacheTime: 0,
      }),
      label: new URL(url).host,
      proved: false,
      failures: 0,
      excluded: null,
    }));
  }

  async ask<T>(operation: string, signal: AbortSignal, question: Question<T>): Promise<T> {
    const [answer] = await this.askAll(operation, signal, question, () => true);
    return answer!;
  }

  async askAll<T>(
    operation: string,
    signal: AbortSignal,
    question: Question<T>,
    enough: (answer: T) => boolean,
  ): Promise<[T, ...T[]]> {
    const answers: T[] = [];
    const errors: (ProviderError | RpcRefusal)[] = [];
    for (const health of this.pool.toSorted((left, right) => left.failures - right.failures)) {
      try {
        const answer = await this.askOne(health, operation, signal, question);
        answers.push(answer);
        if (enough(answer)) break;
      } catch (error) {
        if (!(error instanceof ProviderError) && !(error instanceof RpcRefusal)) throw error;
        errors.push(error);
      }
    }
    const [first, ...rest] = answers;
    if (first === undefined) throw this.noneAnswered(operation, errors);
    return [first, ...rest];
  }

  private async askOne<T>(
    health: Health,
    operation: string,
    signal: AbortSignal,
    question: Question<T>,
  ): Promise<T> {
    const endpoint = this.open(health, operation, signal);
    try {
      if (health.excluded !== null && health.excluded.until > this.options.clock.now().getTime())
        throw this.failure(operation, "wrong_network", {
          endpoint: health.label,
          reason: health.excluded.reason,
        });
      await this.prove(health, endpoint, operation);
      const answer = await question(endpoint);
      health.failures = 0;
      return answer;
    } catch (error) {
      if (error instanceof DomainError) throw error;
      health.failures += 1;
      // Whoever answers at this address next must prove itself again.
      if (error instanceof ProviderError) health.proved = false;
      throw error;
    }
  }

  private open(health: Health, operation: string, signal: AbortSignal): Endpoint {
    return {
      label: health.label,
      request: async (method, params) => {
        // The library's own timeout ends with the headers, and a signal of ours replaces it: so ours carries both.
        const bounded = AbortSignal.any([signal, AbortSignal.timeout(this.options.requestTimeoutMs)]);
        let answer: unknown;
        try {
          const request = { method, params } as never; // any method, not only those the library knows
          answer = await health.client.request(request, { retryCount: 0, signal: bounded });
        } catch (error) {
          const refusal = refusalIn(error, health.label);
          if (refusal) throw refusal;
          const message = explain(error);
          throw this.failure(operation, "no_usable_answer", { endpoint: health.label, method, message });
        }
        if (answer !== undefined) return answer;
        throw this.failure(operation, "garbled_answer", { endpoint: health.label, method });
      },
    };
  }

  private async prove(health: Health, endpoint: Endpoint, operation: string): Promise<void> {
    if (health.proved) return;
    const { chainId, clock } = this.options;
    const answer = await endpoint.request("eth_chainId", []);
    if (
      typeof answer === "string" &&
      /^0x[0-9a-f]{1,16}$/i.test(answer) &&
      BigInt(answer) === BigInt(chainId)
    ) {
      health.proved = true;
      health.excluded = null;
      return;
    }
    const reason = `serves chain ${String(answer).slice(0, 40)}, not ${chainId}`;
    health.excluded = { until: clock.now().getTime() + exclusionMs, reason };
    throw this.failure(operation, "wrong_network", { endpoint: health.label, reason });
  }

  private failure(operation: string, reason: string, details: Record<string, unknown>): ProviderError {
    return new ProviderError(
      { provider: this.options.name, operation, failure: "retryable", reason },
      details,
    );
  }

  private noneAnswered(operation: string, errors: readonly (ProviderError | RpcRefusal)[]): ProviderError {
    const last = errors.at(-1);
    const reason = last instanceof ProviderError ? last.reason : "refused";
    const endpoints = errors.map((error) =>
      error instanceof RpcRefusal
        ? { endpoint: error.endpoint, code: error.code, message: error.message }
        : { reason: error.reason, ...error.details },
    );
    return this.failure(operation, reason, { endpoints });
  }
}

export function createEndpoints(options: EndpointOptions): Endpoints {
  if (options.rpcUrls.length === 0)
    throw new DomainError("no_rpc_url", `${options.name} needs at least one RPC URL.`, {
      chain: options.name,
    });
  return new EndpointPool(options);
}

/** The JSON-RPC error inside what the library threw, if the node gave one. */
function refusalIn(error: unknown, endpoint: string): RpcRefusal | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name !== "RpcRequestError") continue;
    const { code, details } = at as Error & { code?: number; details?: string };
    return new RpcRefusal({ code: code ?? 0, message: String(details ?? "").slice(0, 500), endpoint });
  }
  return null;
}
