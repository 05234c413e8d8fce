import type { AnvilControl } from "../sandbox/anvil.ts";
import type { Background } from "../sandbox/background.ts";
import { createChangenow, type Changenow } from "../sandbox/changenow.ts";
import { treasury } from "../sandbox/exchange-engine.ts";
import { createCoingecko, type Coingecko } from "../sandbox/coingecko.ts";
import { inventAddress } from "../sandbox/coins.ts";
import { createNowpayments, processorWallet, type Nowpayments } from "../sandbox/nowpayments.ts";
import { createSimpleswap, type Simpleswap } from "../sandbox/simpleswap.ts";
import { createRpcProxy, type RpcProxy } from "../sandbox/rpc-proxy.ts";
import { fund, localAssetIds, placeTokens } from "../sandbox/tokens.ts";
import type { Clock } from "../src/clock.ts";
import { registry } from "../src/money/index.ts";
import type { Server } from "./network.ts";

const account = {
  apiKey: "simulated-nowpayments-key",
  email: "merchant@simulation.example",
  password: "simulated-nowpayments-password",
  ipnSecret: "simulated-ipn-secret",
} as const;
const changenowKeys = { public: "simulated-changenow-key", private: "simulated-changenow-private-key" };
const minuteMs = 60_000;

/** Whoever pays straight on the chain. */
export const payer = inventAddress("evm", "sandbox/stranger");

/** Everything outside the engine: the sandbox's services on a chain, in virtual time and without sockets. */
export interface OutsideWorld {
  readonly chain: AnvilControl;
  readonly nowpayments: Nowpayments;
  readonly changenow: Changenow;
  readonly simpleswap: Simpleswap;
  readonly prices: Coingecko;
  readonly rpc: RpcProxy;
  readonly servers: ReadonlyMap<string, Server>;
  /** Somebody makes an invoice in the processor's dashboard, for no order of ours. @returns its id */
  invoiceOfNoOrder(priceUsd: string): string;
  /** What the engine needs in its environment to live here. */
  readonly environment: Readonly<Record<string, string>>;
}

export const engineHost = "engine.simulation.example";

/** @param parts.toEngine the way in which the processor reaches the merchant. */
export async function createOutsideWorld(parts: {
  chain: AnvilControl;
  chainId: number;
  clock: Clock;
  background: Background;
  toEngine: typeof globalThis.fetch;
}): Promise<OutsideWorld> {
  const { chain, clock, background } = parts;
  await placeTokens(chain);
  for (const wallet of [processorWallet, treasury, payer])
    for (const assetId of localAssetIds)
      await fund(chain, wallet, assetId, 10n ** BigInt(registry.get(assetId).decimals + 7));
  const prices = createCoingecko({ apiKey: "simulated-coingecko-key", clock });
  const nowpayments = createNowpayments({
    account,
    prices,
    anvil: chain,
    background,
    clock,
    fetch: parts.toEngine,
    settings: {
      payoutWallet: null,
      outcomeCurrency: "eth",
      serviceFeeBps: 50,
      minimumUsd: "0.5",
      repeatedDepositStatus: "finished",
      stepMs: 3 * minuteMs,
      ipnRetryMs: 2 * minuteMs,
    },
  });
  const swaps = (spreadBps: number) => ({
    prices,
    anvil: chain,
    background,
    clock,
    settings: { spreadBps, minimumUsd: "5", stepMs: 3 * minuteMs, pollMs: minuteMs },
  });
  const changenow = createChangenow({ keys: changenowKeys, ...swaps(40) });
  const simpleswap = createSimpleswap({ apiKey: "simulated-simpleswap-key", ...swaps(55) });
  const rpc = createRpcProxy(chain);
  const servers = new Map<string, Server>([
    ["nowpayments.simulation.example", { name: "nowpayments", prefix: "/v1", handle: nowpayments.handle }],
    [
      "simpleswap.simulation.example",
      { name: "simpleswap", prefix: "/v3", handle: (request) => simpleswap.handle(request) },
    ],
    ["changenow.simulation.example", { name: "changenow", prefix: "/v2", handle: changenow.handle }],
    ["coingecko.simulation.example", { name: "coingecko", prefix: "/api/v3", handle: prices.handle }],
    [
      "rpc.simulation.example",
      { name: "rpc", prefix: "", handle: rpc.handle, describe: (request) => rpc.describe(request).path },
    ],
  ]);
  return {
    chain,
    nowpayments,
    changenow,
    simpleswap,
    prices,
    rpc,
    servers,
    invoiceOfNoOrder(priceUsd) {
      const answer = nowpayments.handle({
        method: "POST",
        path: "/invoice",
        query: new URLSearchParams(),
        headers: { "x-api-key": account.apiKey },
        body: {
          price_amount: parseFloat(priceUsd), // they want a number
          price_currency: "usd",
          order_id: "made by hand",
          ipn_callback_url: `http://${engineHost}/webhooks/nowpayments`,
        },
      });
      return String((answer.body as { id: unknown }).id);
    },
    environment: {
      NOWPAYMENTS_BASE_URL: "http://nowpayments.simulation.example/v1",
      NOWPAYMENTS_API_KEY: account.apiKey,
      NOWPAYMENTS_IPN_SECRET: account.ipnSecret,
      NOWPAYMENTS_EMAIL: account.email,
      NOWPAYMENTS_PASSWORD: account.password,
      CHANGENOW_BASE_URL: "http://changenow.simulation.example/v2",
      CHANGENOW_API_KEY: changenowKeys.public,
      SIMPLESWAP_BASE_URL: "http://simpleswap.simulation.example/v3",
      SIMPLESWAP_API_KEY: "simulated-simpleswap-key",
      COINGECKO_BASE_URL: "http://coingecko.simulation.example/api/v3",
      PRICE_SOURCES: "coingecko",
      COINGECKO_API_KEY: "simulated-coingecko-key",
      ETHEREUM_RPC_URLS: "http://rpc.simulation.example",
      ETHEREUM_CHAIN_ID: String(parts.chainId),
      PUBLIC_URL: `http://${engineHost}`,
      DEPOSIT_WATCH_MS: String(15 * minuteMs),
      TRANSFER_POLL_MS: "45000",
      SWAP_POLL_MS: "120000",
      CONVERSION_CRON: "*/15 * * * *",
      PAYOUT_CRON: "*/20 * * * *",
      SWEEP_CRON: "*/30 * * * *",
      BACKFILL_CRON: "*/30 * * * *",
    },
  };
}
