import type { Tx } from "../database/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { payoutAttemptLife, type PayoutAttempt } from "./payout.ts";
import { attemptsOf } from "./payout-store.ts";
import { railOf } from "./rails/index.ts";

export async function endAttempt(
  tx: Tx,
  attempt: PayoutAttempt,
  end: { status: "succeeded" | "failed"; outcome: string; cause: Cause; now: Date },
): Promise<void> {
  await payoutAttemptLife.advance(tx, {
    id: attempt.id,
    from: attempt.status === "failed" ? "failed" : "sending",
    to: end.status,
    cause: end.cause,
    now: end.now,
    set: { outcome: end.outcome, ended_at: end.now },
  });
}

/**
 * Takes back the attempt of a payout that is under way, of which nothing was signed or funded. The payout is locked by the caller.
 * @returns false: it may reach the payee.
 */
export async function takeBackLive(
  tx: Tx,
  payoutId: string,
  end: { outcome: string; cause: Cause; now: Date },
): Promise<boolean> {
  const live = (await attemptsOf(tx, payoutId)).find(({ status }) => status === "sending");
  if (live === undefined) return true;
  if (!(await railOf(live.route).cancel(tx, live.id, end))) return false;
  await endAttempt(tx, live, { status: "failed", ...end });
  return true;
}
