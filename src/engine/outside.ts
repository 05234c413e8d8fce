import { createEvmChain, type EvmChain } from "../chains/evm/index.ts";
import { networks, type ChainFamily, type Network, type ReceivingChain } from "../chains/index.ts";
import type { Clock } from "../clock.ts";
import { createClockWitnesses, hearDates, type ClockWitnesses } from "../clock-witnesses.ts";
import type { Config } from "../config/index.ts";
import type { Db } from "../database/index.ts";
import { registry } from "../money/index.ts";
import { createCircuitBreaker, type CircuitChange } from "../providers/circuit-breaker.ts";
import { createChangenow } from "../providers/changenow/index.ts";
import { createEmail } from "../providers/email/index.ts";
import { createNowpayments } from "../providers/nowpayments/index.ts";
import type { BankProvider } from "../providers/bank-provider.ts";
import { createFlutterwave } from "../providers/flutterwave/index.ts";
import type { Notifier } from "../providers/notifier.ts";
import type { PriceSource, SwapProvider } from "../providers/port.ts";
import { createBinance } from "../providers/prices/binance/index.ts";
import { createCoinbase } from "../providers/prices/coinbase/index.ts";
import { createCoingecko } from "../providers/prices/coingecko/index.ts";
import { createMedianPrices } from "../providers/prices/median/index.ts";
import { createSimpleswap } from "../providers/simpleswap/index.ts";
import { createTelegram } from "../providers/telegram/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import { fingerprintStore } from "../transfers/index.ts";

/** What everything is told the time by and reaches the outside through, so that a simulation can own both. */
export interface World {
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
  /** For jitter; Math.random unless given. */
  readonly random?: () => number;
}

const requestTimeoutMs = 10_000;
/** Prices older, or further from the median, do not count. */
const priceLimits = { maxAgeMs: 600_000, maxDivergenceBps: 200 };

/** A provider that is left alone for a while is told to the log and shown in the metrics. */
function tellOfCircuit(log: Logger, metrics: Metrics): (change: CircuitChange) => void {
  return ({ provider, state, pauseMs }) => {
    metrics.circuitOpen.set({ provider }, state === "closed" ? 0 : 1);
    if (pauseMs > 0) log.warn({ provider, pause_ms: pauseMs }, "a provider fails and is left alone");
    if (state === "closed") log.info({ provider }, "a provider works again");
  };
}

/** What is not ours, by name, built from the configuration. */
export function openOutside(
  config: Config,
  { db, log, metrics }: { db: Db; log: Logger; metrics: Metrics },
  world: World,
) {
  const { clock, fetch, random } = world;
  const { nowpayments, changenow, simpleswap, flutterwave } = config;
  const onChange = tellOfCircuit(log, metrics);
  const witnesses = createClockWitnesses(clock);
  const outside = (provider: string) => {
    metrics.circuitOpen.set({ provider }, 0);
    const circuit = createCircuitBreaker(provider, { clock, random, onChange });
    return { clock, fetch: hearDates(provider, { clock, witnesses }, fetch), circuit };
  };
  const warn = (message: string, details: object): void => log.warn(details, message);
  const processor = createNowpayments({
    baseUrl: nowpayments.baseUrl,
    apiKey: nowpayments.apiKey,
    ipnSecret: nowpayments.ipnSecret,
    ...nowpayments.login,
    registry,
    ...outside("nowpayments"),
  });
  const swapProviders: SwapProvider[] = [
    createChangenow({ ...changenow, registry, ...outside("changenow"), warn }),
    ...(simpleswap === null ? [] : [createSimpleswap({ ...simpleswap, registry, ...outside("simpleswap") })]),
  ];
  const banks: BankProvider[] =
    flutterwave === null ? [] : [createFlutterwave({ ...flutterwave, ...outside("flutterwave") })];
  return {
    processor,
    witnesses,
    banks: new Map(banks.map((bank) => [bank.name, bank])),
    chains: openEvmChains(config, db, { world, witnesses }),
    processors: new Map([[processor.name, processor]]),
    swapProviders: new Map(swapProviders.map((provider) => [provider.name, provider])),
    prices: openPrices(config, { outside, warn, clock }),
    notifiers: new Map(openNotifiers(config, world, outside).map((one) => [one.channel, one])),
  };
}

