import { expect, test, vi } from "vitest";
import { createBackground } from "../../sandbox/background.ts";
import { watchDeposits, type ChainDeposit } from "../../sandbox/deposit-watcher.ts";
import { balanceOf, fund, placeTokens, transfer } from "../../sandbox/tokens.ts";
import { createChainModel, type ChainModel } from "../../simulator/chain/index.ts";
import { manualClock } from "../../src/clock.ts";
import { ether, gwei, hashOf, newAccount, payee, sign, tokenCall, usdc, usdt } from "./node-world.ts";

const payer = "0x1000000000000000000000000000000000000001";
const start = new Date("2026-01-01T00:00:00Z");

async function newModel(options: { automine?: boolean; mostPendingPerSender?: number } = {}) {
  const clock = manualClock(start);
  const model = createChainModel({ chainId: 1, clock, ...options });
  await placeTokens(model);
  await fund(model, payer, "ethereum:ETH", 100n * ether);
  await fund(model, payer, "ethereum:USDT", 10n ** 12n);
  return { model, clock };
}

const offer = (model: ChainModel, raw: string) => model.call("eth_sendRawTransaction", [raw]);
const refused = (message: string) => ({ error: { code: -32_003, message } });
const headOf = (model: ChainModel) =>
  model.rpc<{ hash: string; timestamp: string; baseFeePerGas: string; transactions: string[] }>(
    "eth_getBlockByNumber",
    ["latest", false],
  );

async function newSender(model: ChainModel, wei = ether) {
  const account = newAccount();
  await fund(model, account.address, "ethereum:ETH", wei);
  return account;
}

test("the same calls give the same chain, down to the hashes", async () => {
  const run = async () => {
    const { model } = await newModel();
    for (const amount of [1n, 2n])
      await transfer(model, { from: payer, to: payee, assetId: "ethereum:USDT", amount });
    await model.mine(2);
    await model.reorg(1);
    await model.mine();
    return { head: await headOf(model), facts: model.transactions() };
  };
  expect(await run()).toEqual(await run());
});

test("what pays less than the base fee waits until the fee falls, or until it is outbid", async () => {
  const { model } = await newModel();
  const [patient, hasty] = [await newSender(model), await newSender(model)];
  const fees = { maxFeePerGas: 2n * gwei, maxPriorityFeePerGas: gwei };
  const [first, second] = [await sign(patient, fees), await sign(hasty, fees)];
  for (const raw of [first, second]) expect(await offer(model, raw)).toEqual({ result: hashOf(raw) });
  await model.setNextBlockBaseFee(4n * gwei);
  await model.mine();
  expect(await model.getTransaction(hashOf(first))).toMatchObject({ blockNumber: null });
  const higher = await sign(hasty, { maxFeePerGas: 10n * gwei, maxPriorityFeePerGas: 2n * gwei });
  expect(await offer(model, higher)).toEqual({ result: hashOf(higher) });
  await model.mine();
  expect(model.transactions().map(({ hash }) => hash)).toEqual([hashOf(higher)]);
  await model.mine(8);
  expect(model.transactions().map(({ hash }) => hash)).toEqual([hashOf(higher), hashOf(first)]);
});

test("a replacement needs a tenth more on both fees, not on one", async () => {
  const { model } = await newModel();
  const account = await newSender(model);
  await offer(model, await sign(account, { maxFeePerGas: 20n * gwei, maxPriorityFeePerGas: 10n * gwei }));
  for (const [cap, priority] of [
    [30n * gwei, 10n * gwei],
    [20n * gwei, 15n * gwei],
    [22n * gwei, 11n * gwei - 1n],
    [22n * gwei - 1n, 11n * gwei],
  ]) {
    const raw = await sign(account, { maxFeePerGas: cap!, maxPriorityFeePerGas: priority! });
    expect(await offer(model, raw)).toEqual(refused("replacement transaction underpriced"));
  }
});

test("a lost transaction holds up later ones, which land once the gap is filled", async () => {
  const { model } = await newModel();
  const account = await newSender(model);
  const [first, later] = [await sign(account), await sign(account, { nonce: 1 })];
  for (const raw of [first, later]) await offer(model, raw);
  await model.dropTransaction(hashOf(first));
  await model.mine(3);
  expect(model.transactions()).toEqual([]);
  await offer(model, first);
  await model.mine();
  expect(model.transactions().map(({ hash }) => hash)).toEqual([hashOf(first), hashOf(later)]);
});

test("a reorganisation can give transactions back to the pool, and they land in other blocks", async () => {
  const { model } = await newModel();
  const account = await newSender(model);
  const hashes = [await sign(account), await sign(account, { nonce: 1 })].map(async (raw) => {
    await offer(model, raw);
    return hashOf(raw);
  });
  const [first, second] = await Promise.all(hashes);
  await model.mine();
  await model.reorgKeeping(1);
  expect(model.transactions()).toEqual([]);
  expect(await model.getBalance(payee)).toBe(0n);
  expect(await model.getTransaction(first!)).toMatchObject({ blockNumber: null });
  await model.mine();
  expect(model.transactions()).toMatchObject([
    { hash: first, blockNumber: 2 },
    { hash: second, blockNumber: 2 },
  ]);
});

test("a transaction its sender cannot pay for any more is dropped, and its nonce stays free", async () => {
  const { model } = await newModel();
  const account = await newSender(model);
  const raw = await sign(account, { value: ether / 2n });
  await offer(model, raw);
  await model.setBalance(account.address, ether / 4n);
  await model.mine();
  expect(await model.getTransaction(hashOf(raw))).toBeNull();
  expect(await model.rpc("eth_getTransactionCount", [account.address, "latest"])).toBe("0x0");
});

