import { inTransaction, sql, type Tx } from "../database/index.ts";
import type { Cause, NextOf } from "../lifecycle/index.ts";
import { markPaid, paymentsPaidBy } from "../earnings/index.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import type { PayoutDeps } from "./deps.ts";
import { failPayout } from "./fail-payout.ts";
import {
  payoutAttemptLife,
  payoutLife,
  type Payout,
  type PayoutAttempt,
  type PayoutStatus,
} from "./payout.ts";
import { lockPayout } from "./payout-store.ts";
import { railOf, type AttemptState } from "./rails/index.ts";
import { payoutTasks } from "./tasks.ts";

/** After this many failed attempts a person looks. */
const mostAttempts = 3;

/** Told by the transfer or swap of an attempt when something about it changed. */
export const attemptEndedJob = (deps: PayoutDeps): Job =>
  defineJob(payoutTasks.attemptEnded, {
    run: ({ id }) =>
      inTransaction(deps.db, async (tx) => {
        const { rows } = await sql<PayoutAttempt>`select * from payout_attempt where id = ${id}`.execute(tx);
        const attempt = rows[0];
        const payout = attempt && (await lockPayout(tx, attempt.payout_id));
        if (!attempt || !payout || attempt.status !== "sending") return;
        const { state } = await railOf(attempt.route).look(tx, { id, payout });
        await recordState(deps, tx, { payout, attempt, state });
      }),
  });

async function recordState(
  deps: PayoutDeps,
  tx: Tx,
  { payout, attempt, state }: { payout: Payout; attempt: PayoutAttempt; state: AttemptState },
): Promise<void> {
  const now = deps.clock.now();
  const cause: Cause = { kind: "job", ref: `payout_attempt:${attempt.id}` };
  const step = { cause, now };
  const move = (to: NextOf<typeof payoutLife, PayoutStatus>, set: Record<string, unknown> = {}) =>
    payoutLife.advance(tx, { id: payout.id, from: payout.status, ...step, to, set });
  if (state.kind === "live") return;
  if (payoutLife.hasEnded(payout.status)) return endOrphan(deps, tx, { payout, attempt, state, step });
  if (state.kind === "sent") {
    if (payout.status !== "sent") await move("sent", { review_reason: null });
    return;
  }
  if (state.kind === "watched") {
    if (payout.status !== "in_review") await move("in_review", { review_reason: state.reason });
    return;
  }
  const outcome = state.kind === "completed" ? "delivered" : state.outcome;
  await endAttempt(tx, attempt, {
    status: state.kind === "completed" ? "succeeded" : "failed",
    outcome,
    ...step,
  });
  const log = { payout_id: payout.id, correlation_id: payout.id, outcome };
  if (state.kind === "completed") {
    if (payout.status === "sending" || payout.status === "in_review") await move("sent");
    const set = {
      review_reason: null,
      completed_at: now,
      transaction_hash: state.hash,
      delivered_amount: state.delivered,
    };
    await payoutLife.advance(tx, { id: payout.id, from: "sent", ...step, to: "completed", set });
    await markPaid(tx, { payoutId: payout.id }, step);
    deps.log.info(
      { ...log, transaction_hash: state.hash, payments: await paymentsPaidBy(tx, payout.id) },
      "payout completed",
    );
  } else if (state.kind === "failed") {
    await failPayout(tx, payout, { outcome, cause, now });
    deps.log.warn(log, "payout failed for certain; the money is the payee's balance again");
  } else if (state.kind === "again" && attempt.seq < mostAttempts) {
    await move("approved", { review_reason: null });
    await payoutLife.lookAgain(tx, payout.id, new Date(now.getTime() + attempt.seq * 30_000));
    deps.log.warn(log, "the attempt failed for certain; another one follows");
  } else {
    await move("in_review", { review_reason: outcome });
    deps.log.error(log, "a payout needs a person");
  }
}

async function endAttempt(
  tx: Tx,
  attempt: PayoutAttempt,
  end: { status: "succeeded" | "failed"; outcome: string; cause: Cause; now: Date },
): Promise<void> {
  await payoutAttemptLife.advance(tx, {
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
  orphan: { payout: Payout; attempt: PayoutAttempt; state: AttemptState; step: { cause: Cause; now: Date } },
): Promise<void> {
  const { payout, attempt, state, step } = orphan;
  if (state.kind === "again" || state.kind === "failed")
    return endAttempt(tx, attempt, { status: "failed", outcome: state.outcome, ...step });
  if (state.kind === "completed" && payout.status === "completed" && payout.transaction_hash === state.hash)
    return endAttempt(tx, attempt, { status: "succeeded", outcome: "delivered", ...step });
  deps.log.error(
    { payout_id: payout.id, attempt_id: attempt.id, payout_status: payout.status, ending: state.kind },
    "an attempt goes on although its payout has ended",
  );
}
