import { systemClock, type Clock } from "../src/clock.ts";
import { startAnvil, type AnvilControl } from "./anvil.ts";
import { createBackground, type Background } from "./background.ts";
import { createBinance, type Binance } from "./binance.ts";
import { createChainPayer, stranger } from "./chain-payer.ts";
import { createChangenow, type Changenow } from "./changenow.ts";
import { createCoinbase, type Coinbase } from "./coinbase.ts";
import { createCoingecko, type Coingecko } from "./coingecko.ts";
import { createControlHandler } from "./control.ts";
import { treasury } from "./exchange-engine.ts";
import { createFlutterwave, type Flutterwave } from "./flutterwave/index.ts";
import { createFaults, createJournal, type Faults, type Journal, type Network } from "./faults.ts";
import { joinFaults, startMoreChains, type MoreChains } from "./more-chains.ts";
import { startMailServer, type MailServer } from "./mail-server.ts";
import { createNowpayments, processorWallet, type Nowpayments } from "./nowpayments.ts";
import { createRpcProxy, type RpcProxy } from "./rpc-proxy.ts";
import {
  assetsOn,
  balanceOf,
  fund,
  localAsset,
  placeTokens,
  transfer,
  usdtSwitches,
  type LocalChain,
} from "./tokens.ts";
import { createTelegram, type Telegram } from "./telegram.ts";
import { createSimpleswap, type Simpleswap } from "./simpleswap.ts";
import type { AlwaysThere, Sandbox, SandboxOptions } from "./types.ts";
import { startWireServer, type WireServerOptions } from "./wire-server.ts";

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
  flutterwave: { secretKey: "FLWSECK-sandbox-secret-key-X", secretHash: "sandbox-flutterwave-hash" },
  coingecko: "sandbox-coingecko-key",
  mail: "sandbox-mail-password",
  telegram: "1000000001:sandbox-telegram-token-0123456789ab",
} as const;

type Stops = (() => Promise<unknown>)[];

/** What the parts of a world share, from its beginning. */
interface Base {
  readonly background: Background;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly stops: Stops;
}

interface Parts extends Base {
  readonly anvil: AnvilControl;
  readonly more: MoreChains;
  readonly prices: Coingecko;
  readonly markets: { readonly binance: Binance; readonly coinbase: Coinbase } | null;
  readonly notices: { readonly mail: MailServer; readonly telegram: Telegram } | null;
  readonly nowpayments: Nowpayments;
  readonly changenow: Changenow;
  readonly simpleswap: Simpleswap | null;
  readonly flutterwave: Flutterwave | null;
  readonly rpc: RpcProxy;
}

/** Swap providers pay on every chain that the sandbox has. */
function payOn(anvil: AnvilControl, more: MoreChains) {
  const payer = createChainPayer(anvil, more);
  return async ({ assetId, to, amount }: { assetId: string; to: string; amount: bigint }) => {
    const [name, asset = ""] = assetId.split(":");
    const chain = (["solana", "tron", "aptos"] as const).find((one) => one === name);
    return chain && more[chain] ? payer.pay({ chain, asset, to, amount }) : null;
  };
}

function createParts(
  options: SandboxOptions,
  base: Base,
  { anvil, more, mail }: { anvil: AnvilControl; more: MoreChains; mail: MailServer | null },
): Parts {
  const { paymentStepMs = 250, swapStepMs = 250, ipnRetryMs = 1_000 } = options;
  const { clock, background } = base;
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
    moreChains: new Map(more.bsc ? [["bnb-smart-chain", more.bsc.anvil]] : []),
    payElsewhere: payOn(anvil, more),
    background,
    clock,
    settings: {
      spreadBps,
      minimumUsd: "5",
      stepMs: swapStepMs,
      pollMs: Math.max(20, Math.min(swapStepMs, 200)),
    },
  });
  return {
    ...base,
    anvil,
    more,
    prices,
    markets: options.markets
      ? { binance: createBinance({ prices, clock }), coinbase: createCoinbase({ prices, clock }) }
      : null,
    notices: mail && { mail, telegram: createTelegram({ token: keys.telegram, clock }) },
    nowpayments,
    changenow: createChangenow({ keys: keys.changenow, ...swapWorld(40) }),
    simpleswap: options.simpleswap ? createSimpleswap({ apiKey: keys.simpleswap, ...swapWorld(55) }) : null,
    flutterwave: options.bank
      ? createFlutterwave({
          ...keys.flutterwave,
          background,
          clock,
          settings: { webhookUrl: null, stepMs: paymentStepMs, retryMs: ipnRetryMs, chargeFeeBps: 140 },
        })
      : null,
    rpc: createRpcProxy(anvil),
  };
}

