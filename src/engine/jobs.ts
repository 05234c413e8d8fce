import { addressJobs } from "../addresses/index.ts";
import type { Signer } from "../chains/index.ts";
import type { Config } from "../config/index.ts";
import { conversionJobs } from "../conversions/index.ts";
import { depositJobs, depositRefundIntent, surplusRefundIntent } from "../deposits/index.ts";
import { findOrphansJob } from "../desk/index.ts";
import { gatheringJobs, sweepGasIntent, sweepIntent } from "../gathering/index.ts";
import { pruneIdempotencyJob } from "../http/index.ts";
import { intakeJobs } from "../intake/index.ts";
import type { Job, Schedule } from "../jobs/index.ts";
import { ledgerJobs } from "../ledger/index.ts";
import { orderJobs } from "../orders/index.ts";
import { paymentJobs, refundIntent } from "../payments/index.ts";
import { payoutIntent, payoutJobs } from "../payouts/index.ts";
import { checkBooksJob } from "../reconciliation/index.ts";
import { fundingIntent, swapJobs } from "../swaps/index.ts";
import { openWalletJob, readTransferLimits, transferJobs, type TransferDeps } from "../transfers/index.ts";
import type { Assembly } from "./assemble.ts";
import { depositSignerOf, isPaidDirectly } from "./keys.ts";

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
    ...addressJobs(parts.orders),
    ...intakeJobs(parts.payments),
    ...paymentJobs(parts.payments),
    ...depositJobs(parts.deposits),
    ...gatheringJobs(parts.gathering),
    ...conversionJobs(parts.conversions),
    ...payoutJobs(parts.payouts),
    ...swapJobs(parts.swaps),
    ...transferJobs(transfers),
    openWalletJob(transfers),
    ...ledgerJobs({ db, clock, log }),
    checkBooksJob({ db, log, metrics }),
    findOrphansJob(parts),
    pruneIdempotencyJob({ db, clock }),
  ];
}

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
