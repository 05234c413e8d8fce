import { describe, expect, test } from "vitest";
import type { RpcReply } from "../../../sandbox/anvil-control.ts";
import { manualClock } from "../../clock.ts";
import { registry } from "../../money/index.ts";
import type { RpcCall } from "./endpoint.ts";
import { createEvmChain } from "./evm-chain.ts";
import { answeringFetch } from "./testing/answering-fetch.ts";

const gwei = 10n ** 9n;
const hex = (value: bigint): string => `0x${value.toString(16)}`;
const signal = AbortSignal.timeout(30_000);
const send = {
  from: "0x2000000000000000000000000000000000000002",
  to: "0x3000000000000000000000000000000000000003",
  asset: registry.get("ethereum:ETH"),
  amount: 1n,
};
const missing: RpcReply = { error: { code: -32601, message: "the method does not exist/is not available" } };
const cap = 200n * gwei;

/** A node with this base fee whose other answers are these, and that lacks what is not among them. */
function chainAt(baseFee: bigint, answers: Readonly<Record<string, RpcReply>>) {
  const block = {
    number: "0x64",
    hash: `0x${"1".repeat(64)}`,
    timestamp: "0x6566a100",
    baseFeePerGas: hex(baseFee),
  };
  const given: Readonly<Record<string, RpcReply>> = {
    eth_chainId: { result: "0x1" },
    eth_getBlockByNumber: { result: block },
    eth_getCode: { result: "0x" },
    eth_estimateGas: { result: "0x5208" },
    ...answers,
  };
  const way = answeringFetch(({ method }: RpcCall) => given[method] ?? missing);
  const chain = createEvmChain({
    name: "ethereum",
    chainId: 1,
    rpcUrls: ["http://node.invalid"],
    registry,
    clock: manualClock(new Date("2026-11-20T12:00:00Z")),
    maxFeePerGasCap: cap,
    requestTimeoutMs: 5_000,
    fetch: way.fetch,
  });
  return { chain, requests: way.requests };
}

const tipOf = (tip: bigint) => ({ eth_maxPriorityFeePerGas: { result: hex(tip) } });

describe("the cap", () => {
  test.each([1n, 50n, 99n, 100n, 101n, 150n, 177n, 178n, 199n])(
    "lets pass a base fee of %d gwei under 200",
    async (base) => {
      const { maxFeePerGas } = await chainAt(base * gwei, tipOf(gwei)).chain.estimate(send, signal);
      expect(maxFeePerGas).toBeGreaterThanOrEqual((base + 1n) * gwei);
      expect(maxFeePerGas).toBeLessThanOrEqual(cap);
      expect(maxFeePerGas).toBeLessThanOrEqual((2n * base + 1n) * gwei);
    },
  );

  test.each([
    [199n, 2n],
    [200n, 1n],
    [0n, 201n],
  ])("refuses a base fee of %d gwei with a tip of %d", async (base, tip) => {
    const asked = chainAt(base * gwei, tipOf(tip * gwei)).chain.estimate(send, signal);
    await expect(asked).rejects.toMatchObject({ code: "fee_above_cap" });
  });

  test("leaves room for one replacement while less than the cap is paid, and none above it", async () => {
    const { chain } = chainAt(150n * gwei, tipOf(gwei));
    const replaces = await chain.estimate(send, signal);
    const raised = await chain.estimate({ ...send, replaces }, signal);
    expect(raised.maxFeePerGas).toBeLessThanOrEqual(cap);
    expect(raised.maxFeePerGas * 1000n >= replaces.maxFeePerGas * 1125n).toBe(true);
    expect(raised.maxPriorityFeePerGas * 1000n >= replaces.maxPriorityFeePerGas * 1125n).toBe(true);
    await expect(chain.estimate({ ...send, replaces: raised }, signal)).rejects.toMatchObject({
      code: "fee_above_cap",
    });
  });
});

describe("a node that advises no tip", () => {
  const history = (...rewards: readonly bigint[]): RpcReply => ({
    result: {
      oldestBlock: "0x1",
      baseFeePerGas: ["0x1"],
      gasUsedRatio: [0.5],
      reward: rewards.map((one) => [hex(one)]),
    },
  });

  test.each<[string, Readonly<Record<string, RpcReply>>, bigint]>([
    ["the middle of what was paid lately", { eth_feeHistory: history(9n, 1n, 3n, 0n) }, 3n],
    ["its gas price above the base", { eth_gasPrice: { result: hex(12n * gwei) } }, 2n * gwei],
    ["nothing where its gas price is the base", { eth_gasPrice: { result: hex(10n * gwei) } }, 0n],
    [
      "its gas price, where blocks paid no tip",
      { eth_feeHistory: history(0n), eth_gasPrice: { result: hex(11n * gwei) } },
      gwei,
    ],
    [
      "its gas price, where the history has no tips",
      {
        eth_feeHistory: { result: { oldestBlock: "0x1", reward: null } },
        eth_gasPrice: { result: hex(11n * gwei) },
      },
      gwei,
    ],
  ])("gives %s", async (_what, answers, tip) => {
    const { chain, requests } = chainAt(10n * gwei, answers);
    for (let time = 0; time < 2; time++)
      await expect(chain.estimate(send, signal)).resolves.toMatchObject({
        maxPriorityFeePerGas: tip,
        maxFeePerGas: 20n * gwei + tip,
      });
    const asked = requests.flat().filter(({ method }) => method === "eth_maxPriorityFeePerGas");
    expect(asked).toHaveLength(1); // it is not asked again for what it said it lacks
  });

  test("is no reason to guess where it only is asked too often, or knows no price at all", async () => {
    const busy = { error: { code: 429, message: "compute units per second" } };
    const price = { eth_gasPrice: { result: hex(12n * gwei) } };
    for (const answers of [{ ...price, eth_maxPriorityFeePerGas: busy }, {}])
      await expect(chainAt(10n * gwei, answers).chain.estimate(send, signal)).rejects.toMatchObject({
        code: "provider_error",
        retryable: true,
      });
  });
});
