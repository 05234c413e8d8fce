import { readFileSync } from "node:fs";
import { createAptosChain } from "../src/chains/aptos/index.ts";
import { createEvmChain } from "../src/chains/evm/index.ts";
import { answerFrom } from "../src/chains/evm/testing/recorded-node.ts";
import type { ReceivingChain } from "../src/chains/index.ts";
import { createSolanaChain } from "../src/chains/solana/index.ts";
import { createTronChain } from "../src/chains/tron/index.ts";
import { manualClock } from "../src/clock.ts";
import { registry } from "../src/money/index.ts";
import { parseJson } from "../src/providers/http-client.ts";

type Answers = Readonly<Record<string, unknown>>;

interface Recording {
  readonly _expect: { readonly txHash: string; readonly recipient: string; readonly amountBaseUnits: string };
  readonly responses: Answers;
}

/** One recorded payment, and the real chain over a node that has it and answers from memory. */
export interface RecordedPayment {
  /** @throws if it is not the payment that was recorded: a wrong answer would be fast. */
  verify(): Promise<void>;
  /** What the node was asked while it was verified, in order; its answers can be had again. */
  readonly asked: readonly Asked[];
  readonly fetch: typeof globalThis.fetch;
}

export interface Asked {
  readonly url: string;
  readonly init: RequestInit | undefined;
  readonly answer: string;
}

export interface RecordedFamily {
  readonly name: string;
  /** The family's own parser of answers, and what it is called. */
  readonly parser: string;
  parse(text: string): unknown;
  /** The files of `chains/fixtures`, each the payment of one listed asset. */
  readonly recordings: readonly string[];
  /** The answer to one question; its text is made once. */
  answer(
    recording: Recording,
    path: string,
    body: { method?: string; params?: unknown[]; id_or_num?: string },
  ): unknown;
  open(fetch: typeof globalThis.fetch): ReceivingChain;
  /** The answer that lists nothing; absent: its blocks are searched, and no address is listed. */
  nothing?(path: string, body: { method?: string; query?: string }): unknown;
}

const clock = manualClock(new Date("2026-01-15T10:30:00Z"));
const shared = { registry, clock, requestTimeoutMs: 10_000 };
const lossless = { parser: "lossless parser", parse: parseJson };
const reply = (answer: object) => ({ jsonrpc: "2.0", id: 1, ...answer });

const evm: RecordedFamily = {
  name: "EVM",
  parser: "JSON.parse",
  parse: (text) => JSON.parse(text),
  recordings: ["ethereum-native-success", "ethereum-usdt-success", "ethereum-usdc-via-contract-success"],
  answer: ({ responses }, _path, { method = "", params = [] }) =>
    reply(answerFrom("ethereum", responses, responses, { method, params })),
  open: (fetch) =>
    createEvmChain({
      ...shared,
      fetch,
      name: "ethereum",
      chainId: 1,
      rpcUrls: ["http://node.invalid"],
      maxFeePerGasCap: 1n,
    }),
};

const solanaGenesis = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";

const solana: RecordedFamily = {
  name: "Solana",
  ...lossless,
  recordings: ["solana-native-success", "solana-usdc-success-creates-ata"],
  answer({ responses }, _path, { method = "" }) {
    const { slot } = (responses["getTransaction"] as { result: { slot: number } }).result;
    const status = { slot, err: null, confirmations: null, confirmationStatus: "finalized" };
    const others: Answers = {
      getGenesisHash: { result: solanaGenesis },
      getSignatureStatuses: { result: { context: { slot: slot + 100 }, value: [status] } },
      getBlock: { result: { blockhash: solanaGenesis, blockTime: 1_700_000_000 } },
    };
    return reply((responses[method] ?? others[method]) as object);
  },
  open: (fetch) =>
    createSolanaChain({ ...shared, fetch, rpcUrls: ["http://node.invalid"], genesisHash: solanaGenesis }),
  nothing: (_path, { method }) =>
    reply(
      method === "getGenesisHash"
        ? { result: solanaGenesis }
        : { result: method === "getTokenAccountsByOwner" ? { context: { slot: 1 }, value: [] } : [] },
    ),
};

const tronGenesis = "00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc";

