import { encodeAbiParameters, getAddress, keccak256 } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAnvil, type AnvilControl } from "../../../sandbox/anvil.ts";
import type { RpcReply } from "../../../sandbox/anvil-control.ts";
import { fund, placeTokens, transfer, transferData } from "../../../sandbox/tokens.ts";
import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import type { BlockWatch } from "../receiving.ts";
import type { RpcCall } from "./endpoint.ts";
import { createEvmChain, type EvmChain } from "./evm-chain.ts";
import { answeringFetch } from "./testing/answering-fetch.ts";

const payer = "0x1000000000000000000000000000000000000001";
const ours = "0x2000000000000000000000000000000000000002";
const alsoOurs = getAddress(`0xabcdef${"0".repeat(33)}3`);
const stranger = "0x4000000000000000000000000000000000000004";
const splitter = "0x7000000000000000000000000000000000000007";
const delegator = "0x7000000000000000000000000000000000000008";
const reverter = "0x7000000000000000000000000000000000000009";
const ender = "0x700000000000000000000000000000000000000a";
const imitation = "0x700000000000000000000000000000000000000b";
const signal = new AbortController().signal;
const clock = manualClock(new Date("2026-11-20T12:00:00Z"));
const addressIn = (address: string): string => address.slice(2).toLowerCase();
const word = (value: bigint): string => value.toString(16).padStart(64, "0");

/** For each (address, amount) in the call data: sends it the amount, and goes on whether it was taken or not. */
const splitterCode = "0x60005b803614601e576000808080846020013585355af1506040016002565b00";
/** Runs the splitter's code as its own. */
const delegatorCode = `0x3660006000376000600036600073${addressIn(splitter)}5af400`;
/** Sends on what it got, and reverts. */
const reverterCode = `0x60008080803473${addressIn(ours)}5af160006000fd`;
/** Ends and leaves what it has. */
const enderCode = `0x73${addressIn(ours)}ff`;

let anvil: AnvilControl;
let stop: () => Promise<void>;
let first: bigint;

type Interfere = (call: RpcCall) => RpcReply | Promise<RpcReply | null> | null;

function open(interfere: Interfere = () => null, batches?: Parameters<typeof answeringFetch>[1]) {
  const way = answeringFetch(
    async (call) => (await interfere(call)) ?? anvil.call(call.method, call.params),
    batches,
  );
  const chain = createEvmChain({
    name: "ethereum",
    chainId: 1,
    rpcUrls: ["http://node.invalid"],
    registry,
    clock,
    maxFeePerGasCap: 1n,
    requestTimeoutMs: 5_000,
    fetch: way.fetch,
    mostScanBlocks: 64,
  });
  return { chain, requests: way.requests, watch: watchOf(chain) };
}

function watchOf(chain: EvmChain): BlockWatch {
  if (chain.watch.kind !== "blocks") throw new Error("an EVM chain is watched by its blocks");
  return chain.watch;
}

const split = (...parts: readonly [string, bigint][]): string =>
  `0x${parts.map(([to, amount]) => `${addressIn(to).padStart(64, "0")}${word(amount)}`).join("")}`;

/** The calls of a scan, without the proof of the network that came before it. */
const methods = (requests: readonly RpcCall[][]): string[][] =>
  requests.map((calls) => calls.map(({ method }) => method)).filter(([method]) => method !== "eth_chainId");

beforeAll(async () => {
  ({ control: anvil, stop } = await startAnvil({ blocks: "automine", chainId: 1 }));
  await placeTokens(anvil);
  await anvil.setCode(splitter, splitterCode);
  await anvil.setCode(delegator, delegatorCode);
  await anvil.setCode(reverter, reverterCode);
  await anvil.setCode(ender, enderCode);
  await anvil.setCode(
    imitation,
    await anvil.rpc<string>("eth_getCode", [registry.get("ethereum:USDC").contract, "latest"]),
  );
  await fund(anvil, payer, "ethereum:ETH", 10n ** 20n);
  for (const id of ["ethereum:USDT", "ethereum:USDC"]) await fund(anvil, payer, id, 10n ** 12n);
  first = BigInt(await anvil.blockNumber()) + 1n;
});
afterAll(() => stop());

