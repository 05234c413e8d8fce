import { inTransaction, sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { newId } from "../ids.ts";
import { defineJob, enqueue, type Job, enqueueOnce } from "../jobs/index.ts";
import { isActive } from "../payees/index.ts";
import type { PayoutDeps } from "./deps.ts";
import { failPayout } from "./fail-payout.ts";
import { attemptsOf, findPayout, lockPayout } from "./payout-store.ts";
import { findOffer, type Offer, type Wanted } from "./rails/index.ts";
import { payoutLife, type Payout } from "./payout.ts";
import { payoutTasks } from "./tasks.ts";

const cause: Cause = { kind: "job", ref: "payouts.advance" };

/** Starts an approved payout's next attempt. Safe to repeat: one attempt at a time, by a unique index. */
export const advancePayoutJob = (deps: PayoutDeps): Job =>
  defineJob(payoutTasks.advance, {
    async run({ id }, { signal, log }) {
      const payout = await findPayout(deps.db, id);
      if (payout?.status !== "approved") return;
      const found = await findOffer(deps, wantedOf(payout), signal);
      const now = deps.clock.now();
      await inTransaction(deps.db, async (tx) => {
        const current = await lockPayout(tx, id);
        if (current?.status !== "approved") return;
        // A pause holds what was approved before it, too.
        const obstacle = !(await isActive(tx, current.payee_id))
          ? "payee_paused"
          : found.kind === "none"
            ? found.reason
            : await startAttempt(tx, current, found, now);
        if (obstacle === null) return;
        log.warn({ payout_id: id, reason: obstacle }, "the payout waits");
        // Nothing is on its way, so giving up is safe: what was held is the payee's balance again, and may grow.
        if (current.deadline_at !== null && now > current.deadline_at)
          return failPayout(tx, current, { outcome: obstacle, cause, now });
        await payoutLife.lookAgain(tx, id, new Date(now.getTime() + 60_000));
      });
    },
  });

const wantedOf = ({ asset, amount, destination_asset: destinationAsset }: Payout): Wanted => ({
  money: { asset, amount },
  destinationAsset,
});

/** @returns why it could not start, with nothing done; null: it did. */
async function startAttempt(tx: Tx, payout: Payout, offer: Offer, now: Date): Promise<string | null> {
  const id = newId();
  const obstacle = await offer.start(tx, { id, payout, now });
  if (obstacle !== null) return obstacle;
  await sql`
    insert into payout_attempt (id, payout_id, seq, route, status, created_at)
    select ${id}, ${payout.id}, coalesce(max(seq), 0) + 1, ${offer.route}, 'sending', ${now}::timestamptz
    from payout_attempt where payout_id = ${payout.id}`.execute(tx);
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
