import type { FastifyInstance } from "fastify";
import { createEvmChain, openKeystore } from "./chains/evm/index.ts";
import type { Chain, Signer } from "./chains/port.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { conversionJobs, type ConversionDeps, type ConversionTrigger } from "./conversions/index.ts";
import { assertSchemaCurrent, migrate, openDatabase, type Database, type Db } from "./database/index.ts";
import {
  apiKeyRoutes,
  buildServer,
  conversionRoutes,
  orderRoutes,
  payeeRoutes,
  paymentRoutes,
  payoutRoutes,
  processorWebhook,
  pruneIdempotencyJob,
  reconciliationRoutes,
  reviewRoutes,
  settingRoutes,
  walletRoutes,
  type ServerDeps,
} from "./http/index.ts";
import { DomainError } from "./errors.ts";
import { enqueue, startWorker, type Job, type Schedule } from "./jobs/index.ts";
import { ledgerJobs } from "./ledger/index.ts";
import { parseMoney, parseUsd, registry } from "./money/index.ts";
import { getSetting } from "./operators/index.ts";
import { orderJobs, type OrderDeps } from "./orders/index.ts";
import { createIntake, paymentJobs, refundIntent, type PaymentDeps } from "./payments/index.ts";
import { payoutIntent, payoutJobs, type PayoutDeps } from "./payouts/index.ts";
import { createChangenow } from "./providers/changenow/index.ts";
import { createCircuitBreaker, type CircuitChange } from "./providers/circuit-breaker.ts";
import { createNowpayments } from "./providers/nowpayments/index.ts";
import type { PaymentProcessor, PriceSource, SwapProvider } from "./providers/port.ts";
import { createCoingecko } from "./providers/prices/coingecko/index.ts";
import { createSimpleswap } from "./providers/simpleswap/index.ts";
import { checkBooksJob, findOrphansJob, keepMetricsFresh, readinessChecks } from "./reconciliation/index.ts";
import { fundingIntent, swapJobs, type SwapDeps } from "./swaps/index.ts";
import { createMetrics, type Logger, type Metrics } from "./telemetry/index.ts";
import {
  fingerprintStore,
  openWalletJob,
  recordSignerState,
  registerWallet,
  transferJobs,
  type TransferDeps,
  type TransferLimits,
} from "./transfers/index.ts";

/** For the commands that make a key: the concrete chain stays known here alone. */
export { createKeystore } from "./chains/evm/index.ts";

/** Everything the rooms need, joined: the one place that knows every concrete provider and chain. */
export interface Assembly {
  readonly config: Config;
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly processors: ReadonlyMap<string, PaymentProcessor>;
  readonly swapProviders: ReadonlyMap<string, SwapProvider>;
  readonly prices: PriceSource;
  readonly orders: OrderDeps;
  readonly payments: PaymentDeps;
  readonly conversions: ConversionDeps;
  readonly payouts: PayoutDeps;
  readonly swaps: SwapDeps;
}

/** What everything is told the time by and reaches the outside through, so that a simulation can own both. */
export interface World {
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
  /** For jitter; Math.random unless given. */
  readonly random?: () => number;
}

/** A provider that is left alone for a while is told to the log and shown in the metrics. */
function tellOfCircuit(log: Logger, metrics: Metrics): (change: CircuitChange) => void {
  return ({ provider, state, pauseMs }) => {
    metrics.circuitOpen.set({ provider }, state === "closed" ? 0 : 1);
    if (pauseMs > 0) log.warn({ provider, pause_ms: pauseMs }, "a provider fails and is left alone");
    if (state === "closed") log.info({ provider }, "a provider works again");
  };
}

/** What is not ours, by name, built from the configuration. */
function openOutside(config: Config, db: Db, log: Logger, metrics: Metrics, { clock, fetch, random }: World) {
  const { nowpayments, changenow, simpleswap, coingecko, ethereum } = config;
  const onChange = tellOfCircuit(log, metrics);
  const outside = (provider: string) => {
    metrics.circuitOpen.set({ provider }, 0);
    return { clock, fetch, circuit: createCircuitBreaker(provider, { clock, random, onChange }) };
  };
  const processor = createNowpayments({
    baseUrl: nowpayments.baseUrl,
    apiKey: nowpayments.apiKey,
    ipnSecret: nowpayments.ipnSecret,
    ...nowpayments.login,
    registry,
    ...outside("nowpayments"),
  });
  const warn = (message: string, details: object): void => log.warn(details, message);
  const swapProviders = [
    createChangenow({ ...changenow, registry, ...outside("changenow"), warn }),
    ...(simpleswap === null ? [] : [createSimpleswap({ ...simpleswap, registry, ...outside("simpleswap") })]),
  ];
  const chain = createEvmChain({
    name: "ethereum",
    chainId: ethereum.chainId,
    rpcUrls: ethereum.rpcUrls,
    registry,
    clock,
    maxFeePerGasCap: ethereum.maxFeePerGas,
    requestTimeoutMs: 10_000,
    fingerprints: fingerprintStore({ db, clock }),
    fetch,
  });
  const { apiKey, baseUrl } = coingecko;
  return {
    processor,
    chains: new Map([[chain.name, chain]]),
    processors: new Map([[processor.name, processor]]),
    swapProviders: new Map(swapProviders.map((provider) => [provider.name, provider])),
    prices: createCoingecko({ baseUrl, ...(apiKey !== null && { apiKey }), ...outside("coingecko") }),
  };
}