describe("a scan", () => {
  const paid: string[] = [];
  let imitated: string;
  let last: bigint;
  const range = () => ({ from: first, to: last });

  beforeAll(async () => {
    const pay = (to: string, assetId: string, amount: bigint) =>
      transfer(anvil, { from: payer, to, assetId, amount });
    paid.push(await pay(ours, "ethereum:ETH", 5n));
    await pay(stranger, "ethereum:ETH", 5n);
    await anvil.mine(23); // so that it takes more than one request
    paid.push(await pay(alsoOurs, "ethereum:USDT", 6n));
    await pay(stranger, "ethereum:USDC", 6n);
    await pay(ours, "ethereum:ETH", 0n);
    await pay(ours, "ethereum:USDC", 0n);
    const holding = encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [payer, 0n]);
    await anvil.setStorage(imitation, keccak256(holding), 1n);
    imitated = await anvil.sendAs({ from: payer, to: imitation, data: transferData(ours, 1n) });
    await anvil.setAutomine(false);
    paid.push(await pay(ours, "ethereum:USDC", 7n));
    paid.push(await pay(alsoOurs, "ethereum:ETH", 8n));
    paid.push(await pay(alsoOurs, "ethereum:USDC", 9n));
    await anvil.setAutomine(true);
    await anvil.mine(3);
    last = BigInt(await anvil.blockNumber());
  });

  test("finds coins and tokens in the chain's order, each transaction once, and nothing else", async () => {
    const { watch } = open();
    const found = await watch.scan(range(), new Set([ours, alsoOurs]), signal);
    expect(found.hashes).toEqual(paid);
    expect(found.endHash).toBe(await watch.blockHash(last, signal));
    expect((await watch.scan(range(), new Set([alsoOurs.toLowerCase()]), signal)).hashes).toHaveLength(3);
    expect((await watch.scan(range(), new Set([stranger]), signal)).hashes).toHaveLength(2);
    expect((await watch.scan({ from: first, to: first }, new Set([ours]), signal)).hashes).toEqual([paid[0]]);
    expect((await watch.scan(range(), new Set(), signal)).hashes).toEqual([]);
  });

  test("all it finds is what the readings say; a token that is not listed only they show", async () => {
    const { chain } = open();
    const amounts = [];
    for (const hash of paid) {
      const reading = await chain.readDeposits(hash, new Set([ours, alsoOurs]), signal);
      if (reading.status === "included") amounts.push(...reading.deposits.map(({ amount }) => amount));
    }
    expect(amounts).toEqual([5n, 6n, 7n, 8n, 9n]);
    expect(await chain.readDeposits(imitated, new Set([ours]), signal)).toMatchObject({
      deposits: [],
      unlisted: [{ contract: imitation, to: ours, amount: 1n }],
    });
  });

  test("asks as often for 10,000 addresses as for ten, and for each twenty blocks once", async () => {
    const many = (count: number) =>
      new Set([
        ours,
        alsoOurs,
        ...Array.from({ length: count }, (_, at) => `0x${(0xaa0000 + at).toString(16).padStart(40, "9")}`),
      ]);
    const [few, lots] = [open(), open()];
    expect((await few.watch.scan(range(), many(10), signal)).hashes).toEqual(paid);
    expect((await lots.watch.scan(range(), many(10_000), signal)).hashes).toEqual(paid);
    expect(methods(lots.requests)).toEqual(methods(few.requests));
    expect(lots.requests.flat()).toHaveLength(few.requests.flat().length);
    expect(methods(few.requests)).toHaveLength(Math.ceil(Number(last - first + 1n) / 20) + 1);
    expect(JSON.stringify(lots.requests).length).toBeLessThan(20_000);
  });

  test.each([
    { code: -32005, message: "limit exceeded" },
    { code: -32602, message: "query exceeds max results 20000, retry with the range 1-2" },
    { code: -32000, message: "query returned more than 10000 results" },
    { code: -32600, message: "eth_getLogs block range too large, maximum is 2" },
    { code: -32614, message: "Log response size exceeded." },
  ])("halves a range of logs that is refused by $message", async (error) => {
    const ranges: bigint[] = [];
    const { watch } = open(({ method, params }) => {
      if (method !== "eth_getLogs") return null;
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      const length = BigInt(toBlock) - BigInt(fromBlock) + 1n;
      ranges.push(length);
      return length > 2n ? { error } : null;
    });
    expect((await watch.scan(range(), new Set([ours, alsoOurs]), signal)).hashes).toEqual(paid);
    const taken = ranges.filter((length) => length <= 2n);
    expect(taken.reduce((sum, length) => sum + length, 0n)).toBe(last - first + 1n);
  });

  test("gives up where even one block's logs are refused, and at once where it asks too often", async () => {
    let asked = 0;
    const refusing = (message: string, code = -32005) =>
      open(({ method }) => {
        if (method !== "eth_getLogs") return null;
        asked += 1;
        return { error: { code, message } };
      }).watch.scan(range(), new Set([ours]), signal);
    await expect(refusing("limit exceeded")).rejects.toMatchObject({ retryable: true });
    expect(asked).toBeLessThan(10);
    asked = 0;
    await expect(refusing("daily request count exceeded, request rate limited")).rejects.toMatchObject({
      retryable: true,
    });
    expect(asked).toBe(1);
  });

  test.each(["refused", "not_found"] as const)(
    "goes block by block where batches are %s",
    async (batches) => {
      const { watch, requests } = open(undefined, batches);
      for (let time = 0; time < 2; time++)
        expect((await watch.scan(range(), new Set([ours, alsoOurs]), signal)).hashes).toEqual(paid);
      expect(requests.filter((calls) => calls.length > 1)).toHaveLength(1);
    },
  );

  test("names a transaction once, however many of its logs are found", async () => {
    const { watch } = open(async ({ method, params }) => {
      if (method !== "eth_getLogs") return null;
      const logs = await anvil.rpc<object[]>(method, params);
      return { result: [...logs, ...logs] };
    });
    expect((await watch.scan(range(), new Set([ours, alsoOurs]), signal)).hashes).toEqual(paid);
  });

  test("puts answers in order that come in another", async () => {
    const { watch } = open(undefined, "shuffled");
    expect((await watch.scan(range(), new Set([ours, alsoOurs]), signal)).hashes).toEqual(paid);
  });

  test("takes fewer blocks at once where twenty are too much to answer", async () => {
    const padding = "0".repeat(3_000_000);
    const { watch, requests } = open(async (call) => {
      if (call.method !== "eth_getBlockByNumber" || call.params[1] !== true) return null;
      const block = await anvil.rpc<object>(call.method, call.params);
      return { result: { ...block, padding } };
    });
    expect((await watch.scan(range(), new Set([ours, alsoOurs]), signal)).hashes).toEqual(paid);
    expect(
      Math.min(...requests.filter((calls) => calls.length > 2).map((calls) => calls.length)),
    ).toBeLessThan(11);
  });

  test("takes no more blocks than it says, and at least one", async () => {
    const { watch } = open();
    expect(watch.mostBlocks).toBe(64);
    for (const blocks of [
      { from: 0n, to: 64n },
      { from: 2n, to: 1n },
    ])
      await expect(watch.scan(blocks, new Set([ours]), signal)).rejects.toMatchObject({ code: "scan_range" });
  });
});

