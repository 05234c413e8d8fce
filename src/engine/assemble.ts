import type { DepositKeys } from "../chains/hd/index.ts";
import type { SendingChain, ReceivingChain } from "../chains/index.ts";
import { readExpectedForMs, type ArrivalPorts, type Release } from "../arrivals/index.ts";
import { systemClock, type Clock } from "../clock.ts";
import type { ClockWitnesses } from "../clock-witnesses.ts";
import type { Config } from "../config/index.ts";
import { readConversionTrigger, readSettlementAsset, type ConversionDeps } from "../conversions/index.ts";
import type { Db } from "../database/index.ts";
import {
  claimForOrder,
  readDepositPolicy,
  readQuoteMs,
  readSweepMaximumFeeBps,
  takeBackDeposit,
  takeBackDepositRefund,
  type DepositDeps,
} from "../deposits/index.ts";
import type { BankingDeps } from "../banking/index.ts";
import type { Desk } from "../desk/index.ts";
import type { SecondPerson } from "../desk-port/index.ts";
import { watchCurrencies, type CurrencyWatch } from "../health/index.ts";
import { gatheredByHand, type GatheringDeps } from "../gathering/index.ts";
import { registry } from "../money/index.ts";
import type { NotificationDeps } from "../notifications/index.ts";
import type { DestinationDeps } from "../payees/index.ts";
import { readPolicy } from "../policy/index.ts";
import type { OrderDeps } from "../orders/index.ts";
import {
  claimForPayment,
  paymentExpects,
  releasedOfSettlement,
  settledPaymentRefunds,
  takeBackPaymentRefund,
  type PaymentDeps,
} from "../payments/index.ts";
import { openSecondPerson } from "../operators/index.ts";
import type { RefundDeps, RefundSubject, SubjectRoom } from "../refunds/index.ts";
import { readInstantMinimumUsdMicros, type PayoutDeps } from "../payouts/index.ts";
import type { PaymentProcessor, PriceSource, SwapProvider } from "../providers/port.ts";
import {
  followLossesOf,
  readExposureLimit,
  readVarianceAlertBps,
  swapExpects,
  type SwapDeps,
} from "../swaps/index.ts";
import { createMetrics, type Logger, type Metrics } from "../telemetry/index.ts";
import { openDesk } from "./desks.ts";
import { bankIntents } from "./transfer-intents.ts";
import { openOutside, type World } from "./outside.ts";

/** What the rooms that wait for coins say to whoever claims some. */
const arrivals: ArrivalPorts = {
  expects: [paymentExpects, swapExpects],
  readExpectedForMs,
  moved: gatheredByHand,
  released: new Map<string, Release>([
    ["settlement", releasedOfSettlement],
    ["deposit", takeBackDeposit],
  ]),
  forPayment: claimForPayment,
  forOrder: claimForOrder,
};

/** What each room does at the steps of a refund of its own. What was paid beyond a price stands in its account until it is sent. */
const refundSubjects: RefundDeps["subjects"] = new Map<RefundSubject, SubjectRoom>([
  ["deposit", { takeBack: takeBackDepositRefund }],
  ["payment", { takeBack: takeBackPaymentRefund }],
  ["settled_payment", settledPaymentRefunds],
]);

/** Everything the rooms need, joined: the one place that knows every concrete provider and chain. */
export interface Assembly {
  readonly config: Config;
  readonly db: Db;
  readonly clock: Clock;
  readonly witnesses: ClockWitnesses;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly chains: ReadonlyMap<string, SendingChain>;
  readonly processors: ReadonlyMap<string, PaymentProcessor>;
  readonly swapProviders: ReadonlyMap<string, SwapProvider>;
  readonly banks: BankingDeps["banks"];
  readonly prices: PriceSource;
  readonly notifiers: NotificationDeps["notifiers"];
  readonly currencies: CurrencyWatch;
  readonly depositChains: ReadonlyMap<string, ReceivingChain>;
  readonly depositKeys: DepositKeys | null;
  readonly arrivals: ArrivalPorts;
  readonly secondPerson: SecondPerson;
  readonly orders: OrderDeps;
  readonly payments: PaymentDeps;
  readonly deposits: DepositDeps;
  readonly gathering: GatheringDeps;
  readonly refunds: RefundDeps;
  readonly conversions: ConversionDeps;
  readonly payouts: PayoutDeps;
  readonly destinations: DestinationDeps;
  readonly swaps: SwapDeps;
  readonly banking: BankingDeps;
  readonly notifications: NotificationDeps;
  readonly desk: Desk;
}