function openNotifiers(
  { smtp, telegram }: Config,
  { clock, fetch }: World,
  outside: (provider: string) => Pick<Parameters<typeof createTelegram>[0], "circuit">,
): Notifier[] {
  return [
    ...(smtp === null ? [] : [createEmail(smtp)]),
    ...(telegram === null
      ? []
      : [
          createTelegram({
            ...telegram,
            clock,
            ...(fetch && { fetch }),
            circuit: outside("telegram").circuit,
          }),
        ]),
  ];
}

function openEvmChains(
  { evm }: Config,
  db: Db,
  { world, witnesses }: { readonly world: World; readonly witnesses: ClockWitnesses },
): ReadonlyMap<string, EvmChain> {
  const { clock } = world;
  const fingerprints = fingerprintStore({ db, clock });
  return new Map(
    networks.flatMap((network) => {
      const configured = network.family === "evm" ? evm.get(network.name) : undefined;
      if (network.family !== "evm" || configured === undefined) return [];
      const { name, mostBlocksBehind, watchLagBlocks } = network;
      const { chainId, rpcUrls, maxFeePerGas: maxFeePerGasCap } = configured;
      const fetch = hearDates(`the nodes of ${name}`, { clock, witnesses }, world.fetch);
      const given = { name, chainId, rpcUrls, maxFeePerGasCap, mostBlocksBehind, watchLagBlocks };
      return [
        [name, createEvmChain({ ...given, registry, clock, requestTimeoutMs, fingerprints, fetch })] as const,
      ];
    }),
  );
}

/**
 * One source as it is; several by their median, of which two must agree. Binance counts in USDT, whose price the others tell:
 * it is never alone.
 */
function openPrices(
  { priceSources, coingecko, binance, coinbase }: Config,
  given: {
    outside: (provider: string) => Pick<Parameters<typeof createCoingecko>[0], "clock" | "fetch" | "circuit">;
    warn: (message: string, details: object) => void;
    clock: Clock;
  },
): PriceSource {
  const { outside, warn, clock } = given;
  const { apiKey, baseUrl } = coingecko;
  const inDollars = {
    coingecko: () =>
      createCoingecko({ baseUrl, ...(apiKey !== null && { apiKey }), ...outside("coingecko") }),
    coinbase: () => createCoinbase({ ...coinbase, ...outside("coinbase") }),
  };
  const direct = priceSources.flatMap((name) => (name === "binance" ? [] : [inDollars[name]()]));
  const median = (sources: PriceSource[], leastSources: number): PriceSource =>
    sources.length === 1
      ? sources[0]!
      : createMedianPrices({ sources, clock, warn, limits: { ...priceLimits, leastSources } });
  if (!priceSources.includes("binance")) return median(direct, 2);
  const usdt = { asset: registry.get("ethereum:USDT"), prices: median(direct, 1) };
  return median([...direct, createBinance({ ...binance, usdt, ...outside("binance") })], 2);
}

/** The network of a family that has one. */
const networkOf = <Family extends Exclude<ChainFamily, "evm">>(family: Family) =>
  networks.find((network): network is Extract<Network, { family: Family }> => network.family === family)!;

/**
 * Every configured chain beside the EVM ones on which payers may pay us directly. They are loaded only here, and only when
 * they are configured: they are heavy.
 */
export async function openForeignChains(
  config: Pick<Config, "solana" | "tron" | "aptos">,
  { clock, fetch }: World,
): Promise<ReceivingChain[]> {
  const shared = { registry, clock, requestTimeoutMs, ...(fetch && { fetch }) };
  const chains: ReceivingChain[] = [];
  if (config.solana !== null) {
    const { createSolanaChain } = await import("../chains/solana/index.ts");
    chains.push(
      createSolanaChain({ ...config.solana, listLagSlots: networkOf("solana").listLagSlots, ...shared }),
    );
  }
  if (config.tron !== null) {
    const { createTronChain } = await import("../chains/tron/index.ts");
    chains.push(createTronChain({ ...config.tron, listLagMs: networkOf("tron").listLagMs, ...shared }));
  }
  if (config.aptos !== null) {
    const { createAptosChain } = await import("../chains/aptos/index.ts");
    chains.push(
      createAptosChain({ ...config.aptos, listLagVersions: networkOf("aptos").listLagVersions, ...shared }),
    );
  }
  return chains;
}
