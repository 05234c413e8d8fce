import { existsSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { openKeystoreFor } from "./chains/evm/index.ts";
import type { DepositKeys } from "./chains/hd/index.ts";
import type { Chain, DepositChain, Signer } from "./chains/index.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { conversionJobs, type ConversionDeps, type ConversionTrigger } from "./conversions/index.ts";
import { assertSchemaCurrent, migrate, openDatabase, type Database, type Db } from "./database/index.ts";
import {
  apiKeyRoutes,
  buildServer,
  byHandRoute,
  conversionRoutes,
  depositRoutes,
  orderRoutes,
  payeeRoutes,
  paymentRoutes,
  payoutRoutes,
  processorWebhook,
  pruneIdempotencyJob,
  reconciliationRoutes,
  reviewRoutes,
  settingRoutes,
  verifyRoutes,
  walletRoutes,
  type ServerDeps,
} from "./http/index.ts";
import { DomainError } from "./errors.ts";
import { enqueue, startWorker, type Job, type Schedule } from "./jobs/index.ts";
import { ledgerJobs } from "./ledger/index.ts";
import { parseMoney, parseUsd, registry } from "./money/index.ts";
import { getSetting } from "./operators/index.ts";
import { openForeignChains, openOutside, type World } from "./open-outside.ts";
import { assertSameSeed, orderJobs, registerSharedAddress, type OrderDeps } from "./orders/index.ts";
import {
  createIntake,
  depositRefundIntent,
  paymentJobs,
  refundIntent,
  surplusRefundIntent,
  sweepGasIntent,
  sweepIntent,
  type DepositPolicy,
  type PaymentDeps,
} from "./payments/index.ts";
import { payoutIntent, payoutJobs, type PayoutDeps } from "./payouts/index.ts";
import type { PaymentProcessor, PriceSource, SwapProvider } from "./providers/port.ts";
import { checkBooksJob, findOrphansJob, keepMetricsFresh, readinessChecks } from "./reconciliation/index.ts";
import { fundingIntent, swapJobs, type SwapDeps } from "./swaps/index.ts";
import { createMetrics, type Logger, type Metrics } from "./telemetry/index.ts";
import {
  listWallets,
  openWalletJob,
  recordSignerState,
  registerWallet,
  transferJobs,
  type TransferDeps,
  type TransferLimits,
} from "./transfers/index.ts";

/** For the commands that make a key: the concrete chain stays known here alone. */
export { createKeystore } from "./chains/evm/index.ts";
export const loadDepositKeys = () => import("./chains/hd/index.ts");
/** For the commands that ask chains on which we only receive. */
export { openForeignChains, type World } from "./open-outside.ts";

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
  readonly depositChains: ReadonlyMap<string, DepositChain>;
  readonly depositKeys: DepositKeys | null;
  readonly orders: OrderDeps;
  readonly payments: PaymentDeps;
  readonly conversions: ConversionDeps;
  readonly payouts: PayoutDeps;
  readonly swaps: SwapDeps;
}

/** What is only there where it is configured, because it is heavy or secret. */
export interface Direct {
  /** Where payers may pay us directly, beside the EVM chains. */
  readonly foreignChains?: readonly DepositChain[];
  /** Null where the seed is not: addresses are then taken from those made ahead. */
  readonly keys?: DepositKeys | null;
}

