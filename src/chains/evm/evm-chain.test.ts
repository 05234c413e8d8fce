import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startAnvil, type AnvilControl } from "../../../sandbox/anvil.ts";
import { fund, placeTokens, transfer } from "../../../sandbox/tokens.ts";
import { systemClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import { classifyBroadcastRefusal } from "./broadcast-outcome.ts";
import { createEvmChain, type EvmChain } from "./evm-chain.ts";
import { startRpcRelay, type RpcRelay } from "./testing/rpc-relay.ts";

const usdt = registry.get("ethereum:USDT");
const usdc = registry.get("ethereum:USDC");
const eth = registry.get("ethereum:ETH");
const payer = "0x1000000000000000000000000000000000000001";
const ours = "0x2000000000000000000000000000000000000002";
const signal = new AbortController().signal;

let anvil: AnvilControl;
let stop: () => Promise<void>;
let relay: RpcRelay;

const chainAt = (...rpcUrls: string[]): EvmChain =>
  createEvmChain({
    name: "ethereum",
    chainId: 1,
    rpcUrls,
    registry,
    clock: systemClock,
    maxFeePerGasCap: 100_000_000_000n,
    requestTimeoutMs: 2_000,
  });

beforeAll(async () => {
  const started = await startAnvil({ blocks: "automine", chainId: 1 });
  anvil = started.control;
  stop = started.stop;
  await placeTokens(anvil);
  await fund(anvil, payer, "ethereum:ETH", 10n ** 20n);
  await fund(anvil, payer, "ethereum:USDT", 10n ** 12n);
  await fund(anvil, payer, "ethereum:USDC", 10n ** 12n);
  relay = await startRpcRelay(anvil.url);
});
afterAll(async () => {
  await relay.close();
  await stop();
});
beforeEach(() => {
  relay.interfere = () => null;
  relay.calls.length = 0;
});

const unreadable = (reason: string) =>
  expect.objectContaining({ code: "provider_error", retryable: true, reason });

describe("reading a transaction", () => {
  test("a token and a native transfer are read, with finality and the block's time", async () => {
    const chain = chainAt(anvil.url);
    const token = await transfer(anvil, {
      from: payer,
      to: ours,
      assetId: "ethereum:USDT",
      amount: 12_345_678n,
    });
    const early = await chain.readTransaction(token, [ours], signal);
    expect(early).toMatchObject({ status: "succeeded", final: false });
    await anvil.mine(5);
    expect(
      await chain.readTransaction(token.toUpperCase().replace("0X", "0x"), [ours], signal),
    ).toMatchObject({
      status: "succeeded",
      final: true,
      receipts: [{ index: "log+0", asset: usdt, from: payer, to: ours, amount: 12_345_678n }],
    });
    const native = await transfer(anvil, { from: payer, to: ours, assetId: "ethereum:ETH", amount: 5n });
    expect(await chain.readTransaction(native, [ours], signal)).toMatchObject({
      receipts: [{ index: "native", asset: eth, amount: 5n }],
    });
    expect(await chain.readTransaction(native, [payer], signal)).toMatchObject({ receipts: [] });
  });

  test("F57 a revert, a wait and an unknown hash are three different answers", async () => {
    const chain = chainAt(anvil.url);
    const reverted = await anvil.rpc<string>("eth_sendTransaction", [
      {
        from: await impersonate(ours),
        to: usdt.contract,
        gas: "0x30000",
        data: `0xa9059cbb${payer.slice(2).padStart(64, "0")}${"f".repeat(64)}`,
      },
    ]);
    await anvil.mine(); // the node answers a moment before it mines
    expect(await chain.readTransaction(reverted, [payer], signal)).toMatchObject({
      status: "reverted",
      receipts: [],
    });
    await anvil.setAutomine(false);
    const waiting = await transfer(anvil, { from: payer, to: ours, assetId: "ethereum:ETH", amount: 1n });
    expect(await chain.readTransaction(waiting, [ours], signal)).toEqual({ status: "pending" });
    await anvil.setAutomine(true);
    await anvil.mine();
    expect(await chain.readTransaction(`0x${"ab".repeat(32)}`, [ours], signal)).toEqual({
      status: "not_found",
    });
  });

  test("a transaction that a reorganisation took away is not there any more", async () => {
    const chain = chainAt(anvil.url);
    const hash = await transfer(anvil, { from: payer, to: ours, assetId: "ethereum:USDC", amount: 7n });
    expect((await chain.readTransaction(hash, [ours], signal)).status).toBe("succeeded");
    await anvil.reorg(1);
    expect(["pending", "not_found"]).toContain((await chain.readTransaction(hash, [ours], signal)).status);
  });

  test.each([
    ["another hash", { transactionHash: `0x${"cd".repeat(32)}` }, "hash_mismatch"],
    ["no status", { status: undefined }, "garbled_answer"],
    ["a garbled amount", { gasUsed: "lots" }, "garbled_answer"],
  ])("a node that answers with %s proves nothing", async (_name, lie, reason) => {
    const hash = await transfer(anvil, { from: payer, to: ours, assetId: "ethereum:USDT", amount: 3n });
    const receipt = await anvil.rpc<object>("eth_getTransactionReceipt", [hash]);
    relay.interfere = ({ method }) =>
      method === "eth_getTransactionReceipt" ? { result: { ...receipt, ...lie } } : null;
    await expect(chainAt(relay.url).readTransaction(hash, [ours], signal)).rejects.toEqual(
      unreadable(reason),
    );
  });

  test("look-alikes are no payment: a foreign token, an NFT's four topics, an amount of zero", async () => {
    const hash = await transfer(anvil, { from: payer, to: ours, assetId: "ethereum:USDT", amount: 1n });
    const receipt = await anvil.rpc<{ logs: { topics: string[] }[] }>("eth_getTransactionReceipt", [hash]);
    const [log] = receipt.logs;
    const logs = [
      { ...log, address: "0x3000000000000000000000000000000000000003" },
      { ...log, topics: [...log!.topics, `0x${"0".repeat(63)}1`] },
      { ...log, data: `0x${"0".repeat(64)}` },
      { ...log, data: "0x" },
    ].map((one, place) => ({ ...one, logIndex: `0x${place}` }));
    relay.interfere = ({ method }) =>
      method === "eth_getTransactionReceipt" ? { result: { ...receipt, logs } } : null;
    expect(await chainAt(relay.url).readTransaction(hash, [ours], signal)).toMatchObject({ receipts: [] });
  });
});

describe("endpoints", () => {
  test("a node of another chain is left out, and the error shows no key of the URL", async () => {
    relay.interfere = ({ method }) => (method === "eth_chainId" ? { result: "0x89" } : null);
    expect((await chainAt(relay.url, anvil.url).head(signal)).number).toBeGreaterThan(0n);
    const failure = await chainAt(relay.url)
      .head(signal)
      .catch((error: unknown) => error);
    expect(failure).toEqual(unreadable("wrong_network"));
    expect(relay.calls.filter((method) => method !== "eth_chainId")).toEqual([]);
    const { message, details } = failure as { message: string; details: unknown };
    expect(`${message} ${JSON.stringify(details)}`).not.toContain("secret-key-in-path");
  });

  test("when one node is down the next is asked; when all are, it is an error and no verdict", async () => {
    relay.interfere = () => "cut";
    const hash = await transfer(anvil, { from: payer, to: ours, assetId: "ethereum:USDT", amount: 2n });
    expect((await chainAt(relay.url, anvil.url).readTransaction(hash, [ours], signal)).status).toBe(
      "succeeded",
    );
    const failure = await chainAt(relay.url)
      .readTransaction(hash, [ours], signal)
      .catch((error: unknown) => error);
    expect(failure).toEqual(unreadable("no_usable_answer"));
    expect(JSON.stringify((failure as { details: unknown }).details)).not.toContain("secret-key-in-path");
  });

  test("a node that knows nothing does not hide what another one shows", async () => {
    const hash = await transfer(anvil, { from: payer, to: ours, assetId: "ethereum:USDT", amount: 4n });
    relay.interfere = ({ method }) => (method.startsWith("eth_getTransaction") ? { result: null } : null);
    expect((await chainAt(relay.url, anvil.url).readTransaction(hash, [ours], signal)).status).toBe(
      "succeeded",
    );
  });

  test("a node that says the final block is above its head is not believed", async () => {
    const block = await anvil.rpc<object>("eth_getBlockByNumber", ["latest", false]);
    relay.interfere = ({ method, params }) =>
      method === "eth_getBlockByNumber" && params[0] === "finalized"
        ? { result: { ...block, number: "0xffffff" } }
        : null;
    await expect(chainAt(relay.url).head(signal)).rejects.toEqual(unreadable("finality_beyond_head"));
  });
});

describe("F48 an unreadable balance is an error, never zero", () => {
  test.each([
    ["no connection", () => "cut" as const],
    ["HTML", () => ({ status: 502, body: "<html>bad gateway</html>" })],
    ["an empty word", () => ({ result: "0x" })],
    ["null", () => ({ result: null })],
    ["rate limit", () => ({ error: { code: -32005, message: "limit exceeded" } })],
  ])("%s", async (_name, interfere) => {
    relay.interfere = ({ method }) => (method === "eth_chainId" ? null : interfere());
    const chain = chainAt(relay.url);
    for (const asset of [usdt, eth])
      await expect(chain.balance(payer, asset, signal)).rejects.toMatchObject({ code: "provider_error" });
  });
});

describe("estimating", () => {
  test("F50 fees are twice the base fee and the tip, and refused where base fee and tip are above the cap", async () => {
    const call = { from: payer, to: ours, asset: eth, amount: 1n };
    const chain = chainAt(anvil.url);
    await anvil.setNextBlockBaseFee(10_000_000_000n);
    await anvil.mine();
    const fees = await chain.estimate(call, signal);
    expect(fees.gasLimit).toBe(21_000n);
    expect(fees.maxFeePerGas).toBe(2n * 10_000_000_000n + fees.maxPriorityFeePerGas);
    const higher = await chain.estimate({ ...call, replaces: fees }, signal);
    expect(higher.maxFeePerGas * 1000n >= fees.maxFeePerGas * 1125n).toBe(true);
    expect(higher.maxPriorityFeePerGas * 1000n >= fees.maxPriorityFeePerGas * 1125n).toBe(true);
    await anvil.setNextBlockBaseFee(100_000_000_000n);
    await anvil.mine();
    await expect(chain.estimate(call, signal)).rejects.toMatchObject({ code: "fee_above_cap" });
    await anvil.setNextBlockBaseFee(1_000_000_000n);
    await anvil.mine();
  });

  test("a token without return value is estimated; one that would revert or answers false is refused", async () => {
    const chain = chainAt(anvil.url);
    const fees = await chain.estimate({ from: payer, to: ours, asset: usdt, amount: 5n }, signal);
    expect(fees.gasLimit).toBeGreaterThan(21_000n);
    const tooMuch = { from: payer, to: ours, asset: usdc, amount: 10n ** 30n };
    await expect(chain.estimate(tooMuch, signal)).rejects.toMatchObject({ code: "transfer_would_revert" });
    relay.interfere = ({ method }) => (method === "eth_call" ? { result: `0x${"0".repeat(64)}` } : null);
    const small = { from: payer, to: ours, asset: usdc, amount: 1n };
    await expect(chainAt(relay.url).estimate(small, signal)).rejects.toMatchObject({
      code: "transfer_would_revert",
    });
    const nowhere = { from: payer, to: ours, asset: registry.get("ethereum:WBTC"), amount: 1n };
    await expect(chain.estimate(nowhere, signal)).rejects.toMatchObject({ code: "transfer_would_revert" });
  });
});

test.each([
  ["already known", "already_known"],
  ["AlreadyKnown: transaction already imported", "already_known"],
  ["nonce too low: next nonce 5, tx nonce 3", "nonce_used"],
  ["nonce too high", "nonce_gap"],
  ["replacement transaction underpriced", "underpriced"],
  ["max fee per gas less than block base fee: address 0x1", "underpriced"],
  ["transaction underpriced: gas tip cap 1, minimum needed 25", "underpriced"],
  ["insufficient funds for gas * price + value", "insufficient_funds"],
  ["intrinsic gas too low", "gas_limit"],
  ["invalid chain id for signer", "wrong_chain"],
  ["invalid sender", "wrong_chain"],
  ["rate limit exceeded", "unknown"],
  ["something nobody wrote before", "other"],
])("F46 a broadcast answered with %s is %s", (message, meaning) => {
  const outcome = classifyBroadcastRefusal(message);
  expect(outcome.kind === "rejected" ? outcome.reason : outcome.kind).toBe(meaning);
});

async function impersonate(address: string): Promise<string> {
  await anvil.setBalance(address, 10n ** 18n);
  await anvil.rpc("anvil_impersonateAccount", [address]);
  return address;
}
