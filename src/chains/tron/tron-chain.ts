import type { Clock } from "../../clock.ts";
import { DomainError, ProviderError } from "../../errors.ts";
import type { Asset, AssetRegistry } from "../../money/index.ts";
import { normaliseAddressFor } from "../addresses.ts";
import type { ReceivingChain, DepositReading } from "../receiving.ts";
import { createEndpointList, type EndpointList } from "../endpoint-list.ts";
import { toHex } from "./address.ts";
import { accountSchema, constantResultSchema } from "./answers.ts";
import { createTronClient, type TronClient } from "./client.ts";
import { agreementKey, readBlock, readFromNode } from "./read-deposits.ts";
import { listSince } from "./watch-address.ts";

export interface TronChainOptions {
  /** TronGrid, or a node with TronGrid's `/v1` lists beside it: "https://api.trongrid.io". Nodes without them cannot watch. */
  readonly apiUrls: readonly string[];
  /** TronGrid's. It goes to the host of the first URL and to no other. */
  readonly apiKey: string | null;
  /** What the network is recognised by: the id of its first block. Mainnet's unless given. */
  readonly genesisHash?: string;
  /** So late the index may learn of a block, or a fork swap it. 0 unless given. */
  readonly listLagMs?: number;
  readonly registry: AssetRegistry;
  readonly clock: Clock;
  /** The way out; the platform's own unless given. */
  readonly fetch?: typeof globalThis.fetch;
  readonly requestTimeoutMs: number;
}

const chain = "tron";
/** Its last four bytes are the chain id 0x2b6653dc. */
const mainnetGenesisHash = "00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc";

/**
 * Tron as a place where money arrives, over the HTTP API of its nodes and TronGrid's lists. Not by TronWeb: our own client
 * keeps every digit of an amount, has timeouts and limits, and six calls are all there is to ask.
 */
export function createTronChain(options: TronChainOptions): ReceivingChain {
  const { registry, clock, listLagMs: lagMs = 0 } = options;
  const clients = options.apiUrls.map((url) => createTronClient(clientOptionsOf(url, options)));
  const endpoints = createEndpointList(chain, clients);
  const first = <T>(signal: AbortSignal, question: (client: TronClient) => Promise<T>): Promise<T> =>
    endpoints.first(proved(signal, question));
  return {
    name: chain,
    family: "tron",
    native: registry.native(chain),
    normaliseAddress: (text) => normaliseAddressFor(chain, text, registry),
    normaliseHash,
    head: (signal) => first(signal, (client) => readHead(client, signal)),
    balance: (address, asset, signal) =>
      first(signal, (client) => readBalance(client, address, asset, signal)),
    async readDeposits(hash, watched, signal, agreement) {
      const wanted = normaliseHash(hash);
      const read = proved(signal, (client) =>
        readFromNode(client, { chain, registry }, wanted, watched, signal),
      );
      return (agreement?.agreeing ?? 1) > 1
        ? endpoints.agreed(read, agreementKey, agreement)
        : readMostTelling(endpoints, clients, read);
    },
    watch: {
      kind: "addresses",
      listSince: (address, since, signal) =>
        first(signal, (client) => listSince({ client, clock, lagMs }, address, since, signal)),
    },
  };
}

/** The key is a secret between us and whom the operator named first: another operator's node must not learn it. */
function clientOptionsOf(url: string, options: TronChainOptions) {
  const { apiUrls, apiKey, clock, fetch, requestTimeoutMs, genesisHash = mainnetGenesisHash } = options;
  const hostOf = (text: string | undefined) =>
    text !== undefined && URL.canParse(text) ? new URL(text).host : null;
  const isKeyHolder = hostOf(url) === hostOf(apiUrls[0]);
  return { url, apiKey: isKeyHolder ? apiKey : null, genesisHash, clock, fetch, requestTimeoutMs };
}

const proved =
  <T>(signal: AbortSignal, question: (client: TronClient) => Promise<T>) =>
  async (client: TronClient): Promise<T> => {
    await client.proveNetwork(signal);
    return question(client);
  };

/** 64 hex digits in lower case, without 0x. @throws {DomainError} `invalid_transaction_hash` */
function normaliseHash(text: string): string {
  const digits = /^(?:0[xX])?([0-9a-fA-F]{64})$/.exec(text.trim())?.[1];
  if (digits === undefined)
    throw new DomainError(
      "invalid_transaction_hash",
      `"${text.slice(0, 90)}" is not a transaction hash on Tron: it needs 64 hex digits.`,
    );
  return digits.toLowerCase();
}

function tellingness(reading: DepositReading): number {
  if (reading.status === "included") return reading.mayHideTransfers ? 2 : 3;
  return reading.status === "pending" ? 1 : 0;
}

/** A node that lags, or that keeps no internal transactions, must not hide what another one shows. */
async function readMostTelling(
  endpoints: EndpointList<TronClient>,
  clients: readonly TronClient[],
  read: (client: TronClient) => Promise<DepositReading>,
): Promise<DepositReading> {
  let asked: TronClient | null = null;
  const answer = await endpoints.first(async (client) => {
    const reading = await read(client);
    asked = client;
    return reading;
  });
  if (tellingness(answer) === 3) return answer;
  const others = await Promise.all(
    clients.filter((client) => client !== asked).map((client) => orNull(read(client))),
  );
  return others.reduce<DepositReading>(
    (best, other) => (other !== null && tellingness(other) > tellingness(best) ? other : best),
    answer,
  );
}

/** One answer is there already: what keeps another node from answering is no trouble. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
}

async function readHead(client: TronClient, signal: AbortSignal) {
  const [latest, solid] = await Promise.all([
    readBlock(client, "/wallet", null, signal),
    readBlock(client, "/walletsolidity", null, signal),
  ]);
  if (solid.number > latest.number)
    throw client.problem("head", "finality_beyond_head", {
      latest: String(latest.number),
      solid: String(solid.number),
    });
  return { number: latest.number, finalNumber: solid.number, time: latest.time };
}

/** As of the solidified head: what no fork takes back. */
async function readBalance(
  client: TronClient,
  address: string,
  asset: Asset,
  signal: AbortSignal,
): Promise<bigint> {
  const operation = "balance";
  if (asset.contract === null) {
    const asked = { address: toHex(address) };
    const account = await client.ask("/walletsolidity/getaccount", asked, accountSchema, signal);
    if (account !== null && account.address !== address) throw client.problem(operation, "account_mismatch");
    return account?.balance ?? 0n; // an account is born with its first TRX
  }
  const call = {
    owner_address: toHex(address),
    contract_address: toHex(asset.contract),
    function_selector: "balanceOf(address)",
    parameter: toHex(address).slice(2).padStart(64, "0"),
  };
  const result = await client.ask(
    "/walletsolidity/triggerconstantcontract",
    call,
    constantResultSchema,
    signal,
  );
  if (result === null) throw client.problem(operation, "malformed_answer");
  return result.constant_result[0];
}
