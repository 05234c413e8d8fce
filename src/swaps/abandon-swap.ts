import type { Tx } from "../database/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import type { Swap } from "./swap.ts";
import { advanceSwap, findSwap } from "./swap-store.ts";

/** It waits for a person, and nothing was sent for it. */
export const isAbandonable = ({ status, transfer_id }: Pick<Swap, "status" | "transfer_id">): boolean =>
  status === "in_review" && transfer_id === null;

/**
 * Gives up a swap in review that was never funded; an exchange the provider may hold for it stays unfunded and expires.
 * Its owner is not told: who abandons knows.
 * @returns false: it was funded, or is not in review.
 */
export async function abandonSwap(
  tx: Tx,
  id: string,
  { cause, now }: { cause: Cause; now: Date },
): Promise<boolean> {
  const swap = await findSwap(tx, id);
  if (swap === null || !isAbandonable(swap)) return false;
  await advanceSwap(tx, swap, { to: "rejected", cause, now, set: { waiting_reason: "abandoned" } });
  return true;
}