export function assemble(
  config: Config,
  db: Db,
  log: Logger,
  world: World = { clock: systemClock },
): Assembly {
  const { clock } = world;
  const metrics = createMetrics();
  const { processor, ...outside } = openOutside(config, db, log, metrics, world);
  const shared = { db, clock, log, registry, ...outside };
  const readExposureLimit = async (): Promise<bigint | null> => {
    const { per_provider_usd: usd } = (await getSetting(db, "swap_exposure")).value;
    return usd === null ? null : parseUsd(usd);
  };
  return {
    config,
    db,
    clock,
    log,
    metrics,
    ...outside,
    orders: { ...shared, processor, settings: { publicUrl: config.publicUrl, checkoutTimeoutMs: 8_000 } },
    payments: { ...shared, settings: { followMs: config.transferPollMs } },
    conversions: {
      ...shared,
      readTrigger: () => readTrigger(db),
      readSettlementAsset: async () => (await getSetting(db, "settlement_asset")).value,
      readExposureLimit,
    },
    payouts: {
      ...shared,
      readMaximumSlippageBps: async () => (await readTrigger(db)).maximumSlippageBps,
      readInstantMinimumUsdMicros: async () =>
        parseUsd((await getSetting(db, "instant_payouts")).value.minimum_usd),
      readExposureLimit,
    },
    swaps: {
      ...shared,
      readExposureLimit,
      readVarianceAlertBps: async () => (await getSetting(db, "swap_variance")).value.alert_bps,
      countFailure: (reason) => metrics.failures.inc({ component: "swaps", reason }),
      settings: { pollMs: config.swapPollMs, deadlineMs: 24 * 3_600_000, fundingMarginMs: 60_000 },
    },
  };
}

async function readTrigger(db: Db): Promise<ConversionTrigger> {
  const { value, version } = await getSetting(db, "conversion_trigger");
  return {
    minimumUsdMicros: parseUsd(value.minimum_usd),
    maximumAgeMs: value.maximum_age_hours * 3_600_000,
    intervalMs: value.interval_minutes * 60_000,
    weights: value.weights,
    flow: value.flow,
    maximumSlippageBps: value.maximum_slippage_bps,
    version,
  };
}

async function readTransferLimits(db: Db): Promise<TransferLimits> {
  const { value } = await getSetting(db, "transfer_limits");
  const byAsset = (list: readonly { asset: string; amount: string }[]): Map<string, bigint> =>
    new Map(list.map(({ asset, amount }) => [asset, parseMoney(amount, registry.get(asset)).amount]));
  return {
    gasReserve: byAsset(value.gas_reserve),
    perTransfer: byAsset(value.transfer_maximum),
    perDay: byAsset(value.daily_maximum),
  };
}

/** Every job of every room. `signers` is empty in a process that signs nothing. */
export function allJobs(parts: Assembly, signers: ReadonlyMap<string, Signer>): Job[] {
  const { db, clock, log, metrics, chains, config } = parts;
  const transfers: TransferDeps = {
    db,
    clock,
    log,
    chains,
    signers,
    intents: new Map([
      ["swap", fundingIntent],
      ["payout_attempt", payoutIntent],
      ["payment_refund", refundIntent],
    ]),
    readLimits: () => readTransferLimits(db),
    settings: {
      pollMs: config.transferPollMs,
      replaceAfterMs: 180_000,
      deadlineMs: 6 * 3_600_000,
      recheckAfterMs: 3_600_000,
    },
  };
  return [
    ...orderJobs(parts.orders),
    ...paymentJobs(parts.payments),
    ...conversionJobs(parts.conversions),
    ...payoutJobs(parts.payouts),
    ...swapJobs(parts.swaps),
    ...transferJobs(transfers),
    openWalletJob(transfers),
    ...ledgerJobs({ db, clock, log }),
    checkBooksJob({ db, log, metrics }),
    findOrphansJob({ db, clock, log }),
    pruneIdempotencyJob({ db, clock }),
  ];
}

