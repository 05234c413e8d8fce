import { inTransaction, sql, type Tx } from "../database/index.ts";
import { broadcastTransfer } from "./broadcast-transfer.ts";
import type { TransferDeps } from "./deps.ts";
import { recordDisplaced, recordEnd } from "./end-transfer.ts";
import { replaceIfStuck } from "./replace-transfer.ts";
import { later, type Route } from "./route.ts";
import { slotOf } from "./slot.ts";
import { listAttempts, lockTransfer } from "./transfer-store.ts";
import { type Landed, type Transfer, type TransferAttempt, transferLife } from "./transfer.ts";

interface Sighting {
  readonly landed: { readonly attempt: TransferAttempt; readonly reading: Landed } | null;
  /** Hashes that a node holds unmined. */
  readonly pending: ReadonlySet<string>;
}

/** Asks the chain what became of a signed transfer and records it. Only the chain's answer ends a transfer. */
export async function followTransfer(
  deps: TransferDeps,
  transfer: Transfer,
  route: Route,
  signal: AbortSignal,
): Promise<void> {
  const attempts = await listAttempts(deps.db, transfer.id);
  const sighting = await sight(route, transfer, attempts, signal);
  if (sighting.landed !== null) {
    const { attempt, reading } = sighting.landed;
    if (reading.final) return recordEnd(deps, { transferId: transfer.id, route, attempt, reading });
    return recordIncluded(deps, transfer.id, attempt, reading);
  }
  const usedBy = await foreignUseOfSlot(transfer, route, attempts, signal);
  if (usedBy !== null)
    return recordDisplaced(deps, { transferId: transfer.id, wallet: route.wallet, usedBy });
  await recordNotIncluded(deps, transfer.id);
  const newest = attempts[0]!;
  // Nodes forget: the same bytes are offered again until a block has them.
  if (!sighting.pending.has(newest.transaction_hash)) await broadcastTransfer(deps, route, newest, signal);
  await replaceIfStuck(deps, transfer.id, route, signal);
}

async function sight(
  { chain }: Route,
  transfer: Transfer,
  attempts: readonly TransferAttempt[],
  signal: AbortSignal,
): Promise<Sighting> {
  const pending = new Set<string>();
  for (const attempt of attempts) {
    const reading = await chain.readTransaction(attempt.transaction_hash, [transfer.to_address], signal);
    if (reading.status === "succeeded" || reading.status === "reverted")
      return { landed: { attempt, reading }, pending };
    if (reading.status === "pending") pending.add(attempt.transaction_hash);
  }
  return { landed: null, pending };
}

/** The other transaction that has our slot for good, or null. Without proof the transfer is followed, until a person is told. */
async function foreignUseOfSlot(
  transfer: Transfer,
  { chain, wallet }: Route,
  attempts: readonly TransferAttempt[],
  signal: AbortSignal,
): Promise<string | null> {
  const fate = await chain.look({ from: wallet.address, slot: slotOf(transfer) }, signal);
  if (fate.kind !== "taken") return null;
  return attempts.some((attempt) => attempt.transaction_hash === fate.by) ? null : fate.by;
}

async function recordIncluded(
  deps: TransferDeps,
  transferId: string,
  attempt: TransferAttempt,
  { includedIn, fee }: Landed,
): Promise<void> {
  const now = deps.clock.now();
  const set = {
    transaction_hash: attempt.transaction_hash,
    block_number: includedIn.blockNumber,
    block_hash: includedIn.blockHash,
    fee_paid: fee, // gone on chain already, booked once final
  };
  await inTransaction(deps.db, async (tx) => {
    const transfer = await lockTransfer(tx, transferId);
    if (transferLife.hasEnded(transfer.status)) return;
    if (transfer.status === "signed" || transfer.status === "broadcast")
      await transferLife.advance(tx, {
        id: transfer.id,
        from: transfer.status,
        to: "included",
        cause: { kind: "chain", ref: attempt.transaction_hash, note: `block ${includedIn.blockNumber}` },
        set,
        now,
      });
    else if (transfer.block_hash !== includedIn.blockHash)
      await sql`
        update transfer set transaction_hash = ${set.transaction_hash}, block_number = ${set.block_number},
          block_hash = ${set.block_hash}, fee_paid = ${set.fee_paid}, updated_at = ${now}
        where id = ${transferId}`.execute(tx);
    await checkAgainOrReview(deps, tx, transferId, "not_final_by_deadline");
  });
}

/** No block has it. If one had, a reorganisation took it away. */
async function recordNotIncluded(deps: TransferDeps, transferId: string): Promise<void> {
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    const transfer = await lockTransfer(tx, transferId);
    if (transferLife.hasEnded(transfer.status)) return;
    const set = { transaction_hash: null, block_number: null, block_hash: null, fee_paid: null };
    if (transfer.status === "included")
      await transferLife.advance(tx, {
        id: transfer.id,
        from: transfer.status,
        to: "broadcast",
        cause: {
          kind: "chain",
          ref: transfer.transaction_hash ?? "",
          note: `block ${transfer.block_number} was reorganised away`,
        },
        set,
        now,
      });
    else if (transfer.block_hash !== null)
      await sql`
        update transfer set transaction_hash = null, block_number = null, block_hash = null, fee_paid = null, updated_at = ${now}
        where id = ${transferId}`.execute(tx);
    await checkAgainOrReview(deps, tx, transferId, "not_included_by_deadline");
  });
}

/** The chain cannot be read now: nothing follows from that, whatever the transfer's state. */
export async function recordUnreadable(deps: TransferDeps, transferId: string): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const { status } = await lockTransfer(tx, transferId);
    if (!transferLife.hasEnded(status)) await checkAgainOrReview(deps, tx, transferId, "chain_unreadable");
  });
}

/** Looks again soon. Time is never proof of failure, so past the deadline a person is told and the looking goes on. */
async function checkAgainOrReview(
  deps: TransferDeps,
  tx: Tx,
  transferId: string,
  reason: string,
): Promise<void> {
  const now = deps.clock.now();
  const transfer = await lockTransfer(tx, transferId);
  if (transfer.status !== "in_review" && transfer.deadline_at !== null && transfer.deadline_at <= now)
    await transferLife.advance(tx, {
      id: transfer.id,
      from: transfer.status,
      to: "in_review",
      cause: { kind: "job", ref: "transfers.advance", note: reason },
      set: { review_reason: reason },
      now,
    });
  await transferLife.lookAgain(tx, transferId, later(deps, deps.settings.pollMs));
}