describe("a scan of a chain that moves", () => {
  const trouble = (reason: string) =>
    expect.objectContaining({ code: "provider_error", retryable: true, reason });
  const recent = async () => {
    const to = BigInt(await anvil.blockNumber());
    return { from: to - 4n, to };
  };

  test("another end hash tells that blocks were replaced", async () => {
    const { watch } = open();
    await anvil.mine(5);
    const hash = await transfer(anvil, { from: payer, to: ours, assetId: "ethereum:ETH", amount: 3n });
    const blocks = await recent();
    const before = await watch.scan(blocks, new Set([ours]), signal);
    expect(before.hashes).toEqual([hash]);
    await anvil.reorg(1);
    expect(await watch.blockHash(blocks.to, signal)).not.toBe(before.endHash);
    expect((await watch.scan(blocks, new Set([ours]), signal)).hashes).toEqual([]);
  });

  test("blocks that are replaced between blocks and logs are noticed, whether a log shows it or not", async () => {
    await transfer(anvil, { from: payer, to: ours, assetId: "ethereum:USDC", amount: 3n });
    const { watch } = open(async ({ method }) => {
      if (method === "eth_getLogs") await anvil.reorg(1);
      return null;
    });
    await expect(watch.scan(await recent(), new Set([ours]), signal)).rejects.toEqual(trouble("reorganised"));
    await expect(watch.scan(await recent(), new Set([stranger]), signal)).rejects.toEqual(
      trouble("reorganised"),
    );
  });

  test("blocks that do not hang together, logs of other blocks and a node that is behind are no answer", async () => {
    await transfer(anvil, { from: payer, to: ours, assetId: "ethereum:USDC", amount: 3n });
    const blocks = await recent();
    const scan = (change: (call: RpcCall, result: never) => unknown) =>
      open(async (call) => {
        const reply = await anvil.call(call.method, call.params);
        return "result" in reply ? { result: change(call, reply.result as never) } : reply;
      }).watch.scan(blocks, new Set([ours]), signal);
    const other = `0x${"cd".repeat(32)}`;
    const end = `0x${blocks.to.toString(16)}`;
    const isFull = ({ params }: RpcCall) => params[1] === true;
    const change =
      (method: string, how: (call: RpcCall, result: object) => unknown) => (call: RpcCall, result: never) =>
        call.method === method ? how(call, result) : result;
    const block = (how: (call: RpcCall, result: object) => unknown) =>
      scan(change("eth_getBlockByNumber", how));
    const logs = (how: object) =>
      scan(change("eth_getLogs", (_call, found) => (found as object[]).map((log) => ({ ...log, ...how }))));
    await expect(
      block((call, found) =>
        isFull(call) && call.params[0] === end ? { ...found, parentHash: other } : found,
      ),
    ).rejects.toEqual(trouble("reorganised"));
    await expect(
      block((call, found) => (isFull(call) && call.params[0] === end ? null : found)),
    ).rejects.toEqual(trouble("missing_block"));
    await expect(
      block((call, found) => (!isFull(call) && call.params[0] === end ? null : found)),
    ).rejects.toEqual(trouble("reorganised"));
    await expect(
      block((call, found) => (isFull(call) ? { ...found, number: "0x1" } : found)),
    ).rejects.toEqual(trouble("garbled_answer"));
    await expect(logs({ blockHash: other })).rejects.toEqual(trouble("reorganised"));
    await expect(logs({ removed: true })).rejects.toEqual(trouble("reorganised"));
    await expect(logs({ address: stranger })).rejects.toEqual(trouble("garbled_answer"));
    await expect(logs({ data: 7 })).rejects.toEqual(trouble("garbled_answer"));
  });

  test("blocks that were scanned are searched again at every endpoint: what any of them lists by now is found", async () => {
    await anvil.mine(5);
    const hash = await transfer(anvil, { from: payer, to: ours, assetId: "ethereum:USDC", amount: 3n });
    const again = async (answer: (call: RpcCall, host: string) => RpcReply | null) => {
      const way = answeringFetch(
        async (call, host) => answer(call, host) ?? anvil.call(call.method, call.params),
      );
      const chain = createEvmChain({
        name: "ethereum",
        chainId: 1,
        rpcUrls: ["http://one.invalid", "http://two.invalid"],
        registry,
        clock,
        maxFeePerGasCap: 1n,
        requestTimeoutMs: 5_000,
        fetch: way.fetch,
      });
      return watchOf(chain).searchAgain(await recent(), new Set([ours]), signal);
    };
    const isLogs = ({ method }: RpcCall) => method === "eth_getLogs";
    const refused: RpcReply = { error: { code: -32000, message: "header not found" } };
    expect(await again(() => null)).toEqual([hash]);
    for (const late of ["one.invalid", "two.invalid"]) {
      expect(await again((call, host) => (isLogs(call) && host === late ? { result: [] } : null))).toEqual([
        hash,
      ]);
      expect(await again((call, host) => (isLogs(call) && host === late ? refused : null))).toEqual([hash]);
    }
    expect(await again((call) => (isLogs(call) ? { result: [] } : null))).toEqual([]);
    await expect(again((call) => (isLogs(call) ? refused : null))).rejects.toEqual(trouble("refused"));
  });

  test("no block is no hash", async () => {
    expect(await open().watch.blockHash(10n ** 9n, signal)).toBeNull();
  });
});

