import { systemClock, type Clock } from "../src/clock.ts";
import { startAnvil, type AnvilControl } from "./anvil.ts";
import { createBackground, type Background } from "./background.ts";
import { createChangenow, type Changenow } from "./changenow.ts";
import { createCoingecko, type Coingecko } from "./coingecko.ts";
import { inventAddress } from "./coins.ts";
import { createControlHandler } from "./control.ts";
import { treasury } from "./exchange-engine.ts";
import { createFaults, createJournal, type Faults, type Journal, type Network } from "./faults.ts";
import { createNowpayments, processorWallet, type Nowpayments } from "./nowpayments.ts";
import { createRpcProxy, type RpcProxy } from "./rpc-proxy.ts";
import { balanceOf, fund, localAssetIds, placeTokens, transfer, usdtSwitches } from "./tokens.ts";
import { createSimpleswap, type Simpleswap } from "./simpleswap.ts";
import type { Sandbox, SandboxOptions } from "./types.ts";
import { startWireServer, type WireServer } from "./wire-server.ts";
import { registry } from "../src/money/index.ts";

/** Keys of a world that exists on this machine only. */
const keys = {
  nowpayments: {
    apiKey: "sandbox-nowpayments-key",
    email: "merchant@sandbox.example",
    password: "sandbox-nowpayments-password",
    ipnSecret: "sandbox-ipn-secret",
  },
  changenow: { public: "sandbox-changenow-key", private: "sandbox-changenow-private-key" },
  simpleswap: "sandbox-simpleswap-key",
  coingecko: "sandbox-coingecko-key",
} as const;

/** A customer with coins, for deposits that nobody in particular makes. */
const stranger = inventAddress("evm", "sandbox/stranger");

interface Parts {
  readonly anvil: AnvilControl;
  readonly background: Background;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly prices: Coingecko;
  readonly nowpayments: Nowpayments;
  readonly changenow: Changenow;
  readonly simpleswap: Simpleswap | null;
  readonly rpc: RpcProxy;
}

function createParts(options: SandboxOptions, anvil: AnvilControl): Parts {
  const { clock = systemClock, paymentStepMs = 250, swapStepMs = 250, ipnRetryMs = 1_000 } = options;
  const background = createBackground();
  const prices = createCoingecko({ apiKey: keys.coingecko, clock });
  const nowpayments = createNowpayments({
    account: keys.nowpayments,
    prices,
    anvil,
    background,
    clock,
    settings: {
      payoutWallet: options.payoutWallet ?? null,
      outcomeCurrency: options.outcomeCurrency ?? "eth",
      serviceFeeBps: 50,
      minimumUsd: "0.5",
      repeatedDepositStatus: "finished",
      stepMs: paymentStepMs,
      ipnRetryMs,
    },
  });
  const swapWorld = (spreadBps: number) => ({
    prices,
    anvil,
    background,
    clock,
    settings: {
      spreadBps,
      minimumUsd: "5",
      stepMs: swapStepMs,
      pollMs: Math.max(20, Math.min(swapStepMs, 200)),
    },
  });
  const changenow = createChangenow({ keys: keys.changenow, ...swapWorld(40) });
  const simpleswap = options.simpleswap
    ? createSimpleswap({ apiKey: keys.simpleswap, ...swapWorld(55) })
    : null;
  const rpc = createRpcProxy(anvil);
  return {
    anvil,
    background,
    clock,
    faults: createFaults(clock),
    journal: createJournal(),
    prices,
    nowpayments,
    changenow,
    simpleswap,
    rpc,
  };
}

/** The services' own wallets, and a stranger's, are as good as bottomless. */
async function fillWallets(anvil: AnvilControl): Promise<void> {
  for (const wallet of [processorWallet, treasury, stranger]) {
    for (const assetId of localAssetIds)
      await fund(anvil, wallet, assetId, 10n ** BigInt(registry.get(assetId).decimals + 7));
  }
}

type ServerUrls = Record<Exclude<Network, "simpleswap">, string> & { readonly simpleswap?: string };

