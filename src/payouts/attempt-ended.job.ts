import { inTransaction, sql, type Tx } from "../database/index.ts";
import type { Cause, NextOf } from "../lifecycle/index.ts";
import { markPaid, owePaidTwice, paymentsPaidBy } from "../earnings/index.ts";
import { derivedId } from "../ids.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import { tellPayee } from "../notifications/index.ts";
import { contactOf } from "../payees/index.ts";
import { voidAuthorisation } from "../policy/index.ts";
import type { PayoutDeps } from "./deps.ts";
import { endAttempt, takeBackLive } from "./end-attempt.ts";
import { endPayout } from "./end-payout.ts";
import { payoutLife, type Payout, type PayoutAttempt, type PayoutStatus } from "./payout.ts";
import { lockPayout } from "./payout-store.ts";
import { lostForCertain, lostUnproved, railOf, type AttemptState } from "./rails/index.ts";
import { payoutTasks } from "./tasks.ts";

/** After this many failed attempts a person looks. */
const mostAttempts = 3;

/** Told by the transfer or swap of an attempt when something about it changed. */
export const attemptEndedJob = (deps: PayoutDeps): Job =>
  defineJob(payoutTasks.attemptEnded, {
    run: ({ id }) => inTransaction(deps.db, (tx) => followAttempt(deps, tx, id)),
  });

type Followed = Pick<PayoutDeps, "log" | "clock">;

/** Moves a payout to where its attempt is. Safe to repeat. */
export async function followAttempt(deps: Followed, tx: Tx, id: string): Promise<void> {
  const { rows } = await sql<PayoutAttempt>`select * from payout_attempt where id = ${id}`.execute(tx);
  const attempt = rows[0];
  const payout = attempt && (await lockPayout(tx, attempt.payout_id));
  if (!attempt || !payout || attempt.status === "succeeded") return;
  const { state } = await railOf(attempt.route).look(tx, { id, payout });
  if (attempt.status === "sending") await recordState(deps, tx, { payout, attempt, state });
  else await recordAfterwards(deps, tx, { payout, attempt, state });
}

async function recordState(
  deps: Followed,
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
  const outcome = outcomeOf(state);
  await endAttempt(tx, attempt, {
    status: state.kind === "completed" ? "succeeded" : "failed",
    outcome,
    ...step,
  });
  const log = { payout_id: payout.id, correlation_id: payout.id, outcome };
  if (state.kind === "completed") await complete(deps, tx, { payout, attempt, state, step });
  else if (state.kind === "failed") {
    await endPayout(tx, payout, { to: "failed", outcome, cause, now });
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

type Ended = Exclude<AttemptState, { kind: "live" | "sent" | "watched" }>;

const outcomeOf = (state: Ended): string =>
  state.kind !== "completed" ? state.outcome : state.afterLoss ? "delivered_after_loss" : "delivered";

interface Completed {
  readonly payout: Payout;
  readonly attempt: PayoutAttempt;
  readonly state: Extract<AttemptState, { kind: "completed" }>;
  readonly step: { cause: Cause; now: Date };
}

/** The payee has it. What was booked as lost on its way is no loss then: it is what they were owed. */
async function complete(deps: Followed, tx: Tx, { payout, attempt, state, step }: Completed): Promise<void> {
  const { id, status, asset, amount } = payout;
  if (state.afterLoss)
    await postEntry(tx, {
      id: derivedId("payout_attempt", attempt.id, "loss_recovered"),
      reason: "loss_recovered",
      happenedAt: step.now,
      postings: [
        {
          debit: accounts.payee(payout.payee_id, "held"),
          credit: accounts.platform("variance"),
          money: { asset, amount },
        },
      ],
    });
  // What would have let it leave once more is asked of nobody any more.
  if (status === "awaiting_approval")
    await voidAuthorisation(tx, { subject: "payout", subjectId: id, ...step });
  if (status !== "sent" && status !== "requested" && !payoutLife.hasEnded(status))
    await payoutLife.advance(tx, { id, from: status, ...step, to: "sent" });
  const set = {
    review_reason: null,
    completed_at: step.now,
    transaction_hash: state.hash,
    delivered_amount: state.delivered,
  };
  await payoutLife.advance(tx, { id, from: "sent", ...step, to: "completed", set });
  await markPaid(tx, { payoutId: id }, step);
  await tellOfPayment(tx, payout, state, step.now);
  deps.log.info(
    {
      payout_id: id,
      correlation_id: id,
      transaction_hash: state.hash,
      payments: await paymentsPaidBy(tx, id),
    },
    "payout completed",
  );
}

/** What arrived where we see that, or else what it was worth of their balance. */
async function tellOfPayment(
  tx: Tx,
  { id, payee_id: payeeId, asset, amount, destination_asset, destination_address: address }: Payout,
  { delivered, hash }: Completed["state"],
  now: Date,
): Promise<void> {
  const paid = delivered === null ? { asset, amount } : { asset: destination_asset, amount: delivered };
  const facts = { id, paid, to: { asset: destination_asset, address }, hash };
  await tellPayee(
    tx,
    { kind: "payout_paid", subject: id, facts },
    { contact: await contactOf(tx, payeeId), now },
  );
}

/**
 * An attempt that was given up reached the payee after all, or is proved not to have. Where they were not paid again, it
 * completes the payout and the loss that was booked is none; else they were paid twice, and owe it back.
 */
async function recordAfterwards(
  deps: Followed,
  tx: Tx,
  { payout, attempt, state }: { payout: Payout; attempt: PayoutAttempt; state: AttemptState },
): Promise<void> {
  const now = deps.clock.now();
  const cause: Cause = { kind: "job", ref: `payout_attempt:${attempt.id}` };
  const step = { cause, now };
  const { id, payee_id: payeeId, asset, amount } = payout;
  if (state.kind === "review") {
    const aboutLoss = payout.review_reason === lostUnproved || payout.review_reason === lostForCertain;
    if (payout.status === "in_review" && aboutLoss && payout.review_reason !== state.outcome)
      await payoutLife.advance(tx, {
        id,
        from: "in_review",
        ...step,
        to: "in_review",
        set: { review_reason: state.outcome },
      });
    return;
  }
  if (state.kind !== "completed" || !state.afterLoss) return;
  if (
    payoutLife.hasEnded(payout.status) ||
    !(await takeBackLive(tx, id, { outcome: "paid_by_an_earlier_one", ...step }))
  ) {
    await owePaidTwice(tx, { attemptId: attempt.id, payeeId, asset, amount }, step);
    deps.log.error({ payout_id: id, attempt_id: attempt.id, hash: state.hash }, "a payee was paid twice");
    return;
  }
  await endAttempt(tx, attempt, { status: "succeeded", outcome: outcomeOf(state), ...step });
  await complete(deps, tx, { payout, attempt, state, step });
}

/** An attempt that outlived its payout changes the payout no more. Money that it sends all the same is a person's matter. */
async function endOrphan(
  deps: Followed,
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
