import type { SendingChain } from "../chains/sending.ts";
import { inTransaction, sql, type Tx } from "../database/index.ts";
import { claimForSweep, listGatherable, markSwept, releaseFromSweep, wakeSweeps } from "../deposits/index.ts";
import { defineJob, type Job, enqueueOnce } from "../jobs/index.ts";
import { accounts } from "../ledger/index.ts";
import {
  cancelTransfer,
  findTransferOf,
  findWallet,
  getWallet,
  planTransfer,
  transferLife,
  type Transfer,
  type Wallet,
} from "../transfers/index.ts";
import { hours, minutes, type NextOf } from "../lifecycle/index.ts";
import type { GatheringDeps } from "./deps.ts";
import { gasPurpose, lookAgainMs, sweepPurpose, type Sweep, type SweepStatus, sweepLife } from "./sweep.ts";
import { markGathered } from "../payments/index.ts";
import { costOfSweep, type PutOffReason, type SweepCost } from "./sweep-cost.ts";
import { findSweep, lockLiveSweeps } from "./sweep-store.ts";
import { gatheringTasks } from "./tasks.ts";

const cause = { kind: "job", ref: gatheringTasks.advance.name } as const;

/**
 * Does whatever one sweep needs next: decides whether it is worth its fees now, sends native coin ahead, sends the coins, and
 * once they are final says that the payments' coins are here. May run twice, at once even, or die at any line.
 */
export const advanceSweepJob = (deps: GatheringDeps): Job =>
  defineJob(gatheringTasks.advance, {
    async run({ id }, { signal }) {
      const sweep = await findSweep(deps.db, id);
      if (sweep?.status === "waiting") return decide(deps, sweep, signal);
      if (sweep?.status === "waiting_for_gas") return follow(deps, sweep, gasPurpose, sendCoins);
      if (sweep?.status === "sending") return follow(deps, sweep, sweepPurpose, complete);
    },
  });

/** What was found out before the books are opened. */
interface Look {
  readonly from: Wallet;
  readonly to: Wallet;
  readonly chain: SendingChain;
  readonly held: bigint;
  readonly cost: SweepCost;
}

async function decide(deps: GatheringDeps, sweep: Sweep, signal: AbortSignal): Promise<void> {
  const look = await lookAt(deps, sweep, signal);
  if (typeof look === "string") return putOff(deps, sweep, look, null);
  const most = BigInt(await deps.gathering.readMaximumFeeBps());
  if (look.cost.shareBps > most) return putOff(deps, sweep, "fee_share_too_high", look.cost.shareBps);
  const outcome = await inTransaction(deps.db, (tx) => begin(deps, tx, sweep, look));
  if (outcome === "wallet_busy") await putOff(deps, sweep, outcome, look.cost.shareBps);
  // Something more became final meanwhile: it goes along.
  if (outcome === "changed") await enqueueOnce(deps.db, gatheringTasks.advance, { id: sweep.id });
}

async function lookAt(deps: GatheringDeps, sweep: Sweep, signal: AbortSignal): Promise<Look | PutOffReason> {
  const from = await getWallet(deps.db, sweep.wallet_id);
  const chain = deps.chains.get(from.chain);
  const to = await findWallet(deps.db, from.chain);
  if (!chain || to === null) return "no_wallet";
  if (!deps.gathering.keysHere) return "signer_missing";
  if (from.paused_reason !== null || to.paused_reason !== null) return "wallet_paused";
  const { sum: held } = await listGatherable(deps.db, { ...from, asset: sweep.asset });
  const asset = deps.registry.get(sweep.asset);
  const cost = await costOfSweep(deps, { chain, from, to, asset, held }, signal);
  return typeof cost === "string" ? cost : { from, to, chain, held, cost };
}

/** These pass within minutes; the others are asked about less and less often, the longer they last. */
const passing: ReadonlySet<PutOffReason> = new Set(["rpc_unavailable", "price_unavailable", "wallet_busy"]);

async function putOff(
  { db, clock, log }: GatheringDeps,
  sweep: Sweep,
  reason: PutOffReason,
  shareBps: bigint | null,
): Promise<void> {
  const now = clock.now();
  const age = now.getTime() - sweep.created_at.getTime();
  const waitMs = passing.has(reason) ? minutes(1) : Math.min(Math.max(age / 4, minutes(10)), hours(6));
  if (sweep.reason !== reason) log.info({ sweep_id: sweep.id, reason }, "coins are not gathered yet");
  await sql`
    update deposit_sweep set reason = ${reason}, fee_share_bps = coalesce(${shareBps}::integer, fee_share_bps),
      next_check_at = ${new Date(now.getTime() + waitMs)}
    where id = ${sweep.id} and status = 'waiting'`.execute(db);
}

