import { inTransaction, type Tx } from "../database/index.ts";
import { holdsRefunded } from "../earnings/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { enqueue } from "../jobs/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { standingOf } from "../payees/index.ts";
import { pauseOf } from "../policy/index.ts";
import { payoutWord } from "./authority.ts";
import type { PayoutDeps } from "./deps.ts";
import { endAttempt, takeBackLive } from "./end-attempt.ts";
import { insertAttempt } from "./insert-attempt.ts";
import { destinationOf, payoutLife, type Payout, type PayoutAttempt } from "./payout.ts";
import { attemptsOf, lockPayout } from "./payout-store.ts";
import { isOpen, judgeProof, mayHavePaid, proofsOf, type PayoutProof } from "./proof-store.ts";
import { lostForCertain, lostUnproved, railOf } from "./rails/index.ts";
import { refuseResolution, seeAttempts, type AttemptsSeen } from "./resolve-payout.ts";
import { underWay, unknownPayout } from "./refusals.ts";
import { payoutTasks } from "./tasks.ts";

/**
 * An operator takes an approved payout to pay it elsewhere, with money that is not in our wallets: from here on the engine sends
 * nothing for it. Refused while anything of it may still arrive.
 * @throws {DomainError} `unknown_payout`, `payee_paused`, `paused_by_operator`, `payout_not_approved`, `payout_under_way`,
 * `payout_in_doubt`, `payout_ended`
 */
export async function takeOutside(
  deps: Pick<PayoutDeps, "db" | "clock" | "log">,
  { payoutId, by }: { payoutId: string; by: string },
): Promise<void> {
  const now = deps.clock.now();
  const cause: Cause = { kind: "operator", ref: by, note: "paid elsewhere" };
  await inTransaction(deps.db, async (tx) => {
    const payout = await lockPayout(tx, payoutId);
    if (payout === null) throw unknownPayout(payoutId);
    if (payout.status === "outside") return;
    const refusal = refuseOutside(payout, await seeAttempts(tx, payout));
    if (refusal !== null) throw refusal;
    await refuseStopped(tx, payout, now);
    await refuseLost(tx, payout);
    if (!(await takeBackLive(tx, payoutId, { outcome: "taken_outside_by_operator", cause, now })))
      throw underWay();
    await insertAttempt(tx, { id: newId(), payoutId, route: "outside", now });
    await payoutLife.advance(tx, {
      id: payoutId,
      from: payout.status as "approved" | "sending" | "in_review",
      to: "outside",
      cause,
      now,
      set: { review_reason: null },
    });
  });
  deps.log.warn({ payout_id: payoutId, by }, "an operator pays a payout elsewhere");
}

/** Why a payout cannot be taken now, by its status and what is seen of its attempts. */
export function refuseOutside(payout: Pick<Payout, "status">, seen: AttemptsSeen): DomainError | null {
  const { status } = payout;
  if (payoutLife.hasEnded(status))
    return new DomainError("payout_ended", `This payout is ${status}: there is nothing to pay.`);
  if (status === "in_review") return refuseResolution(payout, seen);
  if (status === "sending") return seen.live === undefined || seen.live.cancellable ? null : underWay();
  return status === "approved" ? null : status === "sent" ? underWay() : notApproved();
}

export const notApproved = (): DomainError =>
  new DomainError(
    "payout_not_approved",
    "Nobody has approved this payout as it stands: its approval is missing, has expired, or was of other terms.",
  );

/** What stops the engine from paying stops a person from paying in its place. */
async function refuseStopped(tx: Tx, payout: Payout, now: Date): Promise<void> {
  const standing = await standingOf(tx, payout.payee_id, destinationOf(payout));
  if (standing === "paused")
    throw new DomainError("payee_paused", "This payee is paused. Resume the payee first.");
  // A pause of one chain or rail is no reason not to pay elsewhere.
  if ((await pauseOf(tx, { chain: "", rail: null })) !== null)
    throw new DomainError("paused_by_operator", "Everything is paused: nothing is paid, elsewhere neither.");
  const word = await payoutWord(tx, payout, now);
  if (standing === "moved" || word.kind !== "granted" || (await holdsRefunded(tx, payout.id)))
    throw notApproved();
}

