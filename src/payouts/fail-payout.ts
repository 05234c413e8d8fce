import type { Tx } from "../database/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { releaseHeld } from "../earnings/index.ts";
import { derivedId } from "../ids.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import { setWait } from "./payout-store.ts";
import { payoutLife, type Payout } from "./payout.ts";

/**
 * Ends a payout of which certainly nothing reached the payee: the hold goes back where it came from, and so do its earnings.
 * The planner waits before it tries this payee again, and says why.
 */
export async function failPayout(
  tx: Tx,
  payout: Payout,
  { outcome, cause, now }: { outcome: string; cause: Cause; now: Date },
): Promise<void> {
  const from = payout.kind === "instant" ? "pending" : "available";
  await postEntry(tx, {
    id: derivedId("payout", payout.id, "released"),
    reason: "payout_released",
    happenedAt: now,
    postings: [
      {
        debit: accounts.payee(payout.payee_id, "held"),
        credit: accounts.payee(payout.payee_id, from),
        money: { asset: payout.asset, amount: payout.amount },
      },
    ],
  });
  await releaseHeld(tx, { payoutId: payout.id, to: from }, { cause, now });
  const step = { to: "failed", cause: { ...cause, note: outcome }, now } as const;
  await payoutLife.advance(tx, { id: payout.id, from: payout.status, ...step, set: { review_reason: null } });
  await setWait(tx, { payeeId: payout.payee_id, asset: payout.asset, reason: outcome, now });
}