export function assemble(
  config: Config,
  db: Db,
  log: Logger,
  world: World = { clock: systemClock },
  direct: Direct = {},
): Assembly {
  const { clock } = world;
  const metrics = createMetrics();
  const { processor, ...outside } = openOutside(config, { db, log, metrics }, world);
  const depositChains = new Map<string, DepositChain>(outside.chains);
  for (const chain of direct.foreignChains ?? []) depositChains.set(chain.name, chain);
  const depositKeys = direct.keys ?? null;
  const shared = { db, clock, log, registry, ...outside, depositChains };
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
    depositChains,
    depositKeys,
    orders: {
      ...shared,
      processor,
      direct: {
        chains: depositChains,
        sharedAddresses: sharedAddressesOf(config, depositChains),
        keys: depositKeys,
        observe: async (assets, signal) => new Map(await outside.prices.observe(assets, signal)),
        readQuoteMs: async () => (await getSetting(db, "direct_payments")).value.quote_minutes * 60_000,
      },
      settings: { publicUrl: config.publicUrl, checkoutTimeoutMs: 8_000 },
    },
    payments: {
      ...shared,
      readDepositPolicy: () => readDepositPolicy(db),
      gathering: {
        keysHere: depositKeys !== null,
        readMaximumFeeBps: async () => (await getSetting(db, "direct_payments")).value.sweep_maximum_fee_bps,
      },
      settings: { followMs: config.transferPollMs, watchMs: config.depositWatchMs },
    },
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

/** @throws {DomainError} `invalid_configuration`: an address that the operator gave for direct payments is none. */
function sharedAddressesOf(
  { depositAddresses }: Config,
  chains: ReadonlyMap<string, DepositChain>,
): ReadonlyMap<string, string> {
  return new Map(
    [...depositAddresses].flatMap(([name, address]) => {
      const chain = chains.get(name);
      return chain === undefined ? [] : [[name, chain.normaliseAddress(address)] as const];
    }),
  );
}

async function readDepositPolicy(db: Db): Promise<DepositPolicy> {
  const { value } = await getSetting(db, "direct_payments");
  return {
    confirmations: value.confirmations.map((line) => ({
      chain: line.chain,
      belowUsdMicros: parseUsd(line.below_usd),
      confirmations: BigInt(line.confirmations),
    })),
    twoEndpointsFromUsdMicros:
      value.two_endpoints_from_usd === null ? null : parseUsd(value.two_endpoints_from_usd),
    overpaidBps: value.overpaid_bps,
    minimumUsdMicros: parseUsd(value.minimum_usd),
    late: { policy: value.late_payments.policy, withinMs: value.late_payments.within_hours * 3_600_000 },
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

/** The keys of payers' addresses, each derived once. */
function depositSignerOf({ config, depositKeys }: Assembly): NonNullable<TransferDeps["depositSigner"]> {
  const derived = new Map<string, Signer>();
  return (chain, index) => {
    const network = config.evm.get(chain);
    if (depositKeys === null || network === undefined) return undefined;
    const known = derived.get(`${chain}:${index}`);
    if (known) return known;
    const signer = depositKeys.evmSigner(chain, network.chainId, index);
    derived.set(`${chain}:${index}`, signer);
    return signer;
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
      ["sweep_gas", sweepGasIntent],
      ["sweep", sweepIntent],
      ["deposit_refund", depositRefundIntent],
      ["surplus_refund", surplusRefundIntent],
    ]),
    depositSigner: depositSignerOf(parts),
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

/** Whether payers can be given an address of ours at all. */
const isPaidDirectly = ({ depositAddresses, keystore }: Config): boolean =>
  depositAddresses.size > 0 || existsSync(keystore.depositPath);

export function schedules(config: Config): Schedule[] {
  const { crons } = config;
  const sweeps = ["orders", "payments", "conversions", "payouts", "swaps", "transfers"];
  const direct = ["payments.sweep_deposits", "payments.sweep_addresses"].map((task) => ({
    task,
    cron: crons.sweep,
  }));
  return [
    ...(isPaidDirectly(config) ? direct : []),
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

/** A signer for every EVM chain, or why there is none. Trying the password takes a second of another thread. */
async function openHotKey({ evm, keystore }: Config): Promise<Signer[] | DomainError> {
  if (keystore.password === null) return [];
  const wanted = [...evm].map(([chain, { chainId }]) => ({ chain, chainId }));
  try {
    return await openKeystoreFor(keystore.path, keystore.password, wanted);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/**
 * Opens the hot wallet's key, once, for every EVM chain, and makes its address known as a wallet of ours on each. A key that
 * cannot be opened stops the sending from that wallet and nothing else: transfers wait and say why.
 */
export async function openSigners(
  parts: Assembly,
  opening = openHotKey(parts.config),
): Promise<Map<string, Signer>> {
  const { chains, db, clock, log } = parts;
  const signers = new Map<string, Signer>();
  const opened = await opening;
  if (opened instanceof DomainError) {
    const problem = { problem: opened.code, message: `${opened.message} Then restart the worker.` };
    for (const chain of chains.keys()) await recordSignerState(db, { chain, problem, now: clock.now() });
    log.error(problem, "nothing is sent: the wallet's key cannot be opened");
    return signers;
  }
  for (const signer of opened) {
    const { chain, address } = signer;
    await recordSignerState(db, { chain, problem: null, now: clock.now() });
    signers.set(`${chain}:${address}`, signer);
    const wallet = await registerWallet(db, { chain, address, now: clock.now() });
    await enqueue(db, "transfers.open_wallet", { walletId: wallet.id });
  }
  return signers;
}

/**
 * What direct payments need beyond the EVM chains. The seed is opened only where something is signed; one that cannot be
 * opened stops what needs it and nothing else.
 */
async function openDirect(config: Config, log: Logger, world: World): Promise<Direct> {
  const foreignChains = await openForeignChains(config, world);
  const { depositPath, password } = config.keystore;
  if (config.role === "api" || password === null || !existsSync(depositPath)) return { foreignChains };
  const { openDepositKeys } = await import("./chains/hd/index.ts");
  try {
    return { foreignChains, keys: await openDepositKeys(depositPath, password) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const problem = { problem: error.code, message: `${error.message} Then restart the worker.` };
    log.error(problem, "no addresses are made and no coins gathered: the deposit seed cannot be opened");
    return { foreignChains };
  }
}

/**
 * Addresses for payers lie ready before the first order asks, and every chain is searched from now on.
 * @throws {DomainError} `invalid_configuration`: payers would pay into the hot wallet itself; `deposit_seed_changed`.
 */
async function beginDirect({ config, db, clock, depositChains, depositKeys }: Assembly): Promise<void> {
  for (const [name, address] of sharedAddressesOf(config, depositChains)) {
    // Arrivals there are other rooms' to book: settlements of the processor, deliveries of swaps.
    if ((await listWallets(db, name)).some((wallet) => wallet.address === address))
      throw new DomainError(
        "invalid_configuration",
        `The deposit address of ${name} is the hot wallet's own. Give payers another address.`,
      );
    await registerSharedAddress(db, { family: depositChains.get(name)!.family, address, now: clock.now() });
  }
  if (depositKeys !== null) await assertSameSeed(db, depositKeys);
  if (!isPaidDirectly(config)) return;
  await enqueue(db, "orders.fill_addresses", {}, { key: "orders.fill_addresses" });
  await enqueue(db, "payments.sweep_deposits", {});
}

/** Everything the HTTP API offers. Nothing is asked for here: openapi.json is made of it without a database. */
export function apiOf(parts: Assembly): Pick<ServerDeps, "routes" | "webhooks"> {
  const intake = createIntake({ db: parts.db, clock: parts.clock, processors: parts.processors });
  return {
    routes: [
      ...payeeRoutes,
      ...orderRoutes(parts.orders),
      ...paymentRoutes,
      ...verifyRoutes(parts.payments),
      ...depositRoutes,
      ...conversionRoutes(parts.conversions),
      byHandRoute({ ...parts.conversions, depositChains: parts.depositChains }),
      ...payoutRoutes(parts.payouts),
      ...reconciliationRoutes(parts),
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
  // Keys take a second each to open: the database is opened meanwhile.
  const opening = {
    direct: openDirect(config, log, { clock }),
    hotKey: config.role === "api" ? Promise.resolve([]) : openHotKey(config),
  };
  void Promise.allSettled([opening.direct, opening.hotKey]); // a refusal is told where it is waited for
  const database = await openDatabase({ ...config, log, max: 20 });
  const stops: (() => Promise<unknown>)[] = [() => database.close()];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    await migrate(database.url, log);
    await assertSchemaCurrent(database.db);
    const parts = assemble(config, database.db, log, { clock }, await opening.direct);
    if (config.role !== "api") {
      const signers = await openSigners(parts, opening.hotKey);
      await beginDirect(parts);
      const jobs = allJobs(parts, signers);
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