/** Claims the deposits and plans the first transfer, if all is still as it was looked at. */
async function begin(
  deps: GatheringDeps,
  tx: Tx,
  { id, wallet_id }: Sweep,
  { from, to, chain, held, cost }: Look,
): Promise<"begun" | "moved" | "wallet_busy" | "changed"> {
  const live = await lockLiveSweeps(tx, wallet_id);
  const sweep = live.find((one) => one.id === id);
  if (sweep?.status !== "waiting") return "moved";
  if (live.some(({ status }) => status !== "waiting")) return "wallet_busy";
  const { ids, sum } = await listGatherable(tx, { ...from, asset: sweep.asset }, { lock: true });
  if (sum !== held) return "changed";
  await claimForSweep(tx, ids, id);
  const { amount, gasAhead, shareBps } = cost;
  const set = { amount, to_wallet_id: to.id, fee_share_bps: shareBps, gas_amount: gasAhead, reason: null };
  if (gasAhead === 0n) {
    await move(deps, tx, sweep, { to: "sending", set });
    await planCoins(deps, tx, { ...sweep, amount, to_wallet_id: to.id });
    return "begun";
  }
  await move(deps, tx, sweep, { to: "waiting_for_gas", set });
  await planTransfer(tx, {
    walletId: to.id,
    purpose: gasPurpose,
    purposeId: id,
    money: { asset: chain.native.id, amount: gasAhead },
    toAddress: from.address,
    debitAccount: accounts.wallet(from.chain, from.address),
    doneTask: gatheringTasks.advance,
    correlationId: id,
    now: deps.clock.now(),
  });
  return "begun";
}

async function planCoins(deps: GatheringDeps, tx: Tx, sweep: Sweep): Promise<void> {
  const to = await getWallet(tx, sweep.to_wallet_id ?? "");
  await planTransfer(tx, {
    walletId: sweep.wallet_id,
    purpose: sweepPurpose,
    purposeId: sweep.id,
    money: { asset: sweep.asset, amount: sweep.amount },
    toAddress: to.address,
    debitAccount: accounts.wallet(to.chain, to.address),
    doneTask: gatheringTasks.advance,
    correlationId: sweep.id,
    now: deps.clock.now(),
  });
}

async function move(
  { clock }: GatheringDeps,
  tx: Tx,
  sweep: Sweep,
  step: { to: NextOf<typeof sweepLife, SweepStatus>; set?: Record<string, unknown> },
): Promise<void> {
  const { id, status: from } = sweep;
  await sweepLife.advance(tx, { id, from, ...step, cause, now: clock.now() });
}

/** Looks what became of the transfer that a sweep waits for, and takes the next step when it is final. */
async function follow(
  deps: GatheringDeps,
  seen: Sweep,
  purpose: string,
  then: (deps: GatheringDeps, tx: Tx, sweep: Sweep) => Promise<void>,
): Promise<void> {
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    const sweep = (await lockLiveSweeps(tx, seen.wallet_id)).find((one) => one.id === seen.id);
    if (sweep?.status !== seen.status) return;
    const transfer = await findTransferOf(tx, purpose, sweep.id);
    if (transfer?.status === "final") return then(deps, tx, sweep);
    const reason = await whyGivenUp(tx, sweep, transfer, now);
    if (reason !== null) return fail(deps, tx, sweep, reason);
    await sql`
      update deposit_sweep set next_check_at = ${new Date(now.getTime() + lookAgainMs)} where id = ${sweep.id}`.execute(
      tx,
    );
  });
}

/** What ended a transfer badly. One that nobody could sign in all its time is withdrawn: the next sweep estimates anew. */
async function whyGivenUp(
  tx: Tx,
  sweep: Sweep,
  transfer: Transfer | null,
  now: Date,
): Promise<string | null> {
  if (transfer === null) return "transfer_missing";
  if (transferLife.hasEnded(transfer.status)) return transfer.status;
  const late = sweep.deadline_at !== null && sweep.deadline_at <= now;
  const withdrawn = late && (await cancelTransfer(tx, transfer.id, { cause, now }));
  return withdrawn ? (transfer.waiting_reason ?? "not_signed") : null;
}

async function sendCoins(deps: GatheringDeps, tx: Tx, sweep: Sweep): Promise<void> {
  await move(deps, tx, sweep, { to: "sending" });
  await planCoins(deps, tx, sweep);
}

async function complete(deps: GatheringDeps, tx: Tx, sweep: Sweep): Promise<void> {
  await markGathered(tx, await markSwept(tx, sweep.id, deps.clock.now()));
  await move(deps, tx, sweep, { to: "swept" });
  await wakeSweeps(tx);
}

async function fail(deps: GatheringDeps, tx: Tx, sweep: Sweep, reason: string): Promise<void> {
  deps.log.error({ sweep_id: sweep.id, reason }, "coins could not be gathered; they are tried again");
  await move(deps, tx, sweep, { to: "failed", set: { reason } });
  await releaseFromSweep(tx, sweep.id);
  await wakeSweeps(tx);
}
