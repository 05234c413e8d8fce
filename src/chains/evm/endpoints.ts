import { createPublicClient, http, type PublicClient } from "viem";
import { getHttpRpcClient, type HttpRpcClient } from "viem/utils";
import type { Clock } from "../../clock.ts";
import { DomainError, ProviderError } from "../../errors.ts";
import { checkAnswer, quantitySchema } from "./answers.ts";
import { readBatch } from "./batch.ts";
import type { Endpoint, RpcCall } from "./endpoint.ts";
import { whyForeign, type Network } from "./network-identity.ts";
import { createLogSpan, type LogSpan } from "./log-span.ts";
import { refusesMethod, RpcRefusal } from "./rpc-refusal.ts";

interface Health {
  readonly client: PublicClient;
  /** For several calls in one request. */
  readonly batches: HttpRpcClient;
  readonly label: string;
  /** Until when the node counts as being on our network. */
  provedUntil: number;
  failures: number;
  excluded: { readonly until: number; readonly reason: string } | null;
  /** Its height when last asked; `null` where it did not tell. */
  head: { readonly number: bigint | null; readonly readAt: number };
  /** Methods it refused, and until when that is believed. */
  readonly lacking: Map<string, number>;
  readonly logSpan: LogSpan;
}

export interface Endpoints {
  /** Each endpoint's, without repetition: two at one host are not independent. */
  readonly hosts: ReadonlySet<string>;
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

export interface EndpointOptions extends Network {
  readonly rpcUrls: readonly string[];
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly fetch?: typeof globalThis.fetch;
  /** See EvmChainOptions. */
  readonly mostBlocksBehind?: bigint;
}

/** A node of the wrong chain may be a load balancer's mistake, so it is asked again after this long. */
const exclusionMs = 5 * 60_000;

/** An address may be given to another node without any error in between, so each proves itself again after this long. */
const proofMs = 10 * 60_000;

/** A node may be exchanged for one that offers more, so it is asked again after this long. */
const lackingMs = 60 * 60_000;

/** Twenty full blocks of a busy chain are some ten megabytes. */
const mostAnswerBytes = 32 * 1024 * 1024;

/** What an endpoint is remembered to lack when it refuses several calls in one request. */
const batching = "a batch";

/** Heights are compared as of one moment at most this long ago. */
const headAgeMs = 10_000;

/** Where blocks take seconds, neighbours differ by one or two. */
const defaultMostBlocksBehind = 5n;

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
  readonly hosts: ReadonlySet<string>;
  private readonly options: EndpointOptions;
  private readonly pool: readonly Health[];
  private comparing: Promise<void> | null = null;

