import { addressJobs } from "../addresses/index.ts";
import { bankingJobs, bankingTasks } from "../banking/index.ts";
import type { Signer } from "../chains/index.ts";
import type { Config } from "../config/index.ts";
import { conversionJobs, conversionTasks } from "../conversions/index.ts";
import { depositJobs, depositTasks } from "../deposits/index.ts";
import { findOrphansJob, findOrphansTask, tellOfDesk, tellOfDeskJob } from "../desk/index.ts";
import { gatheringJobs, gatheringTasks } from "../gathering/index.ts";
import { pruneIdempotency, pruneIdempotencyJob } from "../http/index.ts";
import { intakeJobs, intakeTasks } from "../intake/index.ts";
import type { Job, Schedule, SearchJob } from "../jobs/index.ts";
import { ledgerJobs, ledgerTasks } from "../ledger/index.ts";
import { notificationJobs } from "../notifications/index.ts";
import { orderJobs } from "../orders/index.ts";
import { paymentJobs } from "../payments/index.ts";
import { payoutJobs, payoutTasks } from "../payouts/index.ts";
import { policyJobs } from "../policy/index.ts";
import { refundJobs } from "../refunds/index.ts";
import { checkBooks, checkBooksJob } from "../reconciliation/index.ts";
import { swapJobs, swapTasks } from "../swaps/index.ts";
import {
  openWalletJob,
  readTransferLimits,
  transferJobs,
  transferTasks,
  type TransferDeps,
} from "../transfers/index.ts";
import { applyChange } from "./apply-change.ts";
import type { Assembly } from "./assemble.ts";
import { lives } from "./desks.ts";
import { depositSignerOf, isPaidDirectly } from "./keys.ts";
import { transferIntents } from "./transfer-intents.ts";

/** Every job of every room. `signers` is empty in a process that signs nothing. */
export function allJobs(parts: Assembly, signers: ReadonlyMap<string, Signer>): Job[] {
  const { db, clock, log, metrics, chains, config } = parts;
  const transfers: TransferDeps = {
    db,
    clock,
    log,
    chains,
    signers,
    intents: transferIntents({ clock }),
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
    ...refundJobs(parts.refunds),
    ...conversionJobs(parts.conversions),
    ...payoutJobs(parts.payouts),
    ...policyJobs(parts, applyChange(parts)),
    ...swapJobs(parts.swaps),
    ...bankingJobs(parts.banking),
    ...transferJobs(transfers),
    openWalletJob(transfers),
    ...ledgerJobs({ db, clock, log }),
    checkBooksJob({ db, log, metrics }),
    findOrphansJob(parts),
    tellOfDeskJob(parts),
    ...notificationJobs(parts.notifications),
    pruneIdempotencyJob({ db, clock }),
  ];
}

/** These find nothing where nobody is paid straight to our addresses. */
const onlyDirect: ReadonlySet<SearchJob> = new Set([depositTasks.sweep, gatheringTasks.sweepAddresses]);

/** The sweeps of all things, and what else runs by the clock. */
export function schedules(config: Config): Schedule[] {
  const { crons } = config;
  const sweeps = new Set(lives.flatMap(({ sweep }) => sweep ?? []));
  const timed: readonly (readonly [SearchJob, string])[] = [
    ...[...sweeps]
      .filter((sweep) => isPaidDirectly(config) || !onlyDirect.has(sweep))
      .map((sweep) => [sweep, crons.sweep] as const),
    ...(isPaidDirectly(config) ? [[depositTasks.compareBalances, crons.sweep] as const] : []),
    [conversionTasks.check, crons.conversion],
    [payoutTasks.plan, crons.payout],
    [intakeTasks.backfill, crons.backfill],
    [transferTasks.recheckEnded, "*/10 * * * *"],
    [swapTasks.findSurplus, crons.sweep],
    ...(config.flutterwave === null ? [] : [[bankingTasks.compareFloats, crons.sweep] as const]),
    [swapTasks.followLosses, "*/10 * * * *"],
    [ledgerTasks.fold, crons.sweep],
    [ledgerTasks.seal, crons.sweep],
    [checkBooks, crons.sweep],
    [findOrphansTask, crons.sweep],
    [tellOfDesk, crons.sweep],
    [pruneIdempotency, "17 3 * * *"],
  ];
  return timed.map(([{ name: task }, cron]) => ({ task, cron }));
}
