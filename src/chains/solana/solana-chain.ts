import type { Clock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import type { Asset, AssetRegistry } from "../../money/index.ts";
import type { CircuitBreaker } from "../../providers/circuit-breaker.ts";
import { normaliseAddressFor } from "../addresses.ts";
import { createEndpointList, type EndpointList } from "../endpoint-list.ts";
import type { ChainHead, DepositReading, ReadDepositsOptions, ReceivingChain } from "../receiving.ts";
import { createAddressWatch } from "./address-watch.ts";
import { balanceSchema, blockTimeSchema, slotSchema } from "./answers.ts";
import type { Registered } from "./balance-changes.ts";
import { createNode, type SolanaNode } from "./node.ts";
import { readDepositsAt } from "./read-deposits.ts";
import { listTokenAccounts } from "./token-accounts.ts";
import { normaliseSignature } from "./transaction-signature.ts";

export interface SolanaChainOptions {
  /** Tried in order of health. They must keep the whole history: one that forgets cannot prove that nothing was missed. */
  readonly rpcUrls: readonly string[];
  /** The network, as `getGenesisHash` names it. */
  readonly genesisHash: string;
  /** So many slots late a node may list a transaction. 0 unless given. */
  readonly listLagSlots?: bigint;
  readonly registry: AssetRegistry;
  readonly clock: Clock;
  /** The way out; the platform's own unless given. */
  readonly fetch?: typeof globalThis.fetch;
  readonly requestTimeoutMs: number;
  /** A breaker for an endpoint, which is named "solana:" and its host. */
  readonly circuitOf?: (provider: string) => CircuitBreaker;
}

const chain = "solana";

/**
 * Solana behind one or more JSON-RPC endpoints. Block numbers are slots. Answers are checked before they are believed: a
 * missing or garbled one is a retryable ProviderError and never a verdict.
 * @throws {DomainError} `no_rpc_url`, `invalid_configuration`
 */
export function createSolanaChain(options: SolanaChainOptions): ReceivingChain {
  const { registry, rpcUrls } = options;
  const native = registry.native(chain);
  const registered: Registered = { chain, native, registry };
  const endpoints = createEndpointList(
    chain,
    rpcUrls.map((rpcUrl) => createNode({ ...options, rpcUrl, chain })),
  );
  return {
    name: chain,
    family: "solana",
    native,
    normaliseAddress: (text) => normaliseAddressFor(chain, text, registry),
    normaliseHash: normaliseSignature,
    head: (signal) => endpoints.first((node) => readHead(node, signal)),
    balance: (address, asset, signal) => endpoints.first((node) => readBalance(node, address, asset, signal)),
    readDeposits(hash, watched, signal, agreeing) {
      const wanted = { hash: normaliseSignature(hash), watched };
      const ask = (node: SolanaNode) => readDepositsAt(node, wanted, registered, signal);
      return mostTelling(endpoints, ask, agreeing);
    },
    watch: createAddressWatch(endpoints, registered, options.listLagSlots ?? 0n),
  };
}

/** Passes the question on to the next endpoint. */
const unseen = () =>
  new ProviderError({ provider: chain, operation: "readDeposits", failure: "retryable", reason: "unseen" });

/** One lagging node must not hide a transaction that another one shows; where several must agree, silence counts too. */
async function mostTelling(
  endpoints: EndpointList<SolanaNode>,
  ask: (node: SolanaNode) => Promise<DepositReading>,
  options: ReadDepositsOptions | undefined,
): Promise<DepositReading> {
  if ((options?.agreeing ?? 1) > 1) return endpoints.agreed(ask, claimOf, options);
  let silent: DepositReading | null = null;
  try {
    return await endpoints.first(async (node) => {
      const reading = await ask(node);
      if (reading.status === "included") return reading;
      if (silent?.status !== "pending") silent = reading;
      throw unseen();
    });
  } catch (error) {
    if (silent !== null && error instanceof ProviderError) return silent;
    throw error;
  }
}

/** What endpoints must agree on; how deep the block lies changes while they are asked. */
function claimOf(reading: DepositReading): string {
  if (reading.status !== "included") return reading.status;
  const { includedIn, succeeded, deposits, unlisted } = reading;
  return JSON.stringify(
    {
      block: includedIn.blockHash,
      succeeded,
      deposits: deposits.map(({ index, to, amount }) => [index, to, amount]),
      unlisted: unlisted.map(({ index, to, amount }) => [index, to, amount]),
    },
    (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value),
  );
}

async function readHead(node: SolanaNode, signal: AbortSignal): Promise<ChainHead> {
  const slotAt = (commitment: string) =>
    node.call({ method: "getSlot", params: [{ commitment }], answer: slotSchema }, signal);
  const finalNumber = await slotAt("finalized");
  const number = await slotAt("confirmed");
  if (finalNumber > number)
    throw new ProviderError(
      { provider: chain, operation: "head", failure: "retryable", reason: "finality_beyond_head" },
      { number: String(number), finalNumber: String(finalNumber) },
    );
  const params = [parseInt(String(number), 10)];
  const time = await node.call({ method: "getBlockTime", params, answer: blockTimeSchema }, signal);
  return { number, finalNumber, time };
}

async function readBalance(
  node: SolanaNode,
  address: string,
  asset: Asset,
  signal: AbortSignal,
): Promise<bigint> {
  if (asset.contract !== null) {
    const accounts = await listTokenAccounts(node, { owner: address, mint: asset.contract }, signal);
    return accounts.reduce((sum, { amount }) => sum + amount, 0n);
  }
  const params = [address, { commitment: "confirmed" }];
  return node.call({ method: "getBalance", params, answer: balanceSchema }, signal);
}