export function schedules({ crons }: Config): Schedule[] {
  const sweeps = ["orders", "payments", "conversions", "payouts", "swaps", "transfers"];
  return [
    { task: "conversions.check", cron: crons.conversion },
    { task: "payouts.plan", cron: crons.payout },
    { task: "payments.backfill", cron: crons.backfill },
    ...sweeps.map((room) => ({ task: `${room}.sweep`, cron: crons.sweep })),
    { task: "transfers.recheck_ended", cron: "*/10 * * * *" },
    { task: "swaps.find_surplus", cron: crons.sweep },
    { task: "ledger.fold", cron: crons.sweep },
    { task: "ledger.seal", cron: crons.sweep },
    { task: "reconciliation.check_books", cron: crons.sweep },
    { task: "reconciliation.find_orphans", cron: crons.sweep },
    { task: "http.prune_idempotency", cron: "17 3 * * *" },
  ];
}

/**
 * Opens the keystore of every chain, once, and makes its address known as a wallet of ours. A key that cannot be opened
 * stops the sending from that wallet and nothing else: transfers wait and say why.
 */
export async function openSigners({
  config,
  chains,
  db,
  clock,
  log,
}: Assembly): Promise<ReadonlyMap<string, Signer>> {
  const signers = new Map<string, Signer>();
  if (config.keystore.password === null) return signers;
  for (const chain of chains.keys()) {
    const at = { chain, chainId: config.ethereum.chainId };
    let signer: Signer;
    try {
      signer = await openKeystore(config.keystore.path, config.keystore.password, at);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const problem = { problem: error.code, message: `${error.message} Then restart the worker.` };
      await recordSignerState(db, { chain, problem, now: clock.now() });
      log.error({ chain, ...problem }, "nothing is sent: the wallet's key cannot be opened");
      continue;
    }
    await recordSignerState(db, { chain, problem: null, now: clock.now() });
    signers.set(`${chain}:${signer.address}`, signer);
    const wallet = await registerWallet(db, { chain, address: signer.address, now: clock.now() });
    await enqueue(db, "transfers.open_wallet", { walletId: wallet.id });
    log.info({ chain, address: wallet.address }, "wallet ready");
  }
  return signers;
}

/** Everything the HTTP API offers. Nothing is asked for here: openapi.json is made of it without a database. */
export function apiOf(parts: Assembly): Pick<ServerDeps, "routes" | "webhooks"> {
  const intake = createIntake({ db: parts.db, clock: parts.clock, processors: parts.processors });
  return {
    routes: [
      ...payeeRoutes,
      ...orderRoutes(parts.orders),
      ...paymentRoutes,
      ...conversionRoutes(parts.conversions),
      ...payoutRoutes(parts.payouts),
      ...reconciliationRoutes(parts.chains),
      ...reviewRoutes(parts),
      ...walletRoutes(parts.chains),
      ...settingRoutes,
      ...apiKeyRoutes,
    ],
    webhooks: [...parts.processors.keys()].map((name) => processorWebhook(intake, name)),
  };
}

async function listen(parts: Assembly): Promise<FastifyInstance> {
  const { config, db, clock, log, metrics } = parts;
  const server = await buildServer({
    db,
    clock,
    log,
    metrics,
    ...apiOf(parts),
    checks: readinessChecks(parts),
  });
  await server.listen({ port: config.port, host: config.host });
  return server;
}

export interface Engine extends Assembly {
  readonly database: Database;
  /** Where the API listens; null in role "worker". */
  readonly url: string | null;
  /** Finishes what runs, hands back the rest, closes the database. */
  stop(): Promise<void>;
}

/**
 * Starts the engine in the roles its configuration names.
 * @throws {DomainError} with what to do: `database_in_use`, `schema_newer_than_code`, …
 */
export async function startEngine(config: Config, log: Logger, clock: Clock = systemClock): Promise<Engine> {
  const database = await openDatabase({ ...config, log, max: 20 });
  const stops: (() => Promise<unknown>)[] = [() => database.close()];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    await migrate(database.url, log);
    await assertSchemaCurrent(database.db);
    const parts = assemble(config, database.db, log, { clock });
    if (config.role !== "api") {
      const jobs = allJobs(parts, await openSigners(parts));
      const concurrency = config.workerConcurrency;
      const worker = await startWorker({
        ...parts,
        database,
        jobs,
        schedules: schedules(config),
        concurrency,
      });
      stops.push(() => worker.stop());
    }
    let url: string | null = null;
    if (config.role !== "worker") {
      const server = await listen(parts);
      stops.push(() => server.close());
      const address = server.server.address();
      url = typeof address === "object" && address !== null ? `http://${config.host}:${address.port}` : null;
      stops.push(keepMetricsFresh(parts));
    }
    log.info({ role: config.role, url, embedded_database: database.embedded }, "engine started");
    return { ...parts, database, url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
