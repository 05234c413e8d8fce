import type { Tx } from "../database/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { releaseHeld } from "../earnings/index.ts";
import { derivedId } from "../ids.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import { tellOperators, tellPayee } from "../notifications/index.ts";
import { contactOf } from "../payees/index.ts";
import { voidAuthorisation } from "../policy/index.ts";
import { setWait } from "./payout-store.ts";
import { payoutLife, type Payout } from "./payout.ts";

/** From where it may. @throws {IllegalStep} from anywhere else */
type NotPaid = "requested" | "approved" | "sending" | "in_review";

/** How a payout ends that did not reach its payee. */
export type Ending = "failed" | "rejected" | "cancelled";

/**
 * Ends a payout of which certainly nothing reached the payee: the hold goes back where it came from, and so do its earnings.
 * The planner waits before it tries this payee again, and says why.
 */
export async function endPayout(
  tx: Tx,
  payout: Payout,
  { to, outcome, cause, now }: { to: Ending; outcome: string; cause: Cause; now: Date },
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
  await voidAuthorisation(tx, { subject: "payout", subjectId: payout.id, cause, now });
  await payoutLife.advance(tx, {
    id: payout.id,
    from: payout.status as NotPaid,
    to: to as "failed",
    cause: { ...cause, note: outcome },
    now,
    set: { review_reason: null, end_reason: outcome },
  });
  await tellOfEnd(tx, payout, { to, outcome, now });
  await setWait(tx, { payeeId: payout.payee_id, asset: payout.asset, reason: outcome, now });
}

/** A failure is for operators to look at; a rejection's reason was written for the payee. */
async function tellOfEnd(
  tx: Tx,
  { id, payee_id: payeeId, asset, amount: units }: Payout,
  { to, outcome, now }: { to: Ending; outcome: string; now: Date },
): Promise<void> {
  const amount = { asset, amount: units };
  if (to === "failed") {
    const facts = { id, payeeId, held: amount, outcome };
    await tellOperators(tx, [{ kind: "payout_failed", subject: id, facts }], now);
  }
  if (to === "rejected") {
    const happening = {
      kind: "payout_rejected",
      subject: id,
      facts: { id, amount, reason: outcome },
    } as const;
    await tellPayee(tx, happening, { contact: await contactOf(tx, payeeId), now });
  }
}
