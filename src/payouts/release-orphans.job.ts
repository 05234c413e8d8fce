import { z } from "zod";
import { inTransaction, sql, type Tx } from "../database/index.ts";
import { derivedId } from "../ids.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import type { PayoutDeps } from "./deps.ts";

interface Orphan {
  readonly id: string;
  readonly payee_id: string;
  readonly asset: string;
  readonly amount: bigint;
  /** Set for earnings that were converted before they were held. */
  readonly conversion_id: string | null;
}

/**
 * Ends the hold of earnings whose payout failed, completed or is not there. The ledger says where their money is: what it
 * still holds for nobody goes back where it came from; what it released or paid already, the rows follow. Where it says
 * neither, nothing is touched and the recovery desk shows them.
 */
export const releaseOrphanHoldsJob = (deps: PayoutDeps): Job =>
  defineJob({
    name: "payouts.release_orphans",
    payload: z.object({ id: z.uuid() }),
    run: ({ id }, { log }) =>
      inTransaction(deps.db, async (tx) => {
        // Two runs at once would book the same rows twice.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`orphans:${id}`}, 0))`.execute(tx);
        const { rows } = await sql<{ status: string }>`select status from payout where id = ${id}`.execute(
          tx,
        );
        const status = rows[0]?.status ?? "failed";
        const orphans = await lockOrphans(tx, id);
        if ((status !== "failed" && status !== "completed") || orphans.length === 0) return;
        const booked = await whereBooked(tx, orphans);
        const facts = { payout_id: id, payout_status: status, earnings: orphans.length };
        if (booked === "unclear" || (booked === "held" && status === "completed"))
          return log.error(facts, "orphaned holds need a person");
        if (booked === "held") await bookBack(tx, id, orphans, deps.clock.now());
        await setRows(tx, orphans, status);
        log.warn(facts, "orphaned holds were ended");
      }),
  });

async function lockOrphans(tx: Tx, payoutId: string): Promise<Orphan[]> {
  const { rows } = await sql<Orphan>`
    select id, payee_id, available_asset as asset, available_amount as amount, conversion_id from earning
    where payout_id = ${payoutId} and status = 'held' order by id for update`.execute(tx);
  return rows;
}

const sumOf = (orphans: readonly Orphan[]): bigint =>
  orphans.reduce((sum, orphan) => sum + orphan.amount, 0n);

/** Whether the ledger's hold still contains these earnings. */
async function whereBooked(tx: Tx, orphans: readonly Orphan[]): Promise<"held" | "elsewhere" | "unclear"> {
  const { payee_id: payeeId, asset } = orphans[0]!;
  if (orphans.some((orphan) => orphan.payee_id !== payeeId || orphan.asset !== asset)) return "unclear";
  // One statement, so that a booking of another payout is seen with both of its sides.
  const { rows } = await sql<{ lacking: bigint }>`
    select coalesce(sum(available_amount), 0) - ledger_balance(${accounts.payee(payeeId, "held")}, ${asset}) as lacking
    from earning where payee_id = ${payeeId} and available_asset = ${asset} and status = 'held'`.execute(tx);
  const lacking = rows[0]!.lacking;
  if (lacking === 0n) return "held";
  return lacking === sumOf(orphans) ? "elsewhere" : "unclear";
}

const isInstant = (orphan: Orphan): boolean => orphan.conversion_id === null;

async function bookBack(tx: Tx, payoutId: string, orphans: readonly Orphan[], now: Date): Promise<void> {
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

async function setRows(tx: Tx, orphans: readonly Orphan[], payoutStatus: string): Promise<void> {
  if (payoutStatus === "completed") {
    await sql`update earning set status = 'paid' where id = any(${orphans.map(({ id }) => id)}::uuid[])`.execute(
      tx,
    );
    return;
  }
  const idsOf = (which: readonly Orphan[]): string[] => which.map(({ id }) => id);
  await sql`
    update earning set status = 'pending', payout_id = null, available_asset = null, available_amount = null
    where id = any(${idsOf(orphans.filter(isInstant))}::uuid[])`.execute(tx);
  await sql`
    update earning set status = 'available', payout_id = null
    where id = any(${idsOf(orphans.filter((orphan) => !isInstant(orphan)))}::uuid[])`.execute(tx);
}