  constructor(options: EndpointOptions) {
    this.options = options;
    const transport = {
      timeout: options.requestTimeoutMs,
      fetchFn: options.fetch,
      maxResponseBodySize: mostAnswerBytes,
    };
    this.pool = options.rpcUrls.map((url) => ({
      client: createPublicClient({ transport: http(url, { retryCount: 0, ...transport }), cacheTime: 0 }),
      batches: getHttpRpcClient(url, transport),
      label: new URL(url).host,
      provedUntil: Number.NEGATIVE_INFINITY,
      failures: 0,
      excluded: null,
      head: { number: null, readAt: Number.NEGATIVE_INFINITY },
      lacking: new Map(),
      logSpan: createLogSpan(),
    }));
    this.hosts = new Set(this.pool.map(({ label }) => label));
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
    await this.compareHeads(signal);
    for (const health of this.pool.toSorted((left, right) => left.failures - right.failures)) {
      try {
        // A node that lags still passes on what it is given.
        if (operation !== "broadcast") this.refuseLaggard(health, operation);
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
      if (error instanceof ProviderError) health.provedUntil = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }

  private open(health: Health, operation: string, signal: AbortSignal): Endpoint {
    const remembersLacking = (what: string) =>
      (health.lacking.get(what) ?? Number.NEGATIVE_INFINITY) > this.options.clock.now().getTime();
    const rememberLacking = (what: string) =>
      void health.lacking.set(what, this.options.clock.now().getTime() + lackingMs);
    const garbled = (method: string) =>
      this.failure(operation, "garbled_answer", { endpoint: health.label, method });
    const request = async (method: string, params: readonly unknown[]): Promise<unknown> => {
      const call = { method, params } as never; // any method, not only those the library knows
      const answer = await this.send(health, operation, signal, method, (bounded) =>
        health.client.request(call, { retryCount: 0, signal: bounded }).catch((error: unknown) => {
          const refusal = refusalIn(error, health.label);
          if (refusal !== null && refusesMethod(refusal)) rememberLacking(method);
          throw refusal ?? error;
        }),
      );
      if (answer === undefined) throw garbled(method);
      return answer;
    };
    return {
      label: health.label,
      request,
      lacks: remembersLacking,
      logSpan: health.logSpan,
      requestMany: async (calls) => {
        if (calls.length > 1 && !remembersLacking(batching)) {
          const answers = await this.sendBatch(health, operation, signal, calls);
          if (answers === "garbled") throw garbled(batching);
          if (answers !== "refused") return answers;
          rememberLacking(batching);
        }
        const answers: unknown[] = [];
        for (const { method, params } of calls) answers.push(await request(method, params));
        return answers;
      },
    };
  }

  /** @throws {RpcRefusal} as it came. @throws {ProviderError} whatever else went wrong on the way. */
  private async send<T>(
    health: Health,
    operation: string,
    signal: AbortSignal,
    method: string,
    exchange: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    // The library's own timeout ends with the headers, and a signal of ours replaces it: so ours carries both. It is undone with the
    // request: timeouts that are left to run out cost more, later, than the request did.
    const bounded = new AbortController();
    const stop = (): void => bounded.abort(signal.reason);
    const timer = setTimeout(() => bounded.abort(), this.options.requestTimeoutMs);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await exchange(bounded.signal);
    } catch (error) {
      if (error instanceof RpcRefusal) throw error;
      const details = { endpoint: health.label, method, message: explain(error) };
      const tookTooLong = bounded.signal.aborted && !signal.aborted;
      const reason = isTooLarge(error) ? "answer_too_large" : tookTooLong ? "timed_out" : "no_usable_answer";
      throw this.failure(operation, reason, details);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  private sendBatch(
    health: Health,
    operation: string,
    signal: AbortSignal,
    calls: readonly RpcCall[],
  ): Promise<readonly unknown[] | "refused" | "garbled"> {
    const body = calls.map(({ method, params }, at) => ({ method, params, id: at + 1 }));
    return this.send(health, operation, signal, batching, async (bounded) => {
      try {
        const answer: unknown = await health.batches.request({ body, fetchOptions: { signal: bounded } });
        return readBatch(answer, calls.length, health.label);
      } catch (error) {
        if (refusesBatch(error)) return "refused";
        throw error;
      }
    });
  }

  private async prove(health: Health, endpoint: Endpoint, operation: string): Promise<void> {
    const now = this.options.clock.now().getTime();
    if (health.provedUntil > now) return;
    const reason = await whyForeign(endpoint, this.options);
    if (reason === null) {
      health.provedUntil = now + proofMs;
      health.excluded = null;
      return;
    }
    health.excluded = { until: now + exclusionMs, reason };
    throw this.failure(operation, "wrong_network", { endpoint: health.label, reason });
  }

  /** Asks all nodes for their height at one moment, unless that was done lately. One alone has nothing to be compared with. */
  private async compareHeads(signal: AbortSignal): Promise<void> {
    const now = this.options.clock.now().getTime();
    if (this.pool.length < 2 || this.pool.every(({ head }) => now - head.readAt < headAgeMs)) return;
    this.comparing ??= Promise.all(this.pool.map((health) => this.readHead(health, now, signal))).then(
      () => void (this.comparing = null),
    );
    await this.comparing;
  }

  private async readHead(health: Health, readAt: number, signal: AbortSignal): Promise<void> {
    let number: bigint | null = null;
    try {
      number = await this.askOne(health, "head", signal, async (endpoint) => {
        const asked = { chain: this.options.name, operation: "head", endpoint: endpoint.label };
        return checkAnswer(quantitySchema, await endpoint.request("eth_blockNumber", []), asked);
      });
    } catch {
      // Its turn will come, and with it this error, if it is still there.
    }
    health.head = { number, readAt };
  }

  private refuseLaggard({ head, label }: Health, operation: string): void {
    const highest = this.pool.reduce<bigint>(
      (best, { head: { number } }) => (number !== null && number > best ? number : best),
      0n,
    );
    const { mostBlocksBehind = defaultMostBlocksBehind } = this.options;
    if (head.number === null || highest - head.number <= mostBlocksBehind) return;
    const heads = { head: String(head.number), highest: String(highest) };
    throw this.failure(operation, "lagging_head", { endpoint: label, ...heads });
  }

  private failure(operation: string, reason: string, details: Record<string, unknown>): ProviderError {
    return new ProviderError(
      { provider: this.options.name, operation, failure: "retryable", reason },
      details,
    );
  }

  private noneAnswered(operation: string, errors: readonly (ProviderError | RpcRefusal)[]): ProviderError {
    const reasons = errors.map((error) => (error instanceof ProviderError ? error.reason : "refused"));
    // "wrong_network" asks for a person; any other trouble may pass, so it is told first.
    const reason = reasons.findLast((one) => one !== "wrong_network") ?? "wrong_network";
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

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

const isTooLarge = (error: unknown): boolean => {
  for (let at = error; at instanceof Error; at = at.cause)
    if (isNamed(at, "ResponseBodyTooLargeError")) return true;
  return false;
};

/** Statuses that a server gives which expects one call a request, or fewer. */
const batchRefusals = new Set([400, 405, 413, 415, 422, 501]);

const refusesBatch = (error: unknown): boolean =>
  isNamed(error, "HttpRequestError") && batchRefusals.has((error as { status?: number }).status ?? 0);

/** The JSON-RPC error inside what the library threw, if the node gave one. */
function refusalIn(error: unknown, endpoint: string): RpcRefusal | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name !== "RpcRequestError") continue;
    const { code, details, data } = at as Error & { code?: number; details?: string; data?: unknown };
    return new RpcRefusal({ code: code ?? 0, message: String(details ?? "").slice(0, 500), data, endpoint });
  }
  return null;
}