const tron: RecordedFamily = {
  name: "Tron",
  ...lossless,
  recordings: ["tron-native-success", "tron-usdt-success"],
  answer({ responses }, path, { id_or_num: number }) {
    const call = path.replace(/^\/wallet(solidity)?\//, "wallet/");
    if (call !== "wallet/getblock") return responses[call];
    if (number === "0") return { blockID: tronGenesis };
    const info = responses["wallet/gettransactioninfobyid"] as {
      blockNumber: number;
      blockTimeStamp: number;
    };
    const later = number === undefined ? 100 : 0;
    const at = { number: info.blockNumber + later, timestamp: info.blockTimeStamp + later * 3_000 };
    return {
      blockID: `${at.number.toString(16).padStart(16, "0")}${"ab".repeat(24)}`,
      block_header: { raw_data: at },
    };
  },
  open: (fetch) => createTronChain({ ...shared, fetch, apiUrls: ["http://node.invalid"], apiKey: null }),
  nothing: (path) =>
    path.startsWith("/v1/") ? { success: true, data: [], meta: { page_size: 0 } } : { blockID: tronGenesis },
};

const aptos: RecordedFamily = {
  name: "Aptos",
  ...lossless,
  recordings: ["aptos-native-coin-events-success", "aptos-native-fungible-asset-success"],
  answer: ({ responses }, path) =>
    path.includes("/transactions/by_hash/")
      ? responses["transactions_by_hash"]
      : {
          chain_id: 1,
          epoch: "13000",
          ledger_version: "9999999999",
          oldest_ledger_version: "0",
          ledger_timestamp: `${clock.now().getTime()}000`,
          node_role: "full_node",
        },
  open: (fetch) =>
    createAptosChain({
      ...shared,
      fetch,
      apiUrls: ["http://node.invalid/v1"],
      indexerUrl: "http://node.invalid/v1/graphql",
      apiKey: null,
      chainId: 1,
    }),
  nothing: (_path, { query = "" }) => ({
    data: query.includes("fungible_asset_activities")
      ? { fungible_asset_activities: [] }
      : {
          ledger_infos: [{ chain_id: "1" }],
          processor_status: [
            {
              last_success_version: String(Date.now()), // it gets on between two looks
              last_transaction_timestamp: clock.now().toISOString().slice(0, -1),
            },
          ],
        },
  }),
};

export const recordedFamilies: readonly RecordedFamily[] = [evm, solana, tron, aptos];

/** How many requests it takes to see that nothing came to an address, on a network that is proved; null: it is never asked about one. */
export async function requestsOfLook({ nothing, open, recordings }: RecordedFamily): Promise<number | null> {
  if (nothing === undefined) return null;
  let requests = 0;
  const chain = open((input, init) => {
    requests += 1;
    const text = JSON.stringify(
      nothing(new URL(String(input)).pathname, JSON.parse(String(init?.body ?? "{}"))),
    );
    return Promise.resolve(new Response(text, { headers: { "content-type": "application/json" } }));
  });
  if (chain.watch.kind !== "addresses") return null;
  const { signal } = new AbortController();
  const { _expect: paid } = readRecording(recordings[0]!);
  const address = chain.normaliseAddress(paid.recipient);
  const first = await chain.watch.listSince(address, null, signal);
  requests = 0;
  await chain.watch.listSince(address, first.next, signal);
  return requests;
}

const readRecording = (name: string): Recording =>
  JSON.parse(readFileSync(new URL(`../chains/fixtures/${name}.json`, import.meta.url), "utf8")) as Recording;

/** The family's recordings, each verified twice already: its network is proved, and what one verification asks is known. */
export function openRecorded(family: RecordedFamily): Promise<RecordedPayment[]> {
  return Promise.all(family.recordings.map((name) => openOne(family, name)));
}

async function openOne(family: RecordedFamily, name: string): Promise<RecordedPayment> {
  const recording = readRecording(name);
  const texts = new Map<string, string>();
  const asked: Asked[] = [];
  let listening = true;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input);
    const { id: _, ...body } = JSON.parse(String(init?.body ?? "{}"));
    const question = `${url} ${JSON.stringify(body)}`;
    const text =
      texts.get(question) ?? JSON.stringify(family.answer(recording, new URL(url).pathname, body) ?? {});
    texts.set(question, text);
    if (listening) asked.push({ url, init, answer: text });
    return new Response(text, { headers: { "content-type": "application/json" } });
  };
  const chain = family.open(fetch);
  const verify = verifier(chain, name, recording);
  await verify();
  asked.length = 0;
  await verify();
  listening = false;
  return { verify, asked, fetch };
}

function verifier(chain: ReceivingChain, name: string, { _expect }: Recording): () => Promise<void> {
  const recipient = chain.normaliseAddress(_expect.recipient);
  const watched = new Set([recipient]);
  const amount = BigInt(_expect.amountBaseUnits);
  const { signal } = new AbortController();
  return async () => {
    const reading = await chain.readDeposits(_expect.txHash, watched, signal);
    const deposits = reading.status === "included" && reading.succeeded ? reading.deposits : [];
    if (deposits.length !== 1 || deposits[0]?.amount !== amount || deposits[0].to !== recipient)
      throw new Error(`${name} was not verified as it was recorded`);
  };
}
