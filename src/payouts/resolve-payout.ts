import { inTransaction, type Db, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { payoutAttemptLife, payoutLife } from "./payout.ts";
import { DomainError } from "../errors.ts";
import { enqueue } from "../jobs/index.ts";
import type { PayoutDeps } from "./deps.ts";
import { failPayout } from "./fail-payout.ts";
import type { Payout, PayoutAttempt } from "./payout.ts";
import { attemptsOf, lockPayout } from "./payout-store.ts";
import { railOf, type Sight } from "./rails/index.ts";
import { payoutTasks } from "./tasks.ts";

/** What an operator decides about a payout in review: another attempt, or the balance back to the payee. */
export type Resolution = "retry" | "give_back";

/**
 * Ends the review of a payout. Refused while anything of it may still arrive: what is signed only the chain can end, and
 * what is funded only its provider.
 * @throws {DomainError} `unknown_payout`, `payout_not_in_review`, `payout_under_way`
 */
export async function resolvePayout(
  deps: Pick<PayoutDeps, "db" | "clock" | "log">,
  input: { payoutId: string; resolution: Resolution; by: string },
): Promise<void> {
  const now = deps.clock.now();
  const cause: Cause = { kind: "operator", ref: input.by, note: input.resolution };
  await inTransaction(deps.db, async (tx) => {
    const payout = await lockPayout(tx, input.payoutId);
    if (payout === null) throw unknownPayout(input.payoutId);
    const refusal = refuseResolution(payout, await seeLive(tx, payout));
    if (refusal !== null) throw refusal;
    const live = await liveAttemptOf(tx, payout.id);
    if (live) await endAttempt(tx, live, cause, now);
    if (input.resolution === "give_back")
      await failPayout(tx, payout, { outcome: "given_back_by_operator", cause, now });
    else await startAgain(tx, payout, cause, now);
  });
  deps.log.info(
    { payout_id: input.payoutId, resolution: input.resolution, by: input.by },
    "an operator resolved a payout",
  );
}

export const unknownPayout = (id: string): DomainError =>
  new DomainError("unknown_payout", `There is no payout ${id}.`);

const underWay = (): DomainError =>
  new DomainError(
    "payout_under_way",
    "Money of this payout is on its way: only the chain or the swap provider can end that. Look at its transfer or swap.",
  );

/** @param live what is seen of the attempt under way; undefined: there is none. */
export function refuseResolution(
  { status }: Pick<Payout, "status">,
  live: Pick<Sight, "cancellable"> | undefined,
): DomainError | null {
  if (status !== "in_review")
    return new DomainError("payout_not_in_review", `This payout is ${status}: there is nothing to decide.`);
  return live === undefined || live.cancellable ? null : underWay();
}

const liveAttemptOf = async (db: Db | Tx, payoutId: string): Promise<PayoutAttempt | undefined> =>
  (await attemptsOf(db, payoutId)).find(({ status }) => status === "sending");

/** What is seen of a payout's attempt under way; undefined: there is none. */
export async function seeLive(db: Db | Tx, payout: Payout): Promise<Sight | undefined> {
  const live = await liveAttemptOf(db, payout.id);
  return live && railOf(live.route).look(db, { id: live.id, payout });
}

/** Takes back an attempt of which nothing was signed or funded; anything else refuses. */
async function endAttempt(tx: Tx, attempt: PayoutAttempt, cause: Cause, now: Date): Promise<void> {
  const ended = await railOf(attempt.route).cancel(tx, attempt.id, { cause, now });
  if (!ended) throw underWay();
  await payoutAttemptLife.advance(tx, {
    id: attempt.id,
    from: "sending",
    to: "failed",
    cause,
    now,
    set: { outcome: "taken_back_by_operator", ended_at: now },
  });
}

async function startAgain(tx: Tx, payout: Payout, cause: Cause, now: Date): Promise<void> {
  await payoutLife.advance(tx, {
    id: payout.id,
    from: payout.status,
    to: "approved",
    cause,
    now,
    set: { review_reason: null },
  });
  await enqueue(tx, payoutTasks.advance, { id: payout.id });
}
