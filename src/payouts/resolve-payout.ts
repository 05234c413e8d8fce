import { inTransaction, type Db, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { DomainError } from "../errors.ts";
import { enqueue } from "../jobs/index.ts";
import type { PayoutDeps } from "./deps.ts";
import { takeBackLive } from "./end-attempt.ts";
import { endPayout } from "./end-payout.ts";
import { payoutLife, type Payout, type PayoutAttempt } from "./payout.ts";
import { attemptsOf, findPayout, lockPayout } from "./payout-store.ts";
import { railOf, type Sight } from "./rails/index.ts";
import { underWay, unknownPayout } from "./refusals.ts";
import { payoutTasks } from "./tasks.ts";

/** What an operator decides about a payout in review: another attempt, or the balance back to the payee. */
export type Resolution = "retry" | "give_back";

/**
 * Ends the review of a payout. Refused while anything of it may still arrive: what is signed only the chain can end, and
 * what is funded only its provider.
 * @throws {DomainError} `unknown_payout`, `payout_not_in_review`, `payout_under_way`, `payout_in_doubt`
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
    const refusal = refuseResolution(payout, await seeAttempts(tx, payout));
    if (refusal !== null) throw refusal;
    await endLive(tx, payout.id, { cause, now });
    if (input.resolution === "give_back")
      await endPayout(tx, payout, { to: "failed", outcome: "given_back_by_operator", cause, now });
    else await startAgain(tx, payout, cause, now);
  });
  deps.log.info(
    { payout_id: input.payoutId, resolution: input.resolution, by: input.by },
    "an operator resolved a payout",
  );
}

/** What is seen of a payout's attempts. */
export interface AttemptsSeen {
  /** Of the one under way; undefined: there is none. */
  readonly live: Pick<Sight, "cancellable"> | undefined;
  /** Those that may have reached the payee, and nobody can tell. */
  readonly inDoubt: readonly Pick<PayoutAttempt, "id" | "route">[];
}

/** Why a payout's review cannot be ended by one person now. */
export function refuseResolution(payout: Pick<Payout, "status">, seen: AttemptsSeen): DomainError | null {
  const refusal = refuseAny(payout, seen);
  if (refusal !== null || seen.inDoubt.length === 0) return refusal;
  return new DomainError(
    "payout_in_doubt",
    "Cannot tell: what was sent for this payout was lost, and it may have reached the payee. They are paid again when their absence is proved, or when two persons say so (pay_again).",
  );
}

function refuseAny({ status }: Pick<Payout, "status">, { live }: AttemptsSeen): DomainError | null {
  if (status !== "in_review")
    return new DomainError("payout_not_in_review", `This payout is ${status}: there is nothing to decide.`);
  return live === undefined || live.cancellable ? null : underWay();
}

/** Why a payout is not one that two persons decide about now. */
export function refusePayAgain(payout: Pick<Payout, "status">, seen: AttemptsSeen): DomainError | null {
  const refusal = refuseAny(payout, seen);
  if (refusal !== null || seen.inDoubt.length > 0) return refusal;
  return new DomainError("payout_not_in_doubt", "Nothing of this payout is in doubt: retry it instead.");
}

/**
 * Pays a payee again although nobody can tell whether they were paid: two persons say so. Should the first payment turn out
 * to have reached them, it is the platform's loss, by that name.
 * @throws {DomainError} `unknown_payout`, `payout_not_in_review`, `payout_under_way`, `payout_not_in_doubt`,
 * `second_person_needed`
 */
export async function payAgain(
  deps: Pick<PayoutDeps, "db" | "clock" | "log" | "secondPerson">,
  { payoutId, by }: { payoutId: string; by: string },
): Promise<void> {
  const now = deps.clock.now();
  const seenBy = async (tx: Db | Tx, payout: Payout): Promise<AttemptsSeen> => {
    const seen = await seeAttempts(tx, payout);
    const refusal = refusePayAgain(payout, seen);
    if (refusal !== null) throw refusal;
    return seen;
  };
  const found = await findPayout(deps.db, payoutId);
  if (found === null) throw unknownPayout(payoutId);
  const { inDoubt } = await seenBy(deps.db, found);
  const asked = {
    decision: "payout.pay_again",
    subject: payoutId,
    input: { attempts: inDoubt.map(({ id }) => id).join(" ") },
    because: "Cannot tell whether the payee was paid",
    by,
    now,
  };
  await deps.secondPerson.asTwo(asked, async (tx, { first, second }) => {
    const payout = await lockPayout(tx, payoutId);
    if (payout === null) throw unknownPayout(payoutId);
    for (const { id, route } of (await seenBy(tx, payout)).inDoubt) await railOf(route).vouch(tx, id);
    const note = `paid again, not proved that nothing arrived; by ${first} and ${second}`;
    const cause: Cause = { kind: "operator", ref: by, note };
    await endLive(tx, payoutId, { cause, now });
    await startAgain(tx, payout, cause, now);
    deps.log.error({ payout_id: payoutId, first, second }, "a payee is paid again without proof");
  });
}

export async function seeAttempts(db: Db | Tx, payout: Payout): Promise<AttemptsSeen> {
  const attempts = await attemptsOf(db, payout.id);
  const live = attempts.find(({ status }) => status === "sending");
  const inDoubt: PayoutAttempt[] = [];
  for (const attempt of attempts)
    if (attempt.status === "failed" && (await railOf(attempt.route).isInDoubt(db, attempt.id)))
      inDoubt.push(attempt);
  return { live: live && (await railOf(live.route).look(db, { id: live.id, payout })), inDoubt };
}

/** Nothing of the payout is under way any more. @throws {DomainError} `payout_under_way` */
async function endLive(tx: Tx, payoutId: string, step: { cause: Cause; now: Date }): Promise<void> {
  if (!(await takeBackLive(tx, payoutId, { outcome: "taken_back_by_operator", ...step }))) throw underWay();
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
