import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { startAnvil } from "../../../sandbox/anvil.ts";
import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import type { ChainFingerprint, FingerprintStore } from "../receiving.ts";
import { createEvmChain, type EvmChain } from "./evm-chain.ts";
import { startRpcRelay, type Interference, type RpcCall } from "./testing/rpc-relay.ts";

const { control: anvil, stop } = await startAnvil({ blocks: "automine", chainId: 1 });
const [first, second] = [await startRpcRelay(anvil.url), await startRpcRelay(anvil.url)];
const clock = manualClock(new Date("2026-11-20T12:00:00Z"));
const eth = registry.get("ethereum:ETH");
const holder = "0x1000000000000000000000000000000000000001";
const sender = "0x2000000000000000000000000000000000000002";
const signal = new AbortController().signal;
await anvil.setBalance(holder, 7n);
await anvil.setBalance(sender, 10n ** 18n);

afterAll(async () => {
  await Promise.all([first.close(), second.close()]);
  await stop();
});
beforeEach(() => {
  for (const relay of [first, second]) {
    relay.interfere = () => null;
    relay.calls.length = 0;
  }
});

const chainOf = (
  rpcUrls: readonly string[],
  fingerprints?: FingerprintStore,
  mostBlocksBehind?: bigint,
): EvmChain =>
  createEvmChain({
    name: "ethereum",
    chainId: 1,
    rpcUrls,
    registry,
    clock,
    maxFeePerGasCap: 100_000_000_000n,
    requestTimeoutMs: 2_000,
    ...(fingerprints && { fingerprints }),
    ...(mostBlocksBehind !== undefined && { mostBlocksBehind }),
  });

/** Says what a node would that stopped this many blocks ago, when nobody held anything. */
const lagging =
  (blocks: number, head: number) =>
  ({ method }: RpcCall): Interference | null => {
    if (method === "eth_blockNumber") return { result: `0x${(head - blocks).toString(16)}` };
    if (method === "eth_getBalance" || method === "eth_getTransactionCount") return { result: "0x0" };
    if (method.startsWith("eth_getTransaction")) return { result: null };
    return null;
  };

describe("heads are compared", () => {
  test("F48 a node far behind the others is not believed: its zero is no balance and its silence no answer", async () => {
    await anvil.mine(20);
    first.interfere = lagging(6, await anvil.blockNumber());
    const chain = chainOf([first.url, second.url]);
    expect(await chain.balance(holder, eth, signal)).toBe(7n);
    expect(first.calls).not.toContain("eth_getBalance");
    const hash = await anvil.sendAs({ from: sender, to: holder });
    expect((await chain.readTransaction(hash, [holder], signal)).status).toBe("succeeded");
    expect(first.calls).not.toContain("eth_getTransactionReceipt");
  });

  test("a block or two behind is how neighbours are", async () => {
    first.interfere = lagging(2, await anvil.blockNumber());
    expect(await chainOf([first.url, second.url]).balance(holder, eth, signal)).toBe(0n);
  });

  test("how far behind is too far is the network's own: where blocks are fast, six are nothing", async () => {
    first.interfere = lagging(6, await anvil.blockNumber());
    const urls = [first.url, second.url];
    expect(await chainOf(urls, undefined, 6n).balance(holder, eth, signal)).toBe(0n);
    expect(await chainOf(urls, undefined, 5n).balance(holder, eth, signal)).toBe(7n);
  });

  test("a laggard whose better has died is an error at first, and believed again once it caught up", async () => {
    first.interfere = lagging(6, await anvil.blockNumber());
    const chain = chainOf([first.url, second.url]);
    await chain.balance(holder, eth, signal);
    second.interfere = () => "cut";
    await expect(chain.balance(holder, eth, signal)).rejects.toMatchObject({
      code: "provider_error",
      retryable: true,
    });
    first.interfere = () => null;
    clock.advance(10_000);
    expect(await chain.balance(holder, eth, signal)).toBe(7n);
  });

  test("it still passes on what it is given", async () => {
    first.interfere = lagging(6, await anvil.blockNumber());
    const outcome = await chainOf([first.url, second.url]).broadcast("0x02", signal);
    expect(outcome.kind).toBe("rejected");
    expect(first.calls).toContain("eth_sendRawTransaction");
  });
});

