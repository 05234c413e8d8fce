import { describe, expect, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import type { RpcReply } from "../../../sandbox/anvil-control.ts";
import { classifyBroadcastRefusal } from "./broadcast-outcome.ts";
import type { RpcCall } from "./endpoint.ts";
import { createEvmChain } from "./evm-chain.ts";
import { createLogSpan } from "./log-span.ts";
import { asksForLess, asksTooOften, failsByItself, refusesMethod, RpcRefusal } from "./rpc-refusal.ts";
import { answeringFetch } from "./testing/answering-fetch.ts";

const understood = (code: number, message: string, data?: unknown): string => {
  const refusal = { code, message, data };
  if (asksTooOften(refusal)) return "too_often";
  if (asksForLess(refusal)) return "too_much";
  return refusesMethod(refusal) ? "method_missing" : "nothing";
};

/** Who answers so, and with what. */
type Said = [who: string, code: number, message: string, data?: unknown];

const tooMuch: readonly Said[] = [
  ["Geth's answer that grew too long", -32003, "response too large"],
  ["Geth's batch with too many calls", -32600, "batch too large"],
  ["Geth's time for a search", -32002, "request timed out"],
  ["Erigon", -32000, "query block range exceeds server limit, narrow your filter: 1000"],
  ["Besu", -32005, "Requested range exceeds maximum RPC range limit"],
  ["Reth, blocks", -32602, "query exceeds max block range 100000"],
  ["Reth, results", -32602, "query exceeds max results 20000, retry with the range 100-120"],
  ["Nethermind's time for a search", -32016, "eth_getLogs request was canceled due to enabled timeout."],
  [
    "Infura, results",
    -32005,
    "query returned more than 10000 results",
    { from: "0x1", to: "0x9", limit: 10000 },
  ],
  ["Infura, results, by structure alone", -32005, "limit", { from: "0x1", to: "0x9" }],
  ["Infura, blocks", -32602, "range 1000000 exceeds limit of 10000"],
  ["Alchemy, free", -32600, "Under the Free tier plan, eth_getLogs covers up to a 10 block range."],
  ["Alchemy, size", -32602, "Log response size exceeded."],
  ["QuickNode", -32614, "eth_getLogs is limited to a 10,000 range"],
  ["QuickNode, by its code alone", -32614, "no"],
  ["Ankr", -32062, "block range is too wide"],
  ["dRPC", 35, "ranges over 10000 blocks are not supported on freetier"],
  ["dRPC's own time", 30, "Request timeout on the free tier"],
  [
    "Cloudflare",
    -32047,
    "Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: 800",
  ],
  ["LlamaNodes", -32602, "eth_getLogs range is too large, max is 1k blocks"],
  ["public nodes of Allnodes", -32701, "exceed maximum block range: 50000"],
  ["public nodes of BNB Smart Chain", -32005, "limit exceeded"],
  ["Nodies", -32001, "Block range too large: maximum allowed is 20000 blocks"],
  [
    "a gateway that says why beside it",
    -32602,
    "invalid params",
    { payload: "range 9 is bigger than range limit 2" },
  ],
  [
    "some node",
    -32000,
    "block range is larger than max block range, block range = 5120, max block range = 5000",
  ],
  ["another one", -32600, "block range too high"],
];

const tooOften: readonly Said[] = [
  ["Alchemy", 429, "Your app has exceeded its compute units per second capacity."],
  ["Alchemy, by its code alone", 429, "no"],
  ["Infura, daily", -32005, "daily request count exceeded, request rate limited"],
  ["Infura, by structure", -32005, "limit exceeded", { rate: { backoff_seconds: 30 }, see: "a page" }],
  ["QuickNode", -32007, "50/second request limit reached - reduce calls per second"],
  ["Ankr", -32000, "Too many requests, retry later"],
  ["dRPC", 15, "Too many request, rate limit exceeded"],
  ["Base's own nodes", -32016, "over rate limit"],
  ["Polygon's own nodes", -32090, "Too many requests, reason: call rate limit exhausted, retry in 10s"],
  ["1RPC", -32001, "you have reached the usage limit for your current plan"],
  ["a monthly plan", -32000, "monthly quota reached"],
];

const missing: readonly Said[] = [
  ["Geth", -32601, "the method debug_traceTransaction does not exist/is not available"],
  ["Nethermind", -32601, "Method debug_traceTransaction is not supported"],
  ["Besu, not enabled", -32604, "Method not enabled"],
  ["Reth", -32601, "Method not found"],
  ["Erigon, by the code of the draft", -32004, "no"],
  ["Alchemy's plans", -32600, "debug_traceTransaction is not available on the Free tier - upgrade"],
  ["a proxy", -32000, "unsupported method: debug_traceTransaction"],
  ["an allow-list", -32000, "rpc method is not whitelisted"],
];

describe("a question that is refused", () => {
  // Nethermind gives -32016 to what Base's nodes mean otherwise: too often is the careful reading.
  const nethermindsTime = tooMuch.filter(([who]) => who.startsWith("Nethermind"));
  test.each(tooMuch.filter((one) => !nethermindsTime.includes(one)))(
    "%s: %i %s asks for less",
    (_who, ...said) => expect(understood(...said)).toBe("too_much"),
  );
  test.each(tooOften)("%s: %i %s is asked too often", (_who, ...said) =>
    expect(understood(...said)).toBe("too_often"),
  );
  test.each(missing)("%s: %i %s does not offer the method", (_who, ...said) =>
    expect(understood(...said)).toBe("method_missing"),
  );
  test.each([
    ["a header it has not", -32000, "header not found"],
    ["state that was pruned", -32000, "missing trie node 0x12 (path )"],
    ["a batch it does not take", -32600, "batch not supported"],
  ])("%s is none of them", (_who, code, message) => expect(understood(code, message)).toBe("nothing"));

  test.each([
    [3, "execution reverted: paused", "0x08c379a0"],
    [3, "no", undefined],
    [-32000, "gas required exceeds allowance (0)", undefined],
    [-32015, "VM execution error.", "revert"],
    [-32000, "insufficient funds for transfer", undefined],
  ])("%i %s: the call fails by itself", (code, message, data) =>
    expect(failsByItself({ code, message, data })).toBe(true),
  );
});

const broadcasts: readonly [who: string, message: string, meaning: string, code?: number][] = [
  ["Geth", "already known", "already_known"],
  ["Geth", "nonce too low: next nonce 5, tx nonce 3", "nonce_used"],
  ["Geth", "replacement transaction underpriced", "underpriced"],
  ["Geth", "transaction gas price below minimum: gas tip cap 1, minimum needed 25", "underpriced"],
  ["Geth", "max fee per gas less than block base fee: address 0x1", "underpriced"],
  [
    "Geth",
    "insufficient funds for gas * price + value: balance 0, tx cost 2, overshot 2",
    "insufficient_funds",
  ],
  ["Geth", "intrinsic gas too low: gas 1, minimum needed 21000", "gas_limit"],
  ["Geth", "transaction gas limit too high (cap: 16777216, tx: 20000000)", "gas_limit"],
  ["Geth", "only replay-protected (EIP-155) transactions allowed over RPC", "wrong_chain"],
  ["Geth", "gapped-nonce tx from delegated accounts", "nonce_gap"],
  ["Geth", "txpool is full", "unknown"],
  ["Geth, by its codes", "no", "nonce_used", -38010],
  ["Geth, by its codes", "no", "nonce_gap", -38011],
  ["Geth, by its codes", "no", "underpriced", -38012],
  ["Geth, by its codes", "no", "gas_limit", -38013],
  ["Geth, by its codes", "no", "insufficient_funds", -38014],
  ["Nethermind", "AlreadyKnown", "already_known"],
  ["Nethermind", "OldNonce, Current nonce: 4, nonce of rejected tx: 3", "nonce_used"],
  ["Nethermind", "NonceGap, Future nonce. Expected nonce: 4", "nonce_gap"],
  ["Nethermind", "transaction nonce is too high. Gap of 3", "nonce_gap"],
  ["Nethermind", "ReplacementNotAllowed", "underpriced"],
  ["Nethermind", "FeeTooLow, MaxFeePerGas too low", "underpriced"],
  ["Nethermind", "FeeTooLowToCompete", "underpriced"],
  ["Nethermind", "InsufficientFunds, Account balance: 0, cumulative cost: 4", "insufficient_funds"],
  ["Nethermind", "GasLimitExceeded, Gas limit: 1, gas limit of rejected tx: 2", "gas_limit"],
  ["Nethermind", "InvalidSender", "wrong_chain"],
  ["Nethermind", "Syncing", "unknown"],
  ["Besu", "Known transaction", "already_known"],
  ["Besu", "Nonce too low", "nonce_used", -32001],
  ["Besu, by its code", "no", "nonce_used", -32001],
  ["Besu", "Nonce too distant from current sender nonce", "nonce_gap"],
  ["Besu", "Upfront cost exceeds account balance", "insufficient_funds", -32004],
  ["Besu", "Transaction gas limit exceeds block gas limit", "gas_limit", -32005],
  ["Besu", "Gas price below configured minimum gas price", "underpriced", -32009],
  ["Besu", "Gas price below current base fee", "underpriced", -32009],
  ["Besu, by its code", "no", "underpriced", -32009],
  ["Besu", "Wrong chainId", "wrong_chain"],
  ["Erigon", "existing tx with same hash", "already_known"],
  ["Erigon", "could not replace existing tx", "underpriced"],
  ["Erigon", "fee too low", "underpriced"],
  ["Erigon", "underpriced", "underpriced"],
  ["Erigon", "baseFee sub-pool is full", "unknown"],
  ["Reth", "transaction underpriced", "underpriced", -32003],
  ["Reth", "nonce too high", "nonce_gap", -32003],
  ["Reth", "invalid chain ID", "wrong_chain", -32003],
  ["OpenEthereum", "Transaction nonce is too low. Try incrementing the nonce.", "nonce_used", -32010],
  ["OpenEthereum", "Transaction with the same hash was already imported.", "already_known", -32010],
  ["OpenEthereum", "Transaction gas price is too low.", "underpriced", -32010],
  ["Hardhat", "Nonce too high. Expected nonce to be 5 but got 9.", "nonce_gap"],
  ["Infura", "limit exceeded", "unknown", -32005],
  ["Alchemy", "exceeded its compute units per second capacity", "unknown", 429],
  ["a gateway", "the backend is temporarily unavailable", "unknown"],
  ["nobody we know", "tx fee (1.20 ether) exceeds the configured cap (1.00 ether)", "other"],
];

test.each(broadcasts)(
  "a broadcast that %s answers with %s is %s",
  (_who, message, meaning, code = -32000) => {
    const outcome = classifyBroadcastRefusal(message, { code });
    expect(outcome.kind === "rejected" ? outcome.reason : outcome.kind).toBe(meaning);
  },
);

describe("a search over a range of blocks", () => {
  const signal = AbortSignal.timeout(30_000);
  const refusal = (message: string) => new RpcRefusal({ code: -32000, message, endpoint: "node" });

  test("shrinks where a node asks for less, covers every block once, and grows again", async () => {
    const span = createLogSpan();
    let limit = 7n;
    const asked: bigint[] = [];
    const search = async (from: bigint, to: bigint) => {
      const covered: bigint[] = [];
      const parts = span.search({ from, to }, async (part) => {
        const length = part.to - part.from + 1n;
        asked.push(length);
        if (length > limit) throw refusal("block range too large");
        return part;
      });
      for await (const part of parts) for (let at = part.from; at <= part.to; at++) covered.push(at);
      return covered;
    };
    const blocks = Array.from({ length: 200 }, (_, at) => BigInt(at + 1));
    expect(await search(1n, 200n)).toEqual(blocks);
    expect(asked.filter((length) => length > limit).length).toBeLessThan(asked.length / 4);
    limit = 1_000n; // the plan was changed
    asked.length = 0;
    for (let time = 0; time < 3; time++) expect(await search(1n, 200n)).toEqual(blocks);
    expect(asked.at(-1)! + asked.at(-2)!).toBeGreaterThan(20n);
  });

  test("gives up where one block is too much, and where less would not help", async () => {
    const drain = async (message: string) => {
      let times = 0;
      const parts = createLogSpan().search({ from: 1n, to: 1_024n }, async () => {
        times += 1;
        throw refusal(message);
      });
      await expect(parts.next()).rejects.toMatchObject({ message });
      return times;
    };
    expect(await drain("limit exceeded")).toBe(11);
    expect(await drain("too many requests")).toBe(1);
    expect(await drain("header not found")).toBe(1);
  });

  const ours = "0x2000000000000000000000000000000000000002";
  const usdt = registry.get("ethereum:USDT");
  const limited =
    (mostBlocks: bigint, error: { code: number; message: string }) =>
    ({ method, params }: RpcCall): RpcReply => {
      if (method !== "eth_getLogs") return { result: "0x1" };
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      return BigInt(toBlock) - BigInt(fromBlock) >= mostBlocks ? { error } : { result: [] };
    };
  const open = (answer: (call: RpcCall) => RpcReply) => {
    const way = answeringFetch(answer);
    const chain = createEvmChain({
      name: "ethereum",
      chainId: 1,
      rpcUrls: ["http://node.invalid"],
      registry,
      clock: manualClock(new Date("2026-11-20T12:00:00Z")),
      maxFeePerGasCap: 1n,
      requestTimeoutMs: 5_000,
      fetch: way.fetch,
    });
    return { chain, requests: way.requests };
  };

  test.each(tooMuch.filter(([who]) => !/batch|Nethermind|dRPC's|alone/.test(who)))(
    "tokens that came are listed on a node that answers as %s does",
    async (_who, code, message) => {
      const { chain, requests } = open(limited(30n, { code, message }));
      const list = () => chain.listTokenArrivals(ours, usdt, { from: 1n, to: 1_000n }, signal);
      await expect(list()).resolves.toEqual([]);
      requests.length = 0;
      await expect(list()).resolves.toEqual([]); // it remembers
      expect(requests.length).toBeLessThan(80);
    },
  );
});
