import type { Db, Tx } from "../database/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { cancelTransfer, findTransfer, isCancellable } from "../transfers/index.ts";
import { endedSwaps, type Swap } from "./swap.ts";
import { advanceSwap, findSwap } from "./swap-store.ts";

/** Whether it is under way and nothing was signed for it. */
export async function isAbandonable(
  db: Db | Tx,
  { status, transfer_id: transferId }: Pick<Swap, "status" | "transfer_id">,
): Promise<boolean> {
  if (endedSwaps.has(status)) return false;
  const transfer = transferId === null ? null : await findTransfer(db, transferId);
  return transfer === null || isCancellable(transfer);
}

/**
 * Gives up a swap that nothing was signed for, with the transfer that was to fund it; an exchange the provider may hold for it
 * stays unfunded and expires.
 * @param why.reason our word for why, kept with it.
 * @returns false: it is or may be funded, or has ended.
 */
export async function abandonSwap(
  tx: Tx,
  id: string,
  { cause, now, reason = "abandoned" }: { cause: Cause; now: Date; reason?: string },
): Promise<boolean> {
  const swap = await findSwap(tx, id);
  if (swap === null || endedSwaps.has(swap.status)) return false;
  if (swap.transfer_id !== null && !(await cancelTransfer(tx, swap.transfer_id, { cause, now })))
    return false;
  const to = swap.status === "quoted" || swap.status === "in_review" ? "rejected" : "expired";
  await advanceSwap(tx, swap, { to, cause, now, set: { waiting_reason: reason } });
  return true;
}