/** What is only there where it is configured, because it is heavy or secret. */
export interface Direct {
  /** Where payers may pay us directly, beside the EVM chains. */
  readonly foreignChains?: readonly ReceivingChain[];
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
  const providers = [...outside.processors.values(), ...outside.swapProviders.values()];
  const foreign = (direct.foreignChains ?? []).map((chain) => [chain.name, chain] as const);
  const depositChains = new Map<string, ReceivingChain>([...outside.chains, ...foreign]);
  const secondPerson = openSecondPerson({ db, log });
  const depositKeys = direct.keys ?? null;
  const shared = { db, clock, log, registry, ...outside, depositChains, depositKeys, secondPerson, arrivals };
  const swaps = swapsOf(config, metrics, shared);
  const parts: Omit<Assembly, "desk"> = {
    config,
    ...shared,
    metrics,
    currencies: watchCurrencies({ providers, log }),
    orders: {
      ...shared,
      processor,
      direct: directOrdersOf(config, shared),
      settings: { publicUrl: config.publicUrl, checkoutTimeoutMs: 8_000 },
    },
    payments: { ...shared, settings: { followMs: config.transferPollMs } },
    deposits: {
      ...shared,
      clockAheadMs: () => shared.witnesses.agreedAheadMs(),
      readDepositPolicy: () => readDepositPolicy(db),
      settings: { watchMs: config.depositWatchMs },
    },
    gathering: {
      ...shared,
      gathering: {
        keysHere: depositKeys !== null,
        readMaximumFeeBps: () => readSweepMaximumFeeBps(db),
      },
    },
    refunds: { ...shared, subjects: refundSubjects },
    conversions: {
      ...shared,
      readTrigger: () => readConversionTrigger(db),
      readSettlementAsset: () => readSettlementAsset(db),
      readExposureLimit: () => readExposureLimit(db),
    },
    payouts: {
      ...shared,
      followLosses: (purposeId, signal) =>
        followLossesOf(swaps, { purpose: "payout_attempt", purposeId }, signal),
      readMaximumSlippageBps: async () => (await readConversionTrigger(db)).maximumSlippageBps,
      readInstantMinimumUsdMicros: () => readInstantMinimumUsdMicros(db),
      readExposureLimit: () => readExposureLimit(db),
    },
    destinations: {
      ...shared,
      reaches: (channel) => shared.notifiers.has(channel),
      readCooldownMs: async (tx) => (await readPolicy(tx)).policy.destination_cooldown_hours * 3_600_000,
    },
    swaps,
    banking: bankingOf(config, shared),
    notifications: { ...shared, countFailure: countFailures(metrics, "notifications") },
  };
  return { ...parts, desk: openDesk(parts) };
}

const countFailures =
  (metrics: Metrics, component: string) =>
  (reason: string): void =>
    metrics.failures.inc({ component, reason });

const bankingOf = (config: Config, shared: Omit<BankingDeps, "mayLeave" | "settings">): BankingDeps => ({
  ...shared,
  mayLeave: bankIntents(shared),
  settings: { pollMs: config.transferPollMs },
});

const swapsOf = (
  config: Config,
  metrics: Metrics,
  shared: Omit<SwapDeps, "readExposureLimit" | "readVarianceAlertBps" | "countFailure" | "settings">,
): SwapDeps => ({
  ...shared,
  readExposureLimit: () => readExposureLimit(shared.db),
  readVarianceAlertBps: () => readVarianceAlertBps(shared.db),
  countFailure: countFailures(metrics, "swaps"),
  settings: { pollMs: config.swapPollMs, deadlineMs: 24 * 3_600_000, fundingMarginMs: 60_000 },
});

const directOrdersOf = (
  config: Config,
  parts: Pick<Assembly, "db" | "depositChains" | "depositKeys" | "prices">,
): OrderDeps["direct"] => ({
  chains: parts.depositChains,
  sharedAddresses: sharedAddressesOf(config, parts.depositChains),
  keys: parts.depositKeys,
  canBePriced: (asset) => parts.prices.listedBy?.(asset).length !== 0,
  observe: async (assets, signal) => new Map(await parts.prices.observe(assets, signal)),
  readQuoteMs: () => readQuoteMs(parts.db),
});

/** @throws {DomainError} `invalid_configuration`: an address that the operator gave for direct payments is none. */
export function sharedAddressesOf(
  { depositAddresses }: Config,
  chains: ReadonlyMap<string, ReceivingChain>,
): ReadonlyMap<string, string> {
  return new Map(
    [...depositAddresses].flatMap(([name, address]) => {
      const chain = chains.get(name);
      return chain === undefined ? [] : [[name, chain.normaliseAddress(address)] as const];
    }),
  );
}
