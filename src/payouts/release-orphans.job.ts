import { inTransaction, sql, type Tx } from "../database/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import {
  bookedBeyondEarnings,
  lockHeld,
  markPaid,
  releaseHeld,
  type HeldEarning,
} from "../earnings/index.ts";
import { derivedId } from "../ids.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import type { PayoutDeps } from "./deps.ts";
import { payoutLife } from "./payout.ts";
import { payoutTasks } from "./tasks.ts";

/**
 * Ends the hold of earnings whose payout failed, completed or is not there. The ledger says where their money is: what it
 * still holds for nobody goes back where it came from; what it released or paid already, the rows follow. Where it says
 * neither, nothing is touched and the recovery desk shows them.
 */
export const releaseOrphanHoldsJob = (deps: PayoutDeps): Job =>
  defineJob(payoutTasks.releaseOrphans, {
    run: ({ id }, { log }) =>
      inTransaction(deps.db, async (tx) => {
        // Two runs at once would book the same rows twice.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`orphans:${id}`}, 0))`.execute(tx);
        const { rows } = await sql<{ status: string }>`select status from payout where id = ${id}`.execute(
          tx,
        );
        const status = rows[0]?.status ?? "failed";
        const orphans = await lockHeld(tx, id);
        if (!payoutLife.ends.some((end) => end === status) || orphans.length === 0) return;
        const booked = await whereBooked(tx, orphans);
        const now = deps.clock.now();
        const cause: Cause = { kind: "job", ref: "payouts.release_orphans" };
        const facts = { payout_id: id, payout_status: status, earnings: orphans.length };
        if (booked === "unclear" || (booked === "held" && status === "completed"))
          return log.error(facts, "orphaned holds need a person");
        if (booked === "held") await bookBack(tx, id, orphans, now);
        await endHolds(tx, { payoutId: id, orphans, status }, { cause, now });
        log.warn(facts, "orphaned holds were ended");
      }),
  });

const sumOf = (orphans: readonly HeldEarning[]): bigint =>
  orphans.reduce((sum, orphan) => sum + orphan.amount, 0n);

/** Whether the ledger's hold still contains these earnings. */
async function whereBooked(
  tx: Tx,
  orphans: readonly HeldEarning[],
): Promise<"held" | "elsewhere" | "unclear"> {
  const { payee_id: payeeId, asset } = orphans[0]!;
  if (orphans.some((orphan) => orphan.payee_id !== payeeId || orphan.asset !== asset)) return "unclear";
  const lacking = -(await bookedBeyondEarnings(tx, { payeeId, asset, status: "held" }));
  if (lacking === 0n) return "held";
  return lacking === sumOf(orphans) ? "elsewhere" : "unclear";
}

const isInstant = (orphan: HeldEarning): boolean => orphan.conversion_id === null;

async function bookBack(tx: Tx, payoutId: string, orphans: readonly HeldEarning[], now: Date): Promise<void> {
  const { payee_id: payeeId, asset } = orphans[0]!;
  const parts = [
    { to: "pending", amount: sumOf(orphans.filter(isInstant)) },
    { to: "available", amount: sumOf(orphans.filter((orphan) => !isInstant(orphan))) },
  ] as const;
  await postEntry(tx, {
    id: derivedId("payout", payoutId, "orphans_released", ...orphans.map((orphan) => orphan.id)),
    reason: "payout_released",
    happenedAt: now,
    postings: parts
      .filter(({ amount }) => amount > 0n)
      .map(({ to, amount }) => ({
        debit: accounts.payee(payeeId, "held"),
        credit: accounts.payee(payeeId, to),
        money: { asset, amount },
      })),
  });
}

async function endHolds(
  tx: Tx,
  ended: { payoutId: string; orphans: readonly HeldEarning[]; status: string },
  step: { cause: Cause; now: Date },
): Promise<void> {
  const { payoutId, orphans, status } = ended;
  if (status === "completed") return markPaid(tx, { payoutId }, step);
  const idsOf = (which: readonly HeldEarning[]): string[] => which.map(({ id }) => id);
  await releaseHeld(tx, { ids: idsOf(orphans.filter(isInstant)), to: "pending" }, step);
  await releaseHeld(
    tx,
    { ids: idsOf(orphans.filter((orphan) => !isInstant(orphan))), to: "available" },
    step,
  );
}
