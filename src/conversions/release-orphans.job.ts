import { inTransaction, sql, type Tx } from "../database/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { bookedBeyondEarnings, lockClaimed, releaseClaimed, type ClaimedEarning } from "../earnings/index.ts";
import { derivedId } from "../ids.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts, balanceOf, postEntry } from "../ledger/index.ts";
import type { ConversionDeps } from "./deps.ts";
import { conversionTasks } from "./tasks.ts";

/**
 * Gives back earnings that a conversion claimed and left behind when it was released, or that name one which is not there.
 * The ledger says what they are: still claimed there, the claim is booked back with them; pending there, only their rows
 * follow. Where the ledger says neither, nothing is touched and the recovery desk shows them.
 */
export const releaseOrphanEarningsJob = (deps: ConversionDeps): Job =>
  defineJob(conversionTasks.releaseOrphans, {
    run: ({ id }, { log }) =>
      inTransaction(deps.db, async (tx) => {
        // Two runs at once would book the same rows twice.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`orphans:${id}`}, 0))`.execute(tx);
        const { rows } = await sql<{
          status: string;
        }>`select status from conversion where id = ${id}`.execute(tx);
        if (rows[0] !== undefined && rows[0].status !== "released") return;
        const orphans = await lockClaimed(tx, id);
        if (orphans.length === 0) return;
        const claim = await claimOf(tx, id, orphans);
        if (claim === "unclear")
          return log.error(
            { conversion_id: id, earnings: orphans.length },
            "orphaned earnings need a person",
          );
        const now = deps.clock.now();
        if (claim === "held") await bookBack(tx, id, orphans, now);
        const cause: Cause = { kind: "job", ref: "conversions.release_orphans" };
        await releaseClaimed(tx, { ids: orphans.map((orphan) => orphan.id) }, { cause, now });
        log.warn({ conversion_id: id, earnings: orphans.length }, "orphaned earnings are pending again");
      }),
  });

function perPayee(orphans: readonly ClaimedEarning[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { payee_id: payeeId, amount } of orphans) sums.set(payeeId, (sums.get(payeeId) ?? 0n) + amount);
  return sums;
}

/** Where the ledger has this money: still with the conversion, or with its payees already. */
async function claimOf(
  tx: Tx,
  conversionId: string,
  orphans: readonly ClaimedEarning[],
): Promise<"held" | "returned" | "unclear"> {
  const asset = orphans[0]!.asset;
  if (orphans.some((orphan) => orphan.asset !== asset)) return "unclear";
  const total = orphans.reduce((sum, orphan) => sum + orphan.amount, 0n);
  const held = await balanceOf(tx, accounts.conversion(conversionId), asset);
  if (held === total) return "held";
  if (held !== 0n) return "unclear";
  for (const [payeeId, amount] of perPayee(orphans)) {
    const gap = await bookedBeyondEarnings(tx, { payeeId, asset, status: "pending" });
    if (gap !== amount) return "unclear";
  }
  return "returned";
}

async function bookBack(
  tx: Tx,
  conversionId: string,
  orphans: readonly ClaimedEarning[],
  now: Date,
): Promise<void> {
  const asset = orphans[0]!.asset;
  await postEntry(tx, {
    id: derivedId("conversion", conversionId, "orphans_released", ...orphans.map((orphan) => orphan.id)),
    reason: "conversion_released",
    happenedAt: now,
    postings: [...perPayee(orphans)].map(([payeeId, amount]) => ({
      debit: accounts.conversion(conversionId),
      credit: accounts.payee(payeeId, "pending"),
      money: { asset, amount },
    })),
  });
}