/** The chain's tokens at their places; the services' own wallets, and a stranger's, are as good as bottomless. */
async function furnish(anvil: AnvilControl, chain: LocalChain): Promise<void> {
  await placeTokens(anvil, chain);
  for (const wallet of [processorWallet, treasury, stranger]) {
    for (const { id, decimals } of assetsOn(chain))
      await fund(anvil, wallet, id, 10n ** BigInt(decimals + 7));
  }
}

type ServerUrls = Readonly<Record<AlwaysThere, string> & Partial<Record<Network, string>>>;
type Emulated = Pick<WireServerOptions, "handle"> & Partial<Pick<WireServerOptions, "describe" | "page">>;

async function startServers(parts: Parts, ports: NonNullable<SandboxOptions["ports"]>): Promise<ServerUrls> {
  const { faults, journal, clock, background, markets, more, notices, simpleswap, flutterwave } = parts;
  const begin = async (server: Network, prefix: string, emulated: Emulated) => {
    const wire = await startWireServer({
      world: { server, faults, journal },
      prefix,
      port: ports[server],
      clock,
      background,
      handle: (request) => emulated.handle(request),
      ...(emulated.describe && { describe: emulated.describe }),
      ...(emulated.page && { page: emulated.page }),
    });
    parts.stops.push(() => wire.close());
    return wire.url;
  };
  return {
    nowpayments: await begin("nowpayments", "/v1", parts.nowpayments),
    changenow: await begin("changenow", "/v2", parts.changenow),
    ...(simpleswap && { simpleswap: await begin("simpleswap", "/v3", simpleswap) }),
    ...(flutterwave && { flutterwave: await begin("flutterwave", "/v3", flutterwave) }),
    coingecko: await begin("coingecko", "/api/v3", parts.prices),
    ...(markets && {
      binance: await begin("binance", "", markets.binance),
      coinbase: await begin("coinbase", "", markets.coinbase),
    }),
    ...(notices && { telegram: await begin("telegram", "", notices.telegram) }),
    rpc: await begin("rpc", "", parts.rpc),
    ...(more.bsc && { bsc: await begin("bsc", "", more.bsc.rpc) }),
    ...(more.solana && { solana: more.solana.url }),
    ...(more.tron && { tron: more.tron.url }),
    ...(more.aptos && { aptos: more.aptos.url }),
  };
}

function environmentOf(
  urls: ServerUrls,
  chainId: number,
  { more, notices }: Pick<Parts, "more" | "notices">,
): Record<string, string> {
  const { binance, coinbase } = urls;
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
    ...(urls.flutterwave !== undefined && {
      FLUTTERWAVE_BASE_URL: urls.flutterwave,
      FLUTTERWAVE_SECRET_KEY: keys.flutterwave.secretKey,
      FLUTTERWAVE_SECRET_HASH: keys.flutterwave.secretHash,
    }),
    COINGECKO_BASE_URL: urls.coingecko,
    COINGECKO_API_KEY: keys.coingecko,
    PRICE_SOURCES: "coingecko",
    ...(binance !== undefined &&
      coinbase !== undefined && {
        PRICE_SOURCES: "coingecko,binance,coinbase",
        BINANCE_BASE_URL: binance,
        COINBASE_BASE_URL: coinbase,
      }),
    ...(notices !== null &&
      urls.telegram !== undefined && {
        SMTP_URL: notices.mail.url,
        SMTP_FROM: "Sandbox Payouts <payouts@sandbox.example>",
        TELEGRAM_BASE_URL: urls.telegram,
        TELEGRAM_BOT_TOKEN: keys.telegram,
      }),
    ETHEREUM_RPC_URLS: urls.rpc,
    ETHEREUM_CHAIN_ID: String(chainId),
    ...(urls.bsc !== undefined && { BSC_RPC_URLS: urls.bsc }),
    ...(more.solana && { SOLANA_RPC_URLS: more.solana.url, SOLANA_GENESIS_HASH: more.solana.genesisHash }),
    ...(more.tron && { TRON_API_URLS: more.tron.url, TRON_GENESIS_HASH: more.tron.genesisHash }),
    ...(more.aptos && {
      APTOS_API_URLS: more.aptos.url,
      APTOS_INDEXER_URL: more.aptos.indexerUrl,
      APTOS_CHAIN_ID: "1",
    }),
  };
}

