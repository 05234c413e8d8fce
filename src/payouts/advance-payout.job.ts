import { inTransaction, sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { holdsRefunded } from "../earnings/index.ts";
import { ProviderError } from "../errors.ts";
import { newId } from "../ids.ts";
import { defineJob, enqueue, type Job, enqueueOnce } from "../jobs/index.ts";
import { registry } from "../money/index.ts";
import { tellPayee } from "../notifications/index.ts";
import { contactOf, standingOf } from "../payees/index.ts";
import { newestAuthorisation, pauseOf } from "../policy/index.ts";
import { planAgain } from "./authorise-payout.ts";
import { payoutWord } from "./authority.ts";
import { findFirstOffer } from "./create-payout.ts";
import type { PayoutDeps } from "./deps.ts";
import { takeBackLive } from "./end-attempt.ts";
import { endPayout } from "./end-payout.ts";
import { insertAttempt } from "./insert-attempt.ts";
import { lookAtOutside } from "./prove-outside.ts";
import { attemptsOf, findPayout, lockPayout } from "./payout-store.ts";
import {
  findOffer,
  lostUnproved,
  railOf,
  type NoOffer,
  type Offer,
  type RailQuote,
  type Wanted,
} from "./rails/index.ts";
import { destinationOf, payoutLife, type Payout, type PayoutAttempt } from "./payout.ts";
import { seeAttempts } from "./resolve-payout.ts";
import { payoutTasks } from "./tasks.ts";
import { weighWays, type Weighed } from "./weigh-ways.ts";

const cause: Cause = { kind: "job", ref: "payouts.advance" };

/**
 * Does what a payout needs that nothing was done for yet: finds its way and asks the policy, follows what people decided, and
 * starts the next attempt of one that may leave. Safe to repeat: one attempt at a time, by a unique index.
 */
export const advancePayoutJob = (deps: PayoutDeps): Job =>
  defineJob(payoutTasks.advance, {
    async run({ id }, { signal, log }) {
      await inTransaction(deps.db, async (tx) => {
        await endOvertaken(deps, tx, id, "destination_changed");
        await followDecision(tx, id, deps.clock.now());
        await takeBackLapsed(deps, tx, id);
        await endOvertaken(deps, tx, id, "earnings_refunded");
      });
      const payout = await findPayout(deps.db, id);
      if (payout?.status === "outside") return lookAtOutside(deps, payout, signal);
      if (payout?.status !== "approved" && payout?.status !== "requested") return;
      // The platform's own shortage stops what is new, and nothing that was let go before.
      const find = payout.status === "requested" ? findFirstOffer : findOffer;
      const found = (await askAboutEarlier(deps, id, signal)) ?? (await find(deps, wantedOf(payout), signal));
      // What somebody asked for is weighed too, and held to no limit: it is kept with the payout.
      const offered =
        found.kind === "offer" && payout.status === "requested"
          ? { ...found, considered: { weighed: await weighPayout(deps, payout, signal), limitBps: null } }
          : found;
      const now = deps.clock.now();
      await inTransaction(deps.db, async (tx) => {
        const current = await lockPayout(tx, id);
        if (current === null || current.status !== payout.status) return;
        if (await goesByEarlier(tx, current, now)) return;
        // Refunded since we looked: whoever refunded it has this job run once more.
        if (await holdsRefunded(tx, id)) return;
        const obstacle = await goOn(deps, tx, current, offered, now);
        if (obstacle === null) return;
        log.warn({ payout_id: id, reason: obstacle }, "the payout waits");
        // Nothing is on its way, so giving up is safe: what was held is the payee's balance again, and may grow.
        if (current.deadline_at !== null && now > current.deadline_at)
          return endPayout(tx, current, { to: "failed", outcome: obstacle, cause, now });
        await payoutLife.lookAgain(tx, id, new Date(now.getTime() + 60_000));
      });
    },
  });

/** Where people decided about a payout, it goes where that leads. */
async function followDecision(tx: Tx, id: string, now: Date): Promise<void> {
  const payout = await lockPayout(tx, id);
  if (payout?.status !== "awaiting_approval") return;
  const decided = await newestAuthorisation(tx, { subject: "payout", subjectId: id });
  const step = { cause: { kind: "operator", ref: `authorisation:${decided?.id ?? "none"}` } as Cause, now };
  switch (decided?.status) {
    case "waiting":
      return;
    case "granted":
      await payoutLife.advance(tx, { id, from: "awaiting_approval", to: "approved", ...step });
      return tellOfApproval(tx, payout, now);
    case "rejected":
      return endPayout(tx, payout, { to: "rejected", outcome: decided.reason ?? "rejected", ...step });
    default:
      return endPayout(tx, payout, { to: "cancelled", outcome: "approval_expired", ...step });
  }
}

/** What may overtake a payout of which nothing has left. */
const overtaken = {
  earnings_refunded: (tx: Tx, { id }: Payout) => holdsRefunded(tx, id),
  destination_changed: async (tx: Tx, payout: Payout) =>
    (await standingOf(tx, payout.payee_id, destinationOf(payout))) === "moved",
};

/**
 * What let a payout go may hold no more when its transfer comes to be signed: it expired, or the policy became stricter. Nothing is
 * signed by it then, so the attempt is taken back and the policy asked anew.
 */
async function takeBackLapsed(deps: PayoutDeps, tx: Tx, id: string): Promise<void> {
  const payout = await lockPayout(tx, id);
  if (payout?.status !== "sending") return;
  const now = deps.clock.now();
  if (!(await hasLapsed(tx, payout, now))) return;
  const outcome = "approval_lapsed";
  if (!(await takeBackLive(tx, id, { outcome, cause, now }))) return;
  const step = { cause: { ...cause, note: outcome }, now };
  await payoutLife.advance(tx, {
    id,
    from: "sending",
    to: "approved",
    ...step,
    set: { review_reason: null },
  });
  deps.log.warn({ payout_id: id }, "what let a payout go holds no more, and it is asked for anew");
}

async function hasLapsed(tx: Tx, payout: Payout, now: Date): Promise<boolean> {
  const word = await payoutWord(tx, payout, now);
  return word.kind === "refused" && word.reason === "awaiting_approval";
}

/**
 * A payee is not sent what is owed back to a payer already, and nothing where they are not paid any more: the hold ends with what
 * a refund marked in it, and the rest is planned anew. What is signed or funded goes on, and what of refunded money reaches the
 * payee by it they owe back.
 */
async function endOvertaken(deps: PayoutDeps, tx: Tx, id: string, by: keyof typeof overtaken): Promise<void> {
  const payout = await lockPayout(tx, id);
  if (payout === null || payoutLife.hasEnded(payout.status) || !(await overtaken[by](tx, payout))) return;
  const attempts = await attemptsOf(tx, id);
  const notBegun = ["requested", "awaiting_approval", "approved"].includes(payout.status);
  // Where a person must decide, they end it, or send it here once more.
  if (!notBegun && !attempts.some(({ status }) => status === "sending")) return;
  if ((await arrivedEarlier(tx, payout)) !== null || (await isInDoubt(tx, payout))) return;
  const end = { outcome: by, cause, now: deps.clock.now() };
  if (!(await takeBackLive(tx, id, end))) return;
  await endPayout(tx, payout, { to: notBegun ? "cancelled" : "failed", ...end });
  deps.log.info({ payout_id: id, reason: by }, "a payout ends before it was sent");
}

/**
 * What was given up for this payout may have reached its payee since, and nobody has looked for hours: they are not paid again
 * before that is asked.
 * @returns why nothing may be sent now; null: nobody says that anything arrived.
 */
async function askAboutEarlier(deps: PayoutDeps, id: string, signal: AbortSignal): Promise<NoOffer | null> {
  try {
    for (const attempt of await attemptsOf(deps.db, id))
      if (attempt.status === "failed") await railOf(attempt.route).askAgain(deps, attempt.id, signal);
    return null;
  } catch (error) {
    if (error instanceof ProviderError) return { kind: "none", reason: `provider: ${error.reason}` };
    throw error;
  }
}

/** Whether an attempt that had failed reached the payee after all, which completes the payout, or may have: a person's matter. */
async function goesByEarlier(tx: Tx, payout: Payout, now: Date): Promise<boolean> {
  const { id, status } = payout;
  const arrived = await arrivedEarlier(tx, payout);
  if (arrived !== null) await enqueue(tx, payoutTasks.attemptEnded, { id: arrived.id });
  if (arrived !== null) return true;
  if (status !== "approved" || !(await isInDoubt(tx, payout))) return false;
  const set = { review_reason: lostUnproved };
  await payoutLife.advance(tx, { id, from: status, to: "in_review", cause, now, set });
  return true;
}

/** An attempt that had failed and reached the payee after all; null: none did. */
async function arrivedEarlier(tx: Tx, payout: Payout): Promise<PayoutAttempt | null> {
  for (const attempt of await attemptsOf(tx, payout.id)) {
    const { state } = await railOf(attempt.route).look(tx, { id: attempt.id, payout });
    if (state.kind === "completed") return attempt;
  }
  return null;
}

/** Whether the payee may have been reached by an attempt that had failed: two persons decide then, or proof does. */
const isInDoubt = async (tx: Tx, payout: Payout): Promise<boolean> =>
  (await seeAttempts(tx, payout)).inDoubt.length > 0;

async function tellOfApproval(
  tx: Tx,
  { id, payee_id: payeeId, asset, amount, destination_asset, destination_address: address }: Payout,
  now: Date,
): Promise<void> {
  const facts = { id, amount: { asset, amount }, to: { asset: destination_asset, address } };
  const happening = { kind: "payout_approved", subject: id, facts } as const;
  await tellPayee(tx, happening, { contact: await contactOf(tx, payeeId), now });
}

/** @returns why it cannot go on now, with nothing done; null: it did, or waits for people. */
async function goOn(
  deps: PayoutDeps,
  tx: Tx,
  payout: Payout,
  found: RailQuote,
  now: Date,
): Promise<string | null> {
  // A pause holds what was approved before it, too. Whoever moved the payee has this job run once more.
  const standing = await standingOf(tx, payout.payee_id, destinationOf(payout));
  if (standing !== "payable") return standing === "paused" ? "payee_paused" : "destination_changed";
  const { chain } = registry.get(payout.asset);
  if ((await pauseOf(tx, { chain, rail: payout.route })) !== null) return "paused_by_operator";
  if (found.kind === "none") return found.reason;
  const { status } = payout;
  if (status !== "requested" && status !== "approved") return null;
  if (status === "approved" && (await isStillApproved(tx, payout, found, now)))
    return startAttempt(tx, payout, found, now);
  const to = await planAgain(deps, tx, { ...payout, status }, { offer: found, now });
  if (to === "approved") await enqueue(tx, payoutTasks.advance, { id: payout.id });
  return null;
}

/** Whether what was approved is what would be done now: its terms, in time, no less for the payee, and no dearer. */
async function isStillApproved(tx: Tx, payout: Payout, offer: Offer, now: Date): Promise<boolean> {
  const { amount, route, least_net: leastNet, greatest_fee_bps: greatestFeeBps } = payout;
  if (leastNet === null || greatestFeeBps === null || offer.route !== route) return false;
  if (offer.leastNetOf(amount) < leastNet || offer.greatestFeeBps > greatestFeeBps) return false;
  return (await payoutWord(tx, payout, now)).kind === "granted";
}

const weighPayout = (deps: PayoutDeps, payout: Payout, signal: AbortSignal): Promise<Weighed> => {
  const { destination_asset: destinationAsset, destination_address: destinationAddress } = payout;
  const money = { asset: payout.asset, amount: payout.amount };
  return weighWays(deps, { money, destinationAsset, destinationAddress }, { exact: true, signal });
};

const wantedOf = (payout: Payout): Wanted => ({
  money: { asset: payout.asset, amount: payout.amount },
  destinationAsset: payout.destination_asset,
  destination: { address: payout.destination_address, memo: payout.destination_memo },
});

/** @returns why it could not start, with nothing done; null: it did. */
async function startAttempt(tx: Tx, payout: Payout, offer: Offer, now: Date): Promise<string | null> {
  const id = newId();
  const obstacle = await offer.start(tx, { id, payout, now });
  if (obstacle !== null) return obstacle;
  await insertAttempt(tx, { id, payoutId: payout.id, route: offer.route, now });
  await payoutLife.advance(tx, {
    id: payout.id,
    from: payout.status,
    to: "sending",
    cause,
    now,
    set: { route: offer.route },
  });
  return null;
}

/** Wakes payouts whose check time passed. */
export const sweepPayoutsJob = (deps: PayoutDeps): Job =>
  defineJob(payoutTasks.sweep, {
    run: () =>
      inTransaction(deps.db, async (tx) => {
        for (const id of await payoutLife.takeDue(tx, deps.clock.now())) await wakePayout(tx, id);
      }),
  });

/** Has a payout looked at now, and whatever is under way for it. */
export async function wakePayout(tx: Tx, id: string): Promise<void> {
  await enqueueOnce(tx, payoutTasks.advance, { id });
  const live = (await attemptsOf(tx, id)).filter((attempt) => attempt.status === "sending");
  for (const attempt of live) await enqueue(tx, payoutTasks.attemptEnded, { id: attempt.id });
}

/** Has every payout looked at that goes to a payee who was moved: what has not left goes nowhere. */
export const followDestinationJob = (deps: PayoutDeps): Job =>
  defineJob(payoutTasks.followDestination, {
    run: ({ id }) =>
      inTransaction(deps.db, async (tx) => {
        const { rows } = await sql<{ id: string }>`
          select id from payout where payee_id = ${id} and status <> all(${[...payoutLife.ends]}::text[]) order by id`.execute(
          tx,
        );
        for (const payout of rows) await enqueueOnce(tx, payoutTasks.advance, { id: payout.id });
      }),
  });
