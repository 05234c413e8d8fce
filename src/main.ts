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
  settingRoutes,
  type ServerDeps,
} from "./http/index.ts";
import { enqueue, startWorker, type Job, type Schedule } from "./jobs/index.ts";
import { ledgerJobs } from "./ledger/index.ts";
import { parseUsd, registry } from "./money/index.ts";
import { getSetting } from "./operators/index.ts";
import { orderJobs, type OrderDeps } from "./orders/index.ts";
import { createIntake, paymentJobs, type PaymentDeps } from "./payments/index.ts";
import { payoutJobs, type PayoutDeps } from "./payouts/index.ts";
import { createChangenow } from "./providers/changenow/index.ts";
import { createNowpayments } from "./providers/nowpayments/index.ts";
import type { PaymentProcessor, PriceSource, SwapProvider } from "./providers/port.ts";
import { createCoingecko } from "./providers/prices/coingecko/index.ts";
import { checkBooksJob, keepMetricsFresh, readinessChecks } from "./reconciliation/index.ts";
import { swapJobs, type SwapDeps } from "./swaps/index.ts";
import { createMetrics, type Logger, type Metrics } from "./telemetry/index.ts";
import { openWalletJob, registerWallet, transferJobs, type TransferDeps } from "./transfers/index.ts";

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

/** What is not ours, by name, built from the configuration. */
function openOutside(config: Config, log: Logger, clock: Clock) {
  const { nowpayments, changenow, coingecko, ethereum } = config;
  const processor = createNowpayments({
    baseUrl: nowpayments.baseUrl,
    apiKey: nowpayments.apiKey,
    ipnSecret: nowpayments.ipnSecret,
    ...nowpayments.login,
    registry,
    clock,
  });
  const warn = (message: string, details: object): void => log.warn(details, message);
  const swapProvider = createChangenow({ ...changenow, registry, clock, warn });
  const chain = createEvmChain({
    name: "ethereum",
    chainId: ethereum.chainId,
    rpcUrls: ethereum.rpcUrls,
    registry,
    clock,
    maxFeePerGasCap: ethereum.maxFeePerGas,
    requestTimeoutMs: 10_000,
  });
  const { apiKey, baseUrl } = coingecko;
  return {
    processor,
    chains: new Map([[chain.name, chain]]),
    processors: new Map([[processor.name, processor]]),
    swapProviders: new Map([[swapProvider.name, swapProvider]]),
    prices: createCoingecko({ baseUrl, ...(apiKey !== null && { apiKey }), clock }),
  };
}

export function assemble(config: Config, db: Db, log: Logger, clock: Clock = systemClock): Assembly {
  const { processor, ...outside } = openOutside(config, log, clock);
  const shared = { db, clock, log, registry, ...outside };
  return {
    config,
    db,
    clock,
    log,
    metrics: createMetrics(),
    ...outside,
    orders: { ...shared, processor, settings: { publicUrl: config.publicUrl, checkoutTimeoutMs: 8_000 } },
    payments: { ...shared, settings: { followMs: config.transferPollMs } },
    conversions: {
      ...shared,
      readTrigger: () => readTrigger(db),
      readSettlementAsset: async () => (await getSetting(db, "settlement_asset")).value,
    },
    payouts: {
      ...shared,
      readMaximumSlippageBps: async () => (await readTrigger(db)).maximumSlippageBps,
      readInstantMinimumUsdMicros: async () =>
        parseUsd((await getSetting(db, "instant_payouts")).value.minimum_usd),
    },
    swaps: {
      ...shared,
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

/** Every job of every room. `signers` is empty in a process that signs nothing. */
export function allJobs(parts: Assembly, signers: ReadonlyMap<string, Signer>): Job[] {
  const { db, clock, log, metrics, chains, config } = parts;
  const transfers: TransferDeps = {
    db,
    clock,
    log,
    chains,
    signers,
    settings: { pollMs: config.transferPollMs, replaceAfterMs: 180_000, deadlineMs: 6 * 3_600_000 },
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
    pruneIdempotencyJob({ db, clock }),
  ];
}

function schedules({ crons }: Config): Schedule[] {
  const sweeps = ["orders", "payments", "conversions", "payouts", "swaps", "transfers"];
  return [
    { task: "conversions.check", cron: crons.conversion },
    { task: "payouts.plan", cron: crons.payout },
    { task: "payments.backfill", cron: crons.backfill },
    ...sweeps.map((room) => ({ task: `${room}.sweep`, cron: crons.sweep })),
    { task: "ledger.fold", cron: crons.sweep },
    { task: "ledger.seal", cron: crons.sweep },
    { task: "reconciliation.check_books", cron: crons.sweep },
    { task: "http.prune_idempotency", cron: "17 3 * * *" },
  ];
}

/** Opens the keystore of every chain, and makes its address known as a wallet of ours. */
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
    const signer = await openKeystore(config.keystore.path, config.keystore.password, at);
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
 * @throws {DomainError} with what to do: `database_in_use`, `schema_newer_than_code`, `keystore_missing`, `wrong_password`, …
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
    const parts = assemble(config, database.db, log, clock);
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
