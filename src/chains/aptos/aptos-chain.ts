import type { Clock } from "../../clock.ts";
import { DomainError } from "../../errors.ts";
import type { AssetRegistry } from "../../money/index.ts";
import { createHttpClient, requireSecret } from "../../providers/http-client.ts";
import { normaliseAddressFor } from "../addresses.ts";
import type { ReceivingChain, DepositReading } from "../receiving.ts";
import { createEndpointList } from "../endpoint-list.ts";
import { createAddressWatch } from "./address-watch.ts";
import { apt, createAptosAssets } from "./aptos-assets.ts";
import { createAptosIndexer } from "./indexer.ts";
import { fullAddress } from "./move-names.ts";
import { createAptosNode } from "./node.ts";
import { readingOf } from "./read-deposits.ts";

export interface AptosChainOptions {
  /** Full nodes with the version: `https://fullnode.mainnet.aptoslabs.com/v1`. Asked in order of health. */
  readonly apiUrls: readonly string[];
  /** The GraphQL indexer: `https://api.mainnet.aptoslabs.com/v1/graphql`. Only the watch needs it. */
  readonly indexerUrl: string;
  /** Sent to all of them as a bearer token; null: anonymous, at a low rate. */
  readonly apiKey: string | null;
  /** 1 on the main network. */
  readonly chainId: number;
  /** So many versions behind what it says it has, the indexer may still lack rows. 0 unless given. */
  readonly listLagVersions?: bigint;
  readonly registry: AssetRegistry;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  /** The way out; the platform's own unless given. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Aptos over the REST interface of its full nodes, with the shared HTTP client: their SDK would add 40 MB and a third of a
 * second at start for three GETs. What its events mean is read from the framework's source (aptos-core, `coin.move`,
 * `fungible_asset.move`, `transaction_fee.move`).
 * @throws {DomainError} `no_rpc_url`, `invalid_configuration`
 */
export function createAptosChain(options: AptosChainOptions): ReceivingChain {
  const { apiUrls, indexerUrl, chainId, registry, clock, requestTimeoutMs: timeoutMs, fetch } = options;
  const name = "aptos";
  const key = options.apiKey === null ? null : requireSecret("The Aptos API key", options.apiKey);
  const clientOf = (baseUrl: string) =>
    createHttpClient({
      provider: name,
      baseUrl,
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      secrets: key === null ? [] : [key],
      clock,
      timeoutMs,
      fetch,
    });
  const nodes = createEndpointList(
    name,
    apiUrls.map((url) => createAptosNode(clientOf(url), { chainId, clock })),
  );
  const indexer = createAptosIndexer(clientOf(indexerUrl), chainId);
  const assets = createAptosAssets(registry);
  return {
    name,
    family: "aptos",
    native: registry.native(name),
    normaliseAddress: (text) => normaliseAddressFor(name, text, registry),
    normaliseHash,
    head: (signal) => nodes.first((node) => node.head(signal)),
    balance: (address, asset, signal) =>
      nodes.first((node) => node.balance(address, asset.contract ?? apt.coinType, signal)),
    readDeposits(hash, watched, signal, readOptions) {
      const wanted = normaliseHash(hash);
      return nodes.agreed<DepositReading>(
        async (node) => {
          const transaction = await node.findTransaction(wanted, signal);
          return transaction === null ? { status: "not_found" } : readingOf(transaction, watched, assets);
        },
        fingerprint,
        readOptions,
      );
    },
    watch: createAddressWatch(
      indexer,
      (version, signal) => nodes.first((node) => node.hashAt(version, signal)),
      { clock, lagVersions: options.listLagVersions ?? 0n },
    ),
  };
}

/** Two nodes that say the same have the same text. */
function fingerprint(reading: DepositReading): string {
  if (reading.status !== "included") return reading.status;
  const { includedIn, succeeded, deposits, unlisted } = reading;
  return JSON.stringify([
    includedIn.blockHash,
    String(includedIn.blockNumber),
    succeeded,
    deposits.map(({ index, asset, to, amount }) => [index, asset.id, to, String(amount)]),
    unlisted.map(({ index, contract, to, amount }) => [index, contract, to, String(amount)]),
  ]);
}

/** 0x and 64 digits in lower case. @throws {DomainError} `invalid_transaction_hash` */
function normaliseHash(text: string): string {
  const trimmed = text.trim();
  if (/^0x[0-9a-fA-F]{1,64}$/.test(trimmed)) return fullAddress(trimmed);
  const advice = /^\d{1,20}$/.test(trimmed)
    ? "it is a ledger version; give the hash on the same page, which begins with 0x"
    : "it begins with 0x and has 64 hex digits";
  throw new DomainError(
    "invalid_transaction_hash",
    `"${trimmed.slice(0, 90)}" is not a transaction hash on Aptos: ${advice}.`,
  );
}
