import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Prometheus gauges are floats by design: good enough to look at, and nothing is ever computed from one. */
export const gaugeValue = (decimal: string): number => Number.parseFloat(decimal);

export type Metrics = ReturnType<typeof createMetrics>;

function jobMetrics(registers: Registry[]) {
  return {
    queueOldestSeconds: new Gauge({
      registers,
      name: "spillway_queue_oldest_seconds",
      help: "Age of the oldest job that is due and not running",
    }),
    queueDue: new Gauge({
      registers,
      name: "spillway_queue_due_jobs",
      help: "Jobs that are due and not running",
    }),
    deadLetters: new Gauge({
      registers,
      name: "spillway_dead_letter_jobs",
      help: "Jobs that used up their attempts and wait for a person",
    }),
    jobs: new Counter({
      registers,
      name: "spillway_jobs_total",
      help: "Runs of jobs by how they ended",
      labelNames: ["task", "outcome"] as const,
    }),
    jobSeconds: new Histogram({
      registers,
      name: "spillway_job_seconds",
      help: "How long a run of a job took",
      labelNames: ["task"] as const,
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    }),
    scheduleLastSuccess: new Gauge({
      registers,
      name: "spillway_schedule_last_success_timestamp_seconds",
      help: "When a schedule last ran to its end",
      labelNames: ["task"] as const,
    }),
  };
}

/** The recovery desk by whose turn it is. An item that is part of another one counts, its money once. */
function reviewMetrics(registers: Registry[]) {
  const labelNames = ["owner"] as const;
  return {
    reviewItems: new Gauge({
      registers,
      name: "spillway_review_items",
      help: "Items on the recovery desk",
      labelNames,
    }),
    reviewValueUsd: new Gauge({
      registers,
      name: "spillway_review_value_usd",
      help: "Money at stake on the recovery desk, as far as a price of it was observed",
      labelNames,
    }),
    reviewOldestSeconds: new Gauge({
      registers,
      name: "spillway_review_oldest_seconds",
      help: "How long the oldest item has been in its status",
      labelNames,
    }),
  };
}

/** Gauges of money are for watching a trend: they are floats, and the ledger is the truth. */
function moneyMetrics(registers: Registry[]) {
  return {
    things: new Gauge({
      registers,
      name: "spillway_things",
      help: "Payments, conversions, swaps, transfers and payouts by status",
      labelNames: ["thing", "status"] as const,
    }),
    pendingValueUsd: new Gauge({
      registers,
      name: "spillway_pending_value_usd",
      help: "Observed value of earnings not converted yet",
      labelNames: ["asset"] as const,
    }),
    swapExposureUsd: new Gauge({
      registers,
      name: "spillway_swap_exposure_usd",
      help: "Value of swaps in flight at a provider, as the swap_exposure setting limits it",
      labelNames: ["provider"] as const,
    }),
    platformEquity: new Gauge({
      registers,
      name: "spillway_platform_equity_coins",
      help: "What wallets, processors, swaps and banks hold less what is owed, in whole coins; below zero not all could be paid",
      labelNames: ["asset"] as const,
    }),
    inFlight: new Gauge({
      registers,
      name: "spillway_in_flight_coins",
      help: "Sent to a provider and not delivered yet, in whole coins",
      labelNames: ["provider", "asset"] as const,
    }),
    walletCoins: new Gauge({
      registers,
      name: "spillway_wallet_coins",
      help: "Balance of a wallet in whole coins, as booked and as read on chain",
      labelNames: ["chain", "address", "asset", "source"] as const,
    }),
    walletRunway: new Gauge({
      registers,
      name: "spillway_wallet_gas_lasts_for_transfers",
      help: "How many more transfers a wallet's free native coin pays the gas of",
      labelNames: ["chain", "address"] as const,
    }),
    walletStopped: new Gauge({
      registers,
      name: "spillway_wallet_stopped",
      help: "1 where nothing is sent from a wallet: paused, no usable key, or no usable chain",
      labelNames: ["chain", "address"] as const,
    }),
  };
}

/** Whether direct payments are being found. */
function watchMetrics(registers: Registry[]) {
  const labelNames = ["chain"] as const;
  return {
    watchBehind: new Gauge({
      registers,
      name: "spillway_watch_behind_blocks",
      help: "Blocks of a chain that the latest look for payments left unsearched",
      labelNames,
    }),
    watchCursorAge: new Gauge({
      registers,
      name: "spillway_watch_cursor_age_seconds",
      help: "How long ago the search for payments on a chain last got further",
      labelNames,
    }),
    watchStanding: new Gauge({
      registers,
      name: "spillway_watch_standing_seconds",
      help: "For how long no look for payments on a chain has done all of its work; 0 while they do",
      labelNames,
    }),
    watchRefusals: new Gauge({
      registers,
      name: "spillway_watch_refusals",
      help: "Looks for payments on a chain, in a row, that were refused",
      labelNames,
    }),
  };
}

/** What the engine tells Prometheus. One registry a process; gauges are set by whoever knows the value. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    ...jobMetrics(registers),
    ...moneyMetrics(registers),
    ...reviewMetrics(registers),
    ...watchMetrics(registers),
    payments: new Counter({
      registers,
      name: "spillway_payments_total",
      help: "Payments by the status they reached",
      labelNames: ["status"] as const,
    }),
    circuitOpen: new Gauge({
      registers,
      name: "spillway_provider_circuit_open",
      help: "1 while a provider fails and this process leaves it alone",
      labelNames: ["provider"] as const,
    }),
    failures: new Counter({
      registers,
      name: "spillway_failures_total",
      help: "What went wrong, by component and our stable word for it",
      labelNames: ["component", "reason"] as const,
    }),
    httpSeconds: new Histogram({
      registers,
      name: "spillway_http_request_seconds",
      help: "Time to answer an HTTP request",
      labelNames: ["method", "route", "status"] as const,
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2],
    }),
  };
}