describe("coins that contracts send on a real node", () => {
  const readOn = async (hash: string, watched: readonly string[], interfere?: Interfere) =>
    open(interfere).chain.readDeposits(hash, new Set(watched), signal);
  /** With gas of its own: an estimate is content when the inner calls fail. */
  const pay = async (to: string, ...parts: readonly [string, bigint][]) => {
    const call = { from: payer, to, value: "0x14", data: split(...parts), gas: "0x100000" };
    const hash = await anvil.rpc<string>("eth_sendTransaction", [call]);
    await anvil.mine();
    return hash;
  };

  test("a multisend, also by delegated code, pays each address what it got", async () => {
    for (const to of [splitter, delegator]) {
      const before = await anvil.getBalance(ours);
      const hash = await pay(to, [ours, 4n], [stranger, 1n], [alsoOurs, 5n], [ours, 6n]);
      expect(await anvil.getBalance(ours)).toBe(before + 10n);
      expect(await readOn(hash, [ours, alsoOurs])).toMatchObject({
        status: "included",
        mayHideTransfers: false,
        deposits: [
          { index: `call:${ours}:0`, to: ours, amount: 4n },
          { index: `call:${alsoOurs.toLowerCase()}:0`, to: alsoOurs, amount: 5n },
          { index: `call:${ours}:1`, to: ours, amount: 6n },
        ],
      });
    }
  });

  test("what a failed inner call sent did not arrive; what an ending contract left did", async () => {
    const before = await anvil.getBalance(ours);
    const hash = await pay(splitter, [reverter, 4n], [ender, 5n]);
    expect(await anvil.getBalance(ours)).toBe(before + 5n);
    expect(await readOn(hash, [ours])).toMatchObject({
      deposits: [{ index: `call:${ours}:0`, amount: 5n }],
      mayHideTransfers: false,
    });
  });

  test("a node that cannot trace leaves the question open", async () => {
    const hash = await pay(splitter, [ours, 4n]);
    const untraced: Interfere = ({ method }) =>
      method === "debug_traceTransaction" ? { error: { code: -32601, message: "method not found" } } : null;
    expect(await readOn(hash, [ours], untraced)).toMatchObject({ deposits: [], mayHideTransfers: true });
  });
});