/** A swap that was given up may still deliver: the engine pays again after two persons, and nobody beside it. */
async function refuseLost(tx: Tx, payout: Payout): Promise<void> {
  for (const { id, route, status } of await attemptsOf(tx, payout.id)) {
    if (status !== "failed") continue;
    const { state } = await railOf(route).look(tx, { id, payout });
    const isLost = state.kind === "review" && [lostForCertain, lostUnproved].includes(state.outcome);
    if (state.kind === "completed" || isLost)
      throw new DomainError(
        "payout_in_doubt",
        "What was sent for this payout before was lost, and may reach the payee after all: the engine alone pays it again.",
      );
  }
}

/** Why nobody pays a payout elsewhere. */
export const refuseNotOutside = ({ status }: Pick<Payout, "status">): DomainError | null =>
  status === "outside"
    ? null
    : new DomainError(
        "payout_not_outside",
        `This payout is ${status}: nobody has taken it to pay it elsewhere.`,
      );

/** The payout, locked, with the attempt of whoever pays it. @throws {DomainError} `unknown_payout`, `payout_not_outside` */
export async function lockOutside(
  tx: Tx,
  payoutId: string,
): Promise<{ payout: Payout; attempt: PayoutAttempt }> {
  const payout = await lockPayout(tx, payoutId);
  if (payout === null) throw unknownPayout(payoutId);
  const refusal = refuseNotOutside(payout);
  if (refusal !== null) throw refusal;
  const live = (await attemptsOf(tx, payoutId)).find(({ status }) => status === "sending");
  return { payout, attempt: live! };
}

/**
 * Gives a payout back to the engine, which pays it as if nobody had taken it. Once a payment of it was recorded that nothing
 * disproved, two persons must say that it was not made.
 * @throws {DomainError} `unknown_payout`, `payout_not_outside`, `second_person_needed`
 */
export async function returnToEngine(
  deps: Pick<PayoutDeps, "db" | "clock" | "log" | "secondPerson">,
  { payoutId, by }: { payoutId: string; by: string },
): Promise<void> {
  const now = deps.clock.now();
  const giveBack = async (tx: Tx, cause: Cause): Promise<void> => {
    const { attempt } = await lockOutside(tx, payoutId);
    await endAttempt(tx, attempt, { status: "failed", outcome: "given_back_by_operator", cause, now });
    const step = { id: payoutId, from: "outside", to: "approved", cause, now } as const;
    await payoutLife.advance(tx, { ...step, set: { review_reason: null } });
    await enqueue(tx, payoutTasks.advance, { id: payoutId });
  };
  const counted = async (tx: Tx): Promise<PayoutProof[]> =>
    (await proofsOf(tx, (await lockOutside(tx, payoutId)).attempt.id)).filter(mayHavePaid);
  const open = await inTransaction(deps.db, async (tx) => {
    const ids = (await counted(tx)).map(({ id }) => id);
    if (ids.length === 0) await giveBack(tx, { kind: "operator", ref: by, note: "given back" });
    return ids;
  });
  if (open.length > 0) {
    const asked = {
      decision: "payout.return_to_engine",
      subject: payoutId,
      input: { proofs: open.join(" ") },
      because: "A payment of it was recorded, and nothing shows that it was not made",
      by,
      now,
    };
    await deps.secondPerson.asTwo(asked, async (tx, { first, second }) => {
      for (const proof of await counted(tx)) {
        const { id } = proof;
        // Another payment was recorded since the first person looked.
        if (!open.includes(id)) throw underWay();
        if (isOpen(proof))
          await judgeProof(tx, id, {
            looked_at: now,
            refused_at: now,
            refused_because: "said_not_to_be_made",
          });
      }
      await giveBack(tx, {
        kind: "operator",
        ref: by,
        note: `not paid elsewhere, by ${first} and ${second}`,
      });
    });
  }
  deps.log.warn({ payout_id: payoutId, by }, "a payout that was to be paid elsewhere is the engine's again");
}
