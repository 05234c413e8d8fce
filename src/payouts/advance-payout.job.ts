import { z } from "zod";
import { advanceStatus, inTransaction, sql, takeDue, type Cause, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
import { defineJob, enqueue, type Job } from "../jobs/index.ts";
import { markPaid, paymentsPaidBy } from "../earnings/index.ts";
import { accounts } from "../ledger/index.ts";
import { registry } from "../money/index.ts";
import { planSwap, swapsOf } from "../swaps/index.ts";
import { findTransferOf, findWallet, planTransfer } from "../transfers/index.ts";
import type { PayoutDeps } from "./deps.ts";
import { failPayout } from "./fail-payout.ts";
import { findRoute, type FoundRoute } from "./find-route.ts";
import { payoutTransitions, type Payout, type PayoutAttempt } from "./payout.ts";
import { advancePayout, attemptsOf, findPayout, lockPayout } from "./payout-store.ts";

/** After this many failed attempts a person looks. */
const mostAttempts = 3;
const cause: Cause = { kind: "job", ref: "payouts.advance" };

/** Starts an approved payout's next attempt. Safe to repeat: one attempt at a time, by a unique index. */
export const advancePayoutJob = (deps: PayoutDeps): Job =>
  defineJob({
    name: "payouts.advance",
    payload: z.object({ id: z.uuid() }),
    async run({ id }, { signal, log }) {
      const payout = await findPayout(deps.db, id);
      if (payout?.status !== "approved") return;
      const route = await findRoute(deps, payout, payout.destination_asset, signal);
      const now = deps.clock.now();
      await inTransaction(deps.db, async (tx) => {
        const current = await lockPayout(tx, id);
        if (current?.status !== "approved") return;
        const obstacle = await obstacleTo(tx, current, route);
        if (obstacle === null && route.kind !== "none") return startAttempt(deps, tx, current, route, now);
        log.warn({ payout_id: id, reason: obstacle }, "the payout waits");
        // Nothing is on its way, so giving up is safe: what was held is the payee's balance again, and may grow.
        if (current.deadline_at !== null && now > current.deadline_at)
          return failPayout(tx, current, { outcome: obstacle ?? "no_route", cause, now });
        await tryLater(tx, id, new Date(now.getTime() + 60_000));
      });
    },
  });

/** Why an approved payout cannot start now, or null. A pause holds what was approved before it, too. */
async function obstacleTo(tx: Tx, payout: Payout, route: FoundRoute): Promise<string | null> {
  const { rows } =
    await sql`select from payee where id = ${payout.payee_id} and status = 'active' for share`.execute(tx);
  if (rows.length === 0) return "payee_paused";
  if (route.kind === "none") return route.reason;
  if (route.kind === "swap" && route.limit !== null && payout.amount > route.limit)
    return "above_provider_maximum";
  return (await walletFor(tx, payout)) === null ? "no_wallet" : null;
}

const walletFor = (tx: Tx, payout: Payout) => findWallet(tx, registry.get(payout.asset).chain);

async function tryLater(tx: Tx, id: string, at: Date): Promise<void> {
  await sql`update payout set next_check_at = ${new Date(at.getTime() + 60_000)} where id = ${id}`.execute(
    tx,
  );
  await enqueue(tx, "payouts.advance", { id }, { runAt: at, key: `payouts.advance:${id}` });
}

async function startAttempt(
  deps: PayoutDeps,
  tx: Tx,
  payout: Payout,
  route: Exclude<FoundRoute, { kind: "none" }>,
  now: Date,
): Promise<void> {
  const wallet = await walletFor(tx, payout);
  if (!wallet) return;
  const attemptId = newId();
  await sql`
    insert into payout_attempt (id, payout_id, seq, route, status, created_at)
    select ${attemptId}, ${payout.id}, coalesce(max(seq), 0) + 1, ${route.kind}, 'sending', ${now}::timestamptz
    from payout_attempt where payout_id = ${payout.id}`.execute(tx);
  const shared = { purposeId: attemptId, doneTask: "payouts.attempt_ended", correlationId: payout.id, now };
  if (route.kind === "direct")
    await planTransfer(tx, {
      ...shared,
      walletId: wallet.id,
      purpose: "payout_attempt",
      money: { asset: payout.asset, amount: payout.amount },
      toAddress: payout.destination_address,
      debitAccount: accounts.payee(payout.payee_id, "held"),
    });
  else
    await planSwap(tx, {
      ...shared,
      purpose: "payout_attempt",
      flow: "standard",
      source: { asset: payout.asset, amount: payout.amount },
      sourceUsdMicros: route.sourceUsdMicros,
      targetAsset: payout.destination_asset,
      targetAddress: payout.destination_address,
      targetMemo: payout.destination_memo,
      leastTargetAmount: route.leastTargetAmount,
      sourceAccount: accounts.payee(payout.payee_id, "held"),
      refundAddress: wallet.address,
    });
  await advancePayout(tx, payout, { to: "sending", cause, now, set: { route: route.kind } });
}

/** What came of an attempt, in our words. */
type Ending =
  | { readonly kind: "live" }
  | { readonly kind: "sent" }
  | { readonly kind: "completed"; readonly hash: string; readonly delivered: bigint | null }
  /** Nothing reached the payee, for certain: another attempt is safe. */
  | { readonly kind: "again"; readonly outcome: string }
  /** Nothing reached the payee, and another attempt would end alike. */
  | { readonly kind: "failed"; readonly outcome: string }
  | { readonly kind: "review"; readonly outcome: string }
  /** Still under way, and somebody should look at it. */
  | { readonly kind: "watched"; readonly reason: string };

/** Told by the transfer or swap of an attempt when something about it changed. */
export const attemptEndedJob = (deps: PayoutDeps): Job =>
  defineJob({
    name: "payouts.attempt_ended",
    payload: z.object({ id: z.uuid() }),
    run: ({ id }) =>
      inTransaction(deps.db, async (tx) => {
        const { rows } = await sql<PayoutAttempt>`select * from payout_attempt where id = ${id}`.execute(tx);
        const attempt = rows[0];
        const payout = attempt && (await lockPayout(tx, attempt.payout_id));
        if (!attempt || !payout || attempt.status !== "sending") return;
        const ending =
          attempt.route === "direct" ? await endOfTransfer(tx, payout, id) : await endOfSwap(tx, id);
        await recordEnding(deps, tx, { payout, attempt, ending });
      }),
  });

async function endOfTransfer(tx: Tx, payout: Payout, attemptId: string): Promise<Ending> {
  const transfer = await findTransferOf(tx, "payout_attempt", attemptId);
  if (transfer === null) return { kind: "again", outcome: "transfer_never_planned" };
  if (transfer.status === "final")
    return { kind: "completed", hash: transfer.transaction_hash ?? "", delivered: payout.amount };
  if (transfer.status === "displaced" || transfer.status === "cancelled")
    return { kind: "again", outcome: transfer.status };
  if (transfer.status === "reverted") return { kind: "review", outcome: "transfer_reverted" };
  if (transfer.status === "in_review")
    return { kind: "watched", reason: transfer.review_reason ?? "transfer_in_review" };
  return { kind: "live" };
}

async function endOfSwap(tx: Tx, attemptId: string): Promise<Ending> {
  const swap = (await swapsOf(tx, "payout_attempt", attemptId)).at(-1);
  if (swap === undefined) return { kind: "again", outcome: "swap_never_planned" };
  switch (swap.status) {
    case "delivered":
      return { kind: "completed", hash: swap.payout_hash ?? "", delivered: swap.delivered_amount };
    case "refunded":
      return { kind: "again", outcome: "swap_refunded" };
    case "expired":
      return { kind: "again", outcome: "swap_expired_unfunded" };
    case "written_off":
      // Its provider may deliver after all, so a second payment is a person's decision.
      return { kind: "review", outcome: "swap_written_off" };
    case "rejected":
      return { kind: "failed", outcome: swap.waiting_reason ?? "swap_rejected" };
    case "funded":
    case "exchanging":
    case "on_hold":
      return { kind: "sent" };
    case "in_review":
      return { kind: "watched", reason: swap.review_reason ?? "swap_in_review" };
    default:
      return { kind: "live" };
  }
}

async function recordEnding(
  deps: PayoutDeps,
  tx: Tx,
  { payout, attempt, ending }: { payout: Payout; attempt: PayoutAttempt; ending: Ending },
): Promise<void> {
  const now = deps.clock.now();
  const step = { cause: { ...cause, ref: `payout_attempt:${attempt.id}` }, now };
  if (ending.kind === "live") return;
  if (hasEnded(payout)) return endOrphan(deps, tx, { payout, attempt, ending, step });
  if (ending.kind === "sent") {
    if (payout.status !== "sent")
      await advancePayout(tx, payout, { ...step, to: "sent", set: { review_reason: null } });
    return;
  }
  if (ending.kind === "watched") {
    if (payout.status !== "in_review")
      await advancePayout(tx, payout, { ...step, to: "in_review", set: { review_reason: ending.reason } });
    return;
  }
  const outcome = ending.kind === "completed" ? "delivered" : ending.outcome;
  await endAttempt(tx, attempt, {
    status: ending.kind === "completed" ? "succeeded" : "failed",
    outcome,
    ...step,
  });
  const log = { payout_id: payout.id, correlation_id: payout.id, outcome };
  if (ending.kind === "completed") {
    if (payout.status === "sending" || payout.status === "in_review")
      await advancePayout(tx, payout, { ...step, to: "sent" });
    const set = {
      review_reason: null,
      completed_at: now,
      transaction_hash: ending.hash,
      delivered_amount: ending.delivered,
    };
    await advancePayout(tx, { id: payout.id, status: "sent" }, { ...step, to: "completed", set });
    await markPaid(tx, { payoutId: payout.id });
    deps.log.info(
      { ...log, transaction_hash: ending.hash, payments: await paymentsPaidBy(tx, payout.id) },
      "payout completed",
    );
  } else if (ending.kind === "failed") {
    await failPayout(tx, payout, { outcome, cause: step.cause, now });
    deps.log.warn(log, "payout failed for certain; the money is the payee's balance again");
  } else if (ending.kind === "again" && attempt.seq < mostAttempts) {
    await advancePayout(tx, payout, { ...step, to: "approved", set: { review_reason: null } });
    await tryLater(tx, payout.id, new Date(now.getTime() + attempt.seq * 30_000));
    deps.log.warn(log, "the attempt failed for certain; another one follows");
  } else {
    await advancePayout(tx, payout, { ...step, to: "in_review", set: { review_reason: outcome } });
    deps.log.error(log, "a payout needs a person");
  }
}

const hasEnded = ({ status }: Payout): boolean => payoutTransitions[status].length === 0;

async function endAttempt(
  tx: Tx,
  attempt: PayoutAttempt,
  end: { status: "succeeded" | "failed"; outcome: string; cause: Cause; now: Date },
): Promise<void> {
  await advanceStatus(tx, {
    thing: "payout_attempt",
    id: attempt.id,
    from: "sending",
    to: end.status,
    cause: end.cause,
    now: end.now,
    set: { outcome: end.outcome, ended_at: end.now },
  });
}

/** An attempt that outlived its payout changes the payout no more. Money that it sends all the same is a person's matter. */
async function endOrphan(
  deps: PayoutDeps,
  tx: Tx,
  orphan: { payout: Payout; attempt: PayoutAttempt; ending: Ending; step: { cause: Cause; now: Date } },
): Promise<void> {
  const { payout, attempt, ending, step } = orphan;
  if (ending.kind === "again" || ending.kind === "failed")
    return endAttempt(tx, attempt, { status: "failed", outcome: ending.outcome, ...step });
  if (ending.kind === "completed" && payout.status === "completed" && payout.transaction_hash === ending.hash)
    return endAttempt(tx, attempt, { status: "succeeded", outcome: "delivered", ...step });
  deps.log.error(
    { payout_id: payout.id, attempt_id: attempt.id, payout_status: payout.status, ending: ending.kind },
    "an attempt goes on although its payout has ended",
  );
}

/** Wakes payouts whose check time passed. */
export const sweepPayoutsJob = (deps: PayoutDeps): Job =>
  defineJob({
    name: "payouts.sweep",
    payload: z.object({}).loose(),
    run: () =>
      inTransaction(deps.db, async (tx) => {
        for (const id of await takeDue(tx, "payout", deps.clock.now())) {
          await enqueue(tx, "payouts.advance", { id }, { key: `payouts.advance:${id}` });
          const live = (await attemptsOf(tx, id)).filter((attempt) => attempt.status === "sending");
          for (const attempt of live) await enqueue(tx, "payouts.attempt_ended", { id: attempt.id });
        }
      }),
  });
