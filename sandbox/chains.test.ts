import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { systemClock } from "../src/clock.ts";
import { registry } from "../src/money/index.ts";
import { createChangenow as createChangenowAdapter } from "../src/providers/changenow/index.ts";
import { inventAddress } from "./coins.ts";
import { startSandbox } from "./start-sandbox.ts";
import type { Sandbox, SandboxChain } from "./types.ts";

// Ends when the condition holds; the deadline is vitest's own.
const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 120_000, interval: 10 });

const tronPayee = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8";
const evmPayee = inventAddress("evm", "somebody paid on chain");

let world: Sandbox;
beforeAll(async () => {
  world = await startSandbox({
    blocks: "automine",
    swapStepMs: 5,
    chains: { bsc: true, solana: true, tron: true, aptos: true },
    chainStepMs: 5,
    markets: true,
  });
});
afterAll(async () => {
  expect(world.failures).toEqual([]);
  await world.stop();
});

async function control(name: string, body: object): Promise<{ status: number; result: unknown }> {
  const response = await fetch(`${world.urls.control}/${name}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  const { result } = (await response.json()) as { result: unknown };
  return { status: response.status, result };
}

async function ask(url: string, body?: object): Promise<{ status: number; body: never }> {
  const post = { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(url, body && post);
  return { status: response.status, body: (await response.json().catch(() => null)) as never };
}

describe("payments on every chain", () => {
  const evm: [SandboxChain, string][] = [
    ["ethereum", "ETH"],
    ["ethereum", "USDT"],
    ["bnb-smart-chain", "BNB"],
    ["bnb-smart-chain", "USDT"],
    ["bnb-smart-chain", "USDC"],
  ];
  test.each(evm)(
    "on %s, %s really moves, and a transaction that fails moves nothing",
    async (chain, asset) => {
      const id = `${chain}:${asset}`;
      const before = await world.balanceOf(evmPayee, id);
      await world.pay({ chain, asset, to: evmPayee, amount: 7n });
      expect((await world.balanceOf(evmPayee, id)) - before).toBe(7n);
      if (registry.get(id).contract === null) return;
      const anvil = chain === "ethereum" ? world.anvil : world.bsc!.anvil;
      const failed = await world.pay({ chain, asset, to: evmPayee, amount: 7n, fails: true });
      expect((await anvil.getReceipt(failed))?.status).toBe("0x0");
      expect((await world.balanceOf(evmPayee, id)) - before).toBe(7n);
    },
  );

  test("on Solana and Aptos they arrive, by symbol or by mint and type", async () => {
    const wallet = world.solana!.newWallet();
    const mint = registry.get("solana:USDC").contract!;
    await world.pay({ chain: "solana", asset: "USDC", to: wallet, amount: 5n });
    await world.pay({ chain: "solana", asset: mint, to: wallet, amount: 6n });
    await world.pay({ chain: "solana", asset: "USDC", to: wallet, amount: 9n, fails: true });
    expect(world.solana!.balanceOf(wallet, mint)).toBe(11n);
    const owner = `0x${"cd".repeat(32)}`;
    await world.pay({ chain: "aptos", asset: "APT", to: owner, amount: 4n });
    expect(world.aptos!.balanceOf(owner, "0x1::aptos_coin::AptosCoin")).toBe(4n);
  });

  test("on Tron a payment becomes solid by itself, and the chain does not hurry without one", async () => {
    await world.pay({ chain: "tron", asset: "USDT", to: tronPayee, amount: 25n });
    const { number } = world.tron!.head();
    await eventually(() => expect(world.tron!.head().number).toBeGreaterThanOrEqual(number + 19));
    const ahead = world.tron!.head().time.getTime() - systemClock.now().getTime();
    expect(ahead).toBeLessThan(3 * 60_000);
  });

  const chains: [SandboxChain][] = [["ethereum"], ["bnb-smart-chain"], ["solana"], ["tron"], ["aptos"]];
  test.each(chains)("a fake USDT on %s is paid like any, over the controls too", async (chain) => {
    const { result } = await control("fake-usdt", { chain });
    const { asset } = result as { asset: string };
    expect(registry.findByContract(chain, asset)).toBeNull();
    const to = { tron: tronPayee, solana: world.solana!.newWallet(), aptos: `0x${"ef".repeat(32)}` }[
      chain as "tron"
    ];
    const paid = await control("pay-on-chain", { chain, asset, to: to ?? evmPayee, amount: "1000" });
    expect(paid).toMatchObject({ status: 200, result: { transaction_hash: expect.any(String) as string } });
  });

  test("a chain that was not started is named", async () => {
    const plain = await startSandbox({ blocks: "automine" });
    await expect(plain.pay({ chain: "solana", asset: "SOL", to: "x", amount: 1n })).rejects.toThrow(
      /without solana/,
    );
    await expect(plain.fundWallet(evmPayee, "bnb-smart-chain:BNB", 1n)).rejects.toThrow(
      /without bnb-smart-chain/,
    );
    expect(Object.keys(plain.env).filter((name) => /BSC|SOLANA|TRON|APTOS|BINANCE/.test(name))).toEqual([]);
    expect(plain.env["PRICE_SOURCES"]).toBe("coingecko");
    await plain.stop();
  });
});

describe("what the engine is given", () => {
  test("the environment names every server, and all of them answer", async () => {
    const { env } = world;
    expect(env["PRICE_SOURCES"]).toBe("coingecko,binance,coinbase");
    const rpc = { jsonrpc: "2.0", id: 1, params: [] };
    const chainId = await ask(env["BSC_RPC_URLS"]!, { ...rpc, method: "eth_chainId" });
    expect(chainId.body).toMatchObject({ result: "0x38" });
    const genesis = await ask(env["SOLANA_RPC_URLS"]!, { ...rpc, method: "getGenesisHash" });
    expect(genesis.body).toMatchObject({ result: env["SOLANA_GENESIS_HASH"] });
    const block = await ask(`${env["TRON_API_URLS"]}/wallet/getblock`, { id_or_num: "0" });
    expect(block.body).toMatchObject({ blockID: env["TRON_GENESIS_HASH"] });
    expect((await ask(env["APTOS_API_URLS"]!)).body).toMatchObject({ chain_id: 1 });
    expect((await ask(`${env["BINANCE_BASE_URL"]}/api/v3/ping`)).status).toBe(200);
    expect((await ask(`${env["COINBASE_BASE_URL"]}/products/ETH-USD/ticker`)).status).toBe(200);
  });

  test("one script of faults reaches every chain, and heals them all", async () => {
    const probes = {
      bsc: () => ask(world.env["BSC_RPC_URLS"]!, { jsonrpc: "2.0", id: 1, method: "eth_chainId" }),
      solana: () => ask(world.env["SOLANA_RPC_URLS"]!, { jsonrpc: "2.0", id: 1, method: "getSlot" }),
      tron: () => ask(`${world.env["TRON_API_URLS"]}/wallet/getblock`, {}),
      aptos: () => ask(world.env["APTOS_API_URLS"]!),
    };
    for (const [server, probe] of Object.entries(probes) as [
      keyof typeof probes,
      () => Promise<{ status: number }>,
    ][]) {
      world.faults.next(server, { kind: "http", status: 429 });
      expect([(await probe()).status, (await probe()).status], server).toEqual([429, 200]);
      await control("outage", { server });
      expect([(await probe()).status, (await probe()).status], server).toEqual([503, 503]);
      await control("heal", { server });
      expect((await probe()).status, server).toBe(200);
      world.faults.outage(server);
    }
    world.heal();
    for (const probe of Object.values(probes)) expect((await probe()).status).toBe(200);
  });

  test("each EVM node is lied about by itself", async () => {
    await control("rpc-lie", { chain: "bnb-smart-chain", kind: "wrong_chain", chainId: 97 });
    const chainIdOf = async (url: string) =>
      (await ask(url, { jsonrpc: "2.0", id: 1, method: "eth_chainId" })).body as { result: string };
    expect((await chainIdOf(world.env["BSC_RPC_URLS"]!)).result).toBe("0x61");
    expect((await chainIdOf(world.env["ETHEREUM_RPC_URLS"]!)).result).toBe("0x7a69");
    const height = await world.bsc!.anvil.blockNumber();
    await control("mine", { chain: "bnb-smart-chain", blocks: 3 });
    expect(await world.bsc!.anvil.blockNumber()).toBe(height + 3);
    world.heal();
    expect((await chainIdOf(world.env["BSC_RPC_URLS"]!)).result).toBe("0x38");
  });
});

test("ChangeNOW takes deposits on BNB Smart Chain, delivers on Ethereum, and refunds where the coins came from", async () => {
  const changenow = createChangenowAdapter({
    baseUrl: world.env["CHANGENOW_BASE_URL"]!,
    apiKey: world.env["CHANGENOW_API_KEY"]!,
    registry,
    clock: systemClock,
  });
  const source = registry.get("bnb-smart-chain:USDT");
  const target = registry.get("ethereum:USDT");
  const amount = 100n * 10n ** 18n;
  const open = async (owner: string) => {
    const terms = {
      source,
      target,
      flow: "standard",
      amount,
      rateId: null,
      memo: null,
      reference: "r",
    } as const;
    const addresses = { address: owner, refundAddress: owner };
    const outcome = await changenow.create({ ...terms, ...addresses }, new AbortController().signal);
    if (outcome.kind !== "accepted") throw new Error(`not created: ${outcome.kind}`);
    const { providerId, payinAddress } = outcome.value;
    await world.pay({ chain: "bnb-smart-chain", asset: "USDT", to: payinAddress, amount });
    return providerId;
  };
  const glad = inventAddress("evm", "swaps from bsc");
  const id = await open(glad);
  await eventually(() => expect(world.changenow.exchange(id).status).toBe("finished"));
  expect(await world.balanceOf(glad, "ethereum:USDT")).toBeGreaterThan(95_000_000n);
  const back = inventAddress("evm", "refunded on bsc");
  world.changenow.nextOutcome({ kind: "refund" });
  const refunded = await open(back);
  await eventually(() => expect(world.changenow.exchange(refunded).status).toBe("refunded"));
  expect(await world.balanceOf(back, "bnb-smart-chain:USDT")).toBeGreaterThan(99n * 10n ** 18n);
});
