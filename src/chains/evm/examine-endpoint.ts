import { DomainError, ProviderError } from "../../errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { readHead } from "./evm-chain.ts";
import { createEndpoints, type EndpointOptions } from "./endpoints.ts";
import { refusesMethod, RpcRefusal } from "./rpc-refusal.ts";
import { traceMethod } from "./trace-calls.ts";

/** What one node can do for us. */
export interface EndpointReport {
  /** Its host alone: the path often carries a key. */
  readonly host: string;
  readonly height: bigint;
  readonly newestBlock: Date;
  /** Whether it shows what calls inside a transaction moved: without, coins from a contract wait for a person. */
  readonly traces: boolean;
  /** Whether it lists logs, which tokens are found by. */
  readonly logs: boolean;
}

const noTransaction = `0x${"0".repeat(64)}`;

/**
 * Asks one node whether it is on our network and what it offers.
 * @throws {DomainError} `wrong_network`, with the identity expected and the one found. @throws {ProviderError} no usable answer.
 */
export async function examineEndpoint(
  options: Omit<EndpointOptions, "rpcUrls">,
  url: string,
  signal: AbortSignal,
): Promise<EndpointReport> {
  const host = new URL(url).host;
  const endpoints = createEndpoints({ ...options, rpcUrls: [url] });
  try {
    return await endpoints.ask("examine", signal, async (endpoint) => {
      const { number, time } = await readHead(options.name, endpoint);
      return {
        host,
        height: number,
        newestBlock: time,
        traces: await offers(endpoint, traceMethod, [noTransaction, { tracer: "callTracer" }]),
        logs: await offers(endpoint, "eth_getLogs", [blocksOf(number)]),
      };
    });
  } catch (error) {
    if (!(error instanceof ProviderError) || error.reason !== "wrong_network") throw error;
    const [why] = error.details["endpoints"] as readonly { readonly reason: string }[];
    throw new DomainError(
      "wrong_network",
      `It ${why?.reason ?? "is of another network"}. Correct its URL.`,
      {},
      error,
    );
  }
}

const blocksOf = (number: bigint) => ({
  address: `0x${"1".repeat(40)}`,
  fromBlock: `0x${number.toString(16)}`,
  toBlock: `0x${number.toString(16)}`,
});

/** A refusal of what was asked about is an offer too: only a method that is missing is none. */
async function offers(endpoint: Endpoint, method: string, params: readonly unknown[]): Promise<boolean> {
  try {
    await endpoint.request(method, params);
    return true;
  } catch (error) {
    if (error instanceof RpcRefusal) return !refusesMethod(error);
    if (error instanceof ProviderError) return false;
    throw error;
  }
}