describe("another network with the same chain id", () => {
  /** As kept in the database. */
  function memory(): FingerprintStore & { kept: ChainFingerprint | null } {
    return {
      kept: null,
      find: async function () {
        return this.kept;
      },
      keepFirst: async function (_chain, fingerprint) {
        return (this.kept ??= fingerprint);
      },
    };
  }
  const otherHash = `0x${"ab".repeat(32)}`;
  const withBlock = (height: string) => async (): Promise<(call: RpcCall) => Interference | null> => {
    const block = await anvil.rpc<object>("eth_getBlockByNumber", [height, false]);
    return ({ method, params }) =>
      method === "eth_getBlockByNumber" && params[0] === height
        ? { result: { ...block, hash: otherHash } }
        : null;
  };

  test("the first block tells it: the node is left out, another one answers, and none is an error", async () => {
    const known = memory();
    expect((await chainOf([anvil.url], known).head(signal)).number).toBeGreaterThan(0n);
    const { hash } = await anvil.rpc<{ hash: string }>("eth_getBlockByNumber", ["0x0", false]);
    expect(known.kept?.genesisHash).toBe(hash);
    first.interfere = await withBlock("0x0")();
    expect(await chainOf([first.url, second.url], known).balance(holder, eth, signal)).toBe(7n);
    expect(first.calls).not.toContain("eth_getBalance");
    await expect(chainOf([first.url], known).balance(holder, eth, signal)).rejects.toMatchObject({
      reason: "wrong_network",
    });
  });

  test("a copy that left our chain after its first block is told by the block we remember", async () => {
    const known = memory();
    await chainOf([anvil.url], known).head(signal);
    const height = `0x${known.kept!.checkpoint.number.toString(16)}`;
    first.interfere = await withBlock(height)();
    await expect(chainOf([first.url], known).head(signal)).rejects.toMatchObject({ reason: "wrong_network" });
  });

  test("a node without the remembered block proves nothing, and is not called foreign", async () => {
    const known = memory();
    await chainOf([anvil.url], known).head(signal);
    const height = `0x${known.kept!.checkpoint.number.toString(16)}`;
    first.interfere = ({ method, params }) =>
      method === "eth_getBlockByNumber" && params[0] === height ? { result: null } : null;
    await expect(chainOf([first.url], known).head(signal)).rejects.toMatchObject({
      reason: "network_unproved",
    });
  });

  test("a node that is exchanged without an error in between is noticed within minutes", async () => {
    const known = memory();
    const chain = chainOf([first.url], known);
    await chain.head(signal);
    first.interfere = await withBlock("0x0")();
    clock.advance(10 * 60_000);
    await expect(chain.head(signal)).rejects.toMatchObject({ reason: "wrong_network" });
    first.interfere = () => null;
    clock.advance(5 * 60_000);
    expect((await chain.head(signal)).number).toBeGreaterThan(0n);
  });
});

describe("F44 who used a nonce", () => {
  test("the transaction in a final block is found, however many blocks followed; an unused or not final one is null", async () => {
    const chain = chainOf([anvil.url]);
    const used = BigInt(await anvil.rpc<string>("eth_getTransactionCount", [sender, "latest"]));
    const hashes = [];
    for (let nonce = 0; nonce < 3; nonce += 1) {
      hashes.push(await anvil.sendAs({ from: sender, to: holder }));
      await anvil.mine(nonce * 9);
    }
    expect(await chain.findNonceUse(sender, used + 2n, signal)).toBe(hashes[2]);
    expect(await chain.findNonceUse(sender, used, signal)).toBe(hashes[0]);
    expect(await chain.findNonceUse(sender, used + 3n, signal)).toBeNull();
    hashes.push(await anvil.sendAs({ from: sender, to: holder }));
    expect(await chain.findNonceUse(sender, used + 3n, signal)).toBeNull();
    await anvil.mine(5);
    expect(await chain.findNonceUse(sender, used + 3n, signal)).toBe(hashes[3]);
  });

  test("a node without old state proves nothing", async () => {
    first.interfere = ({ method, params }) =>
      method === "eth_getTransactionCount" && params[1] !== `0x0`
        ? { error: { code: -32000, message: "missing trie node" } }
        : null;
    await expect(chainOf([first.url]).findNonceUse(sender, 0n, signal)).rejects.toMatchObject({
      code: "provider_error",
    });
  });
});