/** The switches, as whoever started the world holds them. */
function controlsOf(world: Parts, env: Sandbox["env"], chainId: number): Omit<Sandbox, "urls" | "stop"> {
  const { anvil, more } = world;
  const faults = joinFaults(world.faults, more);
  const anvilOf = (assetId: string): AnvilControl => {
    if (localAsset(assetId).chain === "ethereum") return anvil;
    if (more.bsc) return more.bsc.anvil;
    throw new Error("This world was started without bnb-smart-chain.");
  };
  return {
    env,
    chainId,
    anvil,
    rpc: world.rpc,
    nowpayments: world.nowpayments,
    changenow: world.changenow,
    simpleswap: world.simpleswap,
    prices: world.prices,
    flutterwave: world.flutterwave,
    markets: world.markets,
    notices: world.notices,
    ...more,
    faults,
    journal: world.journal,
    usdt: usdtSwitches(anvil, stranger),
    failures: world.background.failures,
    fundWallet: async (address, assetId, amount) => fund(anvilOf(assetId), address, assetId, amount),
    ...createChainPayer(anvil, more),
    deposit: async ({ from = stranger, ...move }) => transfer(anvilOf(move.assetId), { from, ...move }),
    balanceOf: async (address, assetId) => balanceOf(anvilOf(assetId), address, assetId),
    heal() {
      const { rpc, prices, markets, nowpayments, changenow, simpleswap, flutterwave } = world;
      const { bsc, solana } = more;
      const all = [
        rpc,
        prices,
        markets?.binance,
        markets?.coinbase,
        nowpayments,
        changenow,
        simpleswap,
        flutterwave,
      ];
      world.notices?.mail.heal();
      for (const part of [faults, bsc?.rpc, solana, ...all]) part?.heal();
    },
  };
}

/** A whole payment world on loopback: real and emulated chains, and the wire of every provider. It ends with `stop`. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { blocks = 1, chainId = 31_337, ports = {}, clock = systemClock } = options;
  const stops: Stops = [];
  let stopped: Promise<void> | null = null;
  async function shutDown(): Promise<void> {
    for (const end of stops.splice(0).toReversed()) await end();
  }
  const stop = (): Promise<void> => (stopped ??= shutDown());

  try {
    const chain = await startAnvil({
      blocks,
      chainId,
      ...(ports.anvil === undefined ? {} : { port: ports.anvil }),
    });
    stops.push(() => chain.stop());
    const background = createBackground();
    const base = { background, clock, faults: createFaults(clock), journal: createJournal(), stops };
    const more = await startMoreChains(options, base);
    await furnish(chain.control, "ethereum");
    if (more.bsc) await furnish(more.bsc.anvil, "bnb-smart-chain");
    // Everything that runs by itself ends before the chains it runs on.
    stops.push(() => background.stop());
    const mail = options.notices
      ? await startMailServer({ password: keys.mail, clock, port: ports.mail })
      : null;
    if (mail !== null) stops.push(() => mail.close());
    const world = createParts(options, base, { anvil: chain.control, more, mail });
    const urls = await startServers(world, ports);
    const sandbox = { ...controlsOf(world, environmentOf(urls, chainId, world), chainId), stop };
    const control = await startWireServer({
      world: null,
      prefix: "/sandbox",
      port: ports.control,
      clock,
      background,
      handle: createControlHandler(sandbox),
    });
    stops.push(() => control.close());
    return { ...sandbox, urls: { ...urls, anvil: chain.control.url, control: control.url } };
  } catch (error) {
    await stop();
    throw error;
  }
}
