import { keccak256 } from "viem";
import type { Clock } from "../../clock.ts";
import { DomainError, ProviderError } from "../../errors.ts";
import type { Asset, AssetRegistry } from "../../money/index.ts";
import type { ChainHead, FingerprintStore } from "../receiving.ts";
import type { BroadcastOutcome, SendingChain, TransactionReading } from "../sending.ts";
import { normaliseEvmAddress } from "./address.ts";
import { blockSchema, checkAnswer, quantitySchema, wordSchema } from "./answers.ts";
import { classifyBroadcastRefusal } from "./broadcast-outcome.ts";
import type { Endpoint } from "./endpoint.ts";
import { createEndpoints, type Endpoints } from "./endpoints.ts";
import { estimateAt } from "./estimate-fees.ts";
import { findNonceUse } from "./find-nonce-use.ts";
import { listTokenArrivals } from "./list-token-arrivals.ts";
import { createDepositSide } from "./deposit-side.ts";
import { readFinalNumber } from "./read-inclusion.ts";
import { readFromEndpoint, type EndpointReading } from "./read-transaction.ts";
import { RpcRefusal } from "./rpc-refusal.ts";
import { createSendingSide, type EvmQuestions } from "./sending-side.ts";
import { traceMethod } from "./trace-calls.ts";
import { watchedAddresses } from "./watched-addresses.ts";

export interface EvmChainOptions {
  /** As in the registry: "ethereum". */
  readonly name: string;
  readonly chainId: number;
  /** Tried in order of health; an endpoint that serves another chain is left out. */
  readonly rpcUrls: readonly string[];
  readonly registry: AssetRegistry;
  readonly clock: Clock;
  /** Most we pay for a unit of gas, in wei. */
  readonly maxFeePerGasCap: bigint;
  readonly requestTimeoutMs: number;
  /** Where the chain's fingerprint is kept, so that another network with the same chain id is noticed. */
  readonly fingerprints?: FingerprintStore;
  /** The way out; the platform's own unless given. */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * Further behind the highest endpoint, one is not believed: its balances and its silence are old. 5 unless given, which is
   * too few where several blocks are made in a second.
   */
  readonly mostBlocksBehind?: bigint;
  /** Most blocks of one scan; 100 unless given. */
  readonly mostScanBlocks?: number;
  /** So many blocks late a node may list a block's logs; 0 unless given. */
  readonly watchLagBlocks?: bigint;
}

/** Where we send from and where money arrives, behind the same endpoints. */
export type EvmChain = SendingChain & EvmQuestions;

const defaultMostScanBlocks = 100;

const nonceTags = { latest: "latest", final: "finalized", pending: "pending" } as const;

/**
 * An EVM chain behind one or more JSON-RPC endpoints. Answers are checked before they are believed: a missing or garbled
 * one is a retryable ProviderError and never a verdict, so an unreadable balance is an error and not zero.
 */
export function createEvmChain(options: EvmChainOptions): EvmChain {
  const { name, registry } = options;
  const endpoints = createEndpoints(options);
  const native = registry.native(name);
  const reading = { chain: name, native, registry };
  const questions = askableOf(options, endpoints);
  const normaliseAddress = (text: string) => normaliseEvmAddress(text, name, registry);
  return {
    name,
    native,
    normaliseAddress,
    normaliseHash,
    head: (signal) => endpoints.ask("head", signal, (endpoint) => readHead(name, endpoint)),
    balance: (address, asset, signal) =>
      endpoints.ask("balance", signal, (endpoint) => readBalance(name, endpoint, address, asset)),
    async readTransaction(hash, watched, signal) {
      const wanted = normaliseHash(hash);
      const ours = watchedAddresses(new Set(watched));
      const known: EndpointReading[] = [];
      // One lagging node must not hide a transaction that another one shows, nor one that traces nothing what a call moved.
      await endpoints.askAll(
        "readTransaction",
        signal,
        async (endpoint) => {
          const landed = known.find(isLanded);
          if (landed && endpoint.lacks(traceMethod)) return landed;
          return readFromEndpoint(reading, endpoint, wanted, ours);
        },
        (answer) => {
          known.push(answer);
          return isLanded(answer) && !answer.mayHideTransfers;
        },
      );
      return mostTelling(known);
    },
    listTokenArrivals: (to, token, blocks, signal) =>
      endpoints.ask("listTokenArrivals", signal, (endpoint) =>
        listTokenArrivals(name, endpoint, { contract: token.contract ?? "", to, blocks }),
      ),
    ...questions,
    ...createSendingSide(questions, native),
    broadcast: (raw, signal) => broadcast(endpoints, name, raw, signal),
    ...createDepositSide(reading, endpoints, {
      normaliseHash,
      mostScanBlocks: options.mostScanBlocks ?? defaultMostScanBlocks,
      lagBlocks: options.watchLagBlocks ?? 0n,
    }),
  };
}