async function startServers(
  parts: Parts,
  ports: NonNullable<SandboxOptions["ports"]>,
  started: WireServer[],
): Promise<ServerUrls> {
  const { faults, journal, clock, background, nowpayments, changenow, simpleswap, prices, rpc } = parts;
  const begin = async (
    server: Network,
    prefix: string,
    emulated: Pick<RpcProxy, "handle"> | Nowpayments | Changenow | Simpleswap | Coingecko,
  ) => {
    const wire = await startWireServer({
      world: { server, faults, journal },
      prefix,
      port: ports[server],
      clock,
      background,
      handle: (request) => emulated.handle(request),
      ...("describe" in emulated ? { describe: (request) => (emulated as RpcProxy).describe(request) } : {}),
    });
    started.push(wire);
    return wire.url;
  };
  return {
    nowpayments: await begin("nowpayments", "/v1", nowpayments),
    changenow: await begin("changenow", "/v2", changenow),
    ...(simpleswap && { simpleswap: await begin("simpleswap", "/v3", simpleswap) }),
    coingecko: await begin("coingecko", "/api/v3", prices),
    rpc: await begin("rpc", "", rpc),
  };
}

function environmentOf(urls: ServerUrls, chainId: number): Record<string, string> {
  return {
    NOWPAYMENTS_BASE_URL: urls.nowpayments,
    NOWPAYMENTS_API_KEY: keys.nowpayments.apiKey,
    NOWPAYMENTS_IPN_SECRET: keys.nowpayments.ipnSecret,
    NOWPAYMENTS_EMAIL: keys.nowpayments.email,
    NOWPAYMENTS_PASSWORD: keys.nowpayments.password,
    CHANGENOW_BASE_URL: urls.changenow,
    CHANGENOW_API_KEY: keys.changenow.public,
    ...(urls.simpleswap !== undefined && {
      SIMPLESWAP_BASE_URL: urls.simpleswap,
      SIMPLESWAP_API_KEY: keys.simpleswap,
    }),
    COINGECKO_BASE_URL: urls.coingecko,
    COINGECKO_API_KEY: keys.coingecko,
    ETHEREUM_RPC_URLS: urls.rpc,
    ETHEREUM_CHAIN_ID: String(chainId),
  };
}

/** A whole payment world on loopback: a real chain, and the wire of every provider. It ends with `stop`. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { blocks = 1, chainId = 31_337, ports = {} } = options;
  const chain = await startAnvil({
    blocks,
    chainId,
    ...(ports.anvil === undefined ? {} : { port: ports.anvil }),
  });
  const { control: anvil } = chain;
  const servers: WireServer[] = [];
  let parts: Parts | null = null;
  let stopped: Promise<void> | null = null;

  async function shutDown(): Promise<void> {
    await Promise.all([parts?.background.stop(), ...servers.map((server) => server.close())]);
    await chain.stop();
  }
  const stop = (): Promise<void> => (stopped ??= shutDown());

  try {
    await placeTokens(anvil);
    await fillWallets(anvil);
    const world = (parts = createParts(options, anvil));
    const urls = await startServers(world, ports, servers);
    const sandbox: Omit<Sandbox, "urls"> = {
      env: environmentOf(urls, chainId),
      chainId,
      anvil,
      rpc: world.rpc,
      nowpayments: world.nowpayments,
      changenow: world.changenow,
      simpleswap: world.simpleswap,
      prices: world.prices,
      faults: world.faults,
      journal: world.journal,
      usdt: usdtSwitches(anvil, stranger),
      failures: world.background.failures,
      fundWallet: (address, assetId, amount) => fund(anvil, address, assetId, amount),
      deposit: ({ from = stranger, ...move }) => transfer(anvil, { from, ...move }),
      balanceOf: (address, assetId) => balanceOf(anvil, address, assetId),
      heal() {
        const { faults, rpc, prices, nowpayments, changenow, simpleswap } = world;
        for (const part of [faults, rpc, prices, nowpayments, changenow, simpleswap]) part?.heal();
      },
      stop,
    };
    const control = await startWireServer({
      world: null,
      prefix: "/sandbox",
      port: ports.control,
      clock: world.clock,
      background: world.background,
      handle: createControlHandler(sandbox),
    });
    servers.push(control);
    return { ...sandbox, urls: { ...urls, anvil: anvil.url, control: control.url } };
  } catch (error) {
    await stop();
    throw error;
  }
}