test("the pool holds so many of one sender and no more", async () => {
  const { model } = await newModel({ mostPendingPerSender: 2 });
  const account = await newSender(model);
  for (const nonce of [0, 5]) await offer(model, await sign(account, { nonce }));
  expect(await offer(model, await sign(account, { nonce: 1 }))).toEqual(refused("txpool is full"));
  await model.mine();
  expect(await offer(model, await sign(account, { nonce: 1 }))).toHaveProperty("result");
});

test("an estimate needs the coins it sends", async () => {
  const { model } = await newModel();
  const call = { from: payee, to: payer, value: "0x1" };
  expect(await model.call("eth_estimateGas", [call])).toEqual(
    refused("Insufficient funds for gas * price + value"),
  );
});

test("the better paid goes first, then the earlier; nonces keep their order", async () => {
  const { model } = await newModel();
  const [cheap, early, dear] = [await newSender(model), await newSender(model), await newSender(model)];
  const raws = [
    await sign(cheap),
    await sign(early, { maxPriorityFeePerGas: 3n * gwei }),
    await sign(dear, { maxPriorityFeePerGas: 3n * gwei }),
    await sign(cheap, { nonce: 1, maxPriorityFeePerGas: 9n * gwei }),
  ];
  for (const raw of raws) await offer(model, raw);
  await model.mine();
  const order = [raws[1], raws[2], raws[0], raws[3]].map((raw) => hashOf(raw!));
  expect(model.transactions().map(({ hash }) => hash)).toEqual(order);
});

test("what happened is told with its outcome and logs, whatever a node says", async () => {
  const { model } = await newModel();
  const account = await newSender(model);
  await fund(model, account.address, "ethereum:USDC", 5n);
  await offer(model, await sign(account, tokenCall(usdc, 5n)));
  await offer(model, await sign(account, { nonce: 1, ...tokenCall(usdc, 5n) }));
  await model.mine();
  const from = account.address.toLowerCase();
  const to = usdc.contract?.toLowerCase();
  expect(model.transactions()).toMatchObject([
    { from, to, nonce: 0n, value: 0n, status: "succeeded", blockNumber: 1, logs: [{ address: to }] },
    { from, to, nonce: 1n, value: 0n, status: "reverted", blockNumber: 1, logs: [] },
  ]);
});

test("a block's time is the clock's and always after its parent's", async () => {
  const { model, clock } = await newModel();
  const seconds = start.getTime() / 1_000;
  await model.mine(3);
  expect(parseInt((await headOf(model)).timestamp, 16)).toBe(seconds + 3);
  clock.advance(60_000);
  await model.mine();
  expect(parseInt((await headOf(model)).timestamp, 16)).toBe(seconds + 60);
});

test("what does not fit a block goes into the next, and full blocks raise the base fee", async () => {
  const { model } = await newModel({ mostPendingPerSender: 1_500 });
  for (let sent = 0; sent < 1_500; sent += 1)
    await transfer(model, { from: payer, to: payee, assetId: "ethereum:USDT", amount: 1n });
  await model.mine();
  const first = await headOf(model);
  expect(first.transactions.length).toBeLessThan(1_000);
  await model.mine();
  expect(BigInt((await headOf(model)).baseFeePerGas)).toBeGreaterThan(BigInt(first.baseFeePerGas));
  await model.mine();
  expect(await balanceOf(model, payee, "ethereum:USDT")).toBe(1_500n);
});

test("ten thousand transfers land, each once, and not a unit is lost", async () => {
  const { model } = await newModel();
  const before = await balanceOf(model, payer, "ethereum:USDT");
  for (let sent = 0; sent < 10_000; sent += 1) {
    await transfer(model, { from: payer, to: payee, assetId: "ethereum:USDT", amount: 1n });
    if (sent % 200 === 199) await model.mine();
  }
  expect(new Set(model.transactions().map(({ nonce }) => nonce)).size).toBe(10_000);
  expect(await balanceOf(model, payee, "ethereum:USDT")).toBe(10_000n);
  expect(await balanceOf(model, payer, "ethereum:USDT")).toBe(before - 10_000n);
});

test("the sandbox's deposit watcher sees the model's chain, a reorganisation included", async () => {
  const { model } = await newModel({ automine: true });
  const background = createBackground();
  const told: ChainDeposit[] = [];
  const watched = background.start(() =>
    watchDeposits({
      anvil: model,
      background,
      pollMs: () => 1,
      watches: (address) => address === payee,
      onDeposit: (deposit) => told.push(deposit),
    }),
  );
  await model.mine();
  await transfer(model, { from: payer, to: payee, assetId: "ethereum:USDT", amount: 6n });
  await transfer(model, { from: payer, to: payee, assetId: "ethereum:ETH", amount: 7n });
  await vi.waitFor(() => expect(told).toHaveLength(2), { timeout: 120_000 });
  await model.reorg(2);
  await transfer(model, { from: payer, to: payee, assetId: "ethereum:USDT", amount: 8n });
  await vi.waitFor(() => expect(told).toHaveLength(3), { timeout: 120_000 });
  expect(told.toSorted((left, right) => (left.amount < right.amount ? -1 : 1))).toMatchObject([
    { contract: usdt.contract?.toLowerCase(), amount: 6n },
    { contract: null, amount: 7n },
    { contract: usdt.contract?.toLowerCase(), amount: 8n },
  ]);
  await background.stop();
  await watched;
});