/** What only this family answers; the neutral port is made of it. */
function askableOf(options: EvmChainOptions, endpoints: Endpoints): EvmQuestions {
  const { name } = options;
  return {
    minedNonce: (address, at, signal) =>
      endpoints.ask("minedNonce", signal, async (endpoint) => {
        const answer = await endpoint.request("eth_getTransactionCount", [address, nonceTags[at]]);
        return checkAnswer(quantitySchema, answer, {
          chain: name,
          operation: "minedNonce",
          endpoint: endpoint.label,
        });
      }),
    async findNonceUse(address, nonce, signal) {
      const search = (endpoint: Endpoint) => findNonceUse(name, endpoint, { address, nonce });
      const found = await endpoints.askAll("findNonceUse", signal, search, (hash) => hash !== null);
      return found.find((hash) => hash !== null) ?? null;
    },
    estimate: (transfer, signal) =>
      endpoints.ask("estimate", signal, (endpoint) =>
        estimateAt({ chain: name, maxFeePerGasCap: options.maxFeePerGasCap }, endpoint, transfer),
      ),
  };
}

/** Lower case with 0x, whatever the spelling. @throws {DomainError} `invalid_transaction_hash` */
function normaliseHash(text: string): string {
  const digits = /^(?:0[xX])?([0-9a-fA-F]{64})$/.exec(text.trim())?.[1];
  if (digits === undefined)
    throw new DomainError(
      "invalid_transaction_hash",
      `"${text.slice(0, 90)}" is not a transaction hash: it needs 64 hex digits.`,
    );
  return `0x${digits.toLowerCase()}`;
}

const isLanded = ({ reading: { status } }: EndpointReading): boolean =>
  status === "succeeded" || status === "reverted";

function mostTelling(readings: readonly EndpointReading[]): TransactionReading {
  const landed = readings.filter(isLanded);
  const told = landed.find(({ mayHideTransfers }) => !mayHideTransfers) ?? landed[0];
  return told?.reading ?? readings.find(({ reading }) => reading.status === "pending")?.reading ?? notFound;
}

const notFound = { status: "not_found" } as const;

/** The newest block and the final one, as one node tells them. */
export async function readHead(chain: string, endpoint: Endpoint): Promise<ChainHead> {
  const asked = { chain, operation: "head", endpoint: endpoint.label };
  const finalNumber = await readFinalNumber(chain, endpoint);
  const latest = checkAnswer(
    blockSchema,
    await endpoint.request("eth_getBlockByNumber", ["latest", false]),
    asked,
  );
  if (finalNumber > latest.number)
    throw new ProviderError(
      { provider: chain, operation: "head", failure: "retryable", reason: "finality_beyond_head" },
      { endpoint: endpoint.label, finalNumber: String(finalNumber), latest: String(latest.number) },
    );
  return { number: latest.number, finalNumber, time: new Date(Number(latest.timestamp) * 1000) };
}

async function readBalance(
  chain: string,
  endpoint: Endpoint,
  address: string,
  asset: Asset,
): Promise<bigint> {
  const asked = { chain, operation: "balance", endpoint: endpoint.label };
  if (asset.contract === null)
    return checkAnswer(quantitySchema, await endpoint.request("eth_getBalance", [address, "latest"]), asked);
  const data = `0x70a08231${address.slice(2).toLowerCase().padStart(64, "0")}`; // balanceOf(address)
  const answer = await endpoint.request("eth_call", [{ to: asset.contract, data }, "latest"]);
  // Anything but one word, the empty answer of a missing contract above all, is no balance.
  return checkAnswer(wordSchema, answer, asked);
}

const isThere = ({ kind }: BroadcastOutcome): boolean =>
  kind === "accepted" || kind === "already_known" || kind === "nonce_used";

/** Offers the bytes to one endpoint after another until one has them. */
async function broadcast(
  endpoints: Endpoints,
  chain: string,
  raw: string,
  signal: AbortSignal,
): Promise<BroadcastOutcome> {
  const hash = keccak256(raw as `0x${string}`);
  const offer = async (endpoint: Endpoint): Promise<BroadcastOutcome> => {
    try {
      const answer = await endpoint.request("eth_sendRawTransaction", [raw]);
      if (String(answer).toLowerCase() === hash) return { kind: "accepted" };
      return { kind: "unknown", message: `${endpoint.label} answered with another hash` };
    } catch (error) {
      if (error instanceof RpcRefusal) return classifyBroadcastRefusal(error.message, error);
      // The request may have arrived although no answer came.
      if (error instanceof ProviderError)
        return { kind: "unknown", message: `${endpoint.label}: ${error.reason}` };
      throw error;
    }
  };
  try {
    const outcomes = await endpoints.askAll("broadcast", signal, offer, isThere);
    return (
      outcomes.find(isThere) ??
      outcomes.find(({ kind }) => kind === "unknown") ??
      outcomes[0] ?? { kind: "unknown", message: `${chain}: no answer` }
    );
  } catch (error) {
    if (error instanceof ProviderError) return { kind: "unknown", message: `${chain}: ${error.reason}` };
    throw error;
  }
}
