import { inTransaction, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { Cause } from "../lifecycle/index.ts";
import { registry } from "../money/index.ts";
import { voidAuthorisation } from "../policy/index.ts";
import { cancelTransfer, isCancellable } from "../transfers/index.ts";
import type { RefundDeps, SubjectRoom } from "./deps.ts";
import { refundLife, underWay as live, type Refund } from "./refund.ts";
import {
  endAttempt,
  lastAttemptOf,
  lockRefund,
  lockRefundsOf,
  revokeLinks,
  unknownRefund,
} from "./refund-store.ts";
import { payersAddress, startAttempt } from "./start-refund.ts";

/** Whether another transfer may be made, or nothing be sent at all: not while one that was signed may still land. */
export async function mayBeDecided(db: Db | Tx, refundId: string): Promise<boolean> {
  const last = await lastAttemptOf(db, refundId);
  if (last === null || last.attempt.outcome !== null) return true;
  return last.transfer !== null && isCancellable(last.transfer);
}

export function refuseDecision({
  status,
  decidable,
}: Pick<Refund, "status"> & { readonly decidable: boolean }): DomainError | null {
  if (refundLife.hasEnded(status))
    return new DomainError("refund_ended", `This refund is ${status}: there is nothing to decide.`);
  return decidable ? null : underWay();
}

const underWay = (): DomainError =>
  new DomainError(
    "refund_under_way",
    "A transfer of this refund was signed: only the chain can end it. Look at the transfer, and decide when it has ended.",
  );

interface Step {
  readonly cause: Cause;
  readonly now: Date;
}

/** Ends the last try of a refund, where nothing was signed of it. @returns false: something was, and may still land. */
async function withdrawAttempt(
  tx: Tx,
  refund: Refund,
  { outcome, cause, now }: Step & { readonly outcome: string },
): Promise<boolean> {
  const last = await lastAttemptOf(tx, refund.id);
  if (last === null || last.attempt.outcome !== null) return true;
  if (last.transfer === null || !(await cancelTransfer(tx, last.transfer.id, { cause, now }))) return false;
  await endAttempt(tx, last.attempt.id, outcome, now);
  return true;
}

/** Locks a refund and ends its last try, of which nothing was signed. */
async function withdraw(tx: Tx, id: string, step: Step): Promise<Refund> {
  const refund = await lockRefund(tx, id);
  if (refund === null) throw unknownRefund(id);
  const refusal = refuseDecision({ status: refund.status, decidable: true });
  if (refusal !== null) throw refusal;
  if (!(await withdrawAttempt(tx, refund, { ...step, outcome: "taken_back_by_operator" }))) throw underWay();
  return refund;
}

/**
 * Sends a refund by another transfer, once: to the address it was meant for, or to another one. One that has not set out goes
 * where it is told now.
 * @throws {DomainError} `unknown_refund`, `refund_ended`, `refund_under_way`, `refund_without_address`, `invalid_address`, `secret_pasted`
 */
export async function resendRefund(
  deps: Pick<RefundDeps, "db" | "clock">,
  { refundId, toAddress, by }: { refundId: string; toAddress: string | null; by: string },
): Promise<void> {
  const now = deps.clock.now();
  const note = toAddress === null ? "sent again" : `sent to ${toAddress}`;
  const cause: Cause = { kind: "operator", ref: by, note };
  await inTransaction(deps.db, async (tx) => {
    const refund = await withdraw(tx, refundId, { cause, now });
    const { status, to_address: known } = refund;
    const address = toAddress ?? known;
    if (address === null)
      throw new DomainError(
        "refund_without_address",
        "Nobody has said where this refund goes. Name an address, or wait for its payer.",
      );
    if (status === "awaiting_address" || status === "waiting")
      return setAddress(tx, refund, { address, by, cause, now });
    const from = status === "stopped" ? "stopped" : "sending";
    await refundLife.advance(tx, { id: refund.id, from, to: "sending", cause, now, set: { reason: null } });
    await startAttempt(tx, refund, { toAddress: address, by, now });
  });
}

/**
 * Says where a refund goes that has not set out, and looks whether it can.
 * @param by who asks for that, and does not approve it.
 * @throws {DomainError} `invalid_address`, `secret_pasted`
 */
export async function setAddress(
  tx: Tx,
  refund: Refund,
  { address, by, cause, now }: Step & { readonly address: string; readonly by: string },
): Promise<void> {
  const toAddress = await payersAddress(tx, registry.get(refund.asset).chain, address);
  const set = { to_address: toAddress, addressed_by: by, reason: refund.reason ?? "not_looked_at" };
  const step = { id: refund.id, to: "waiting", cause, now, set } as const;
  await refundLife.advance(tx, { ...step, from: ["awaiting_address", "waiting"] });
  await revokeLinks(tx, refund.id, now);
  await refundLife.lookAgain(tx, refund.id, now);
}

/**
 * Sends nothing: what was to be refunded is again where it was, for a person to decide about; a part of a payment is again its
 * payees'.
 * @throws {DomainError} `unknown_refund`, `refund_ended`, `refund_under_way`
 */
export async function takeBackRefund(
  deps: RefundDeps,
  { refundId, by }: { refundId: string; by: string },
): Promise<void> {
  const now = deps.clock.now();
  const cause: Cause = { kind: "operator", ref: by, note: "not sent" };
  await inTransaction(deps.db, async (tx) => {
    const refund = await withdraw(tx, refundId, { cause, now });
    await giveBack(deps, tx, refund, { reason: null, cause, now });
  });
}

/** Ends a refund of which nothing can land any more, and puts what it was of back. */
export async function giveBack(
  { subjects }: Pick<RefundDeps, "subjects">,
  tx: Tx,
  refund: Refund,
  { reason, cause, now }: Step & { readonly reason: string | null },
): Promise<void> {
  const { id } = refund;
  await refundLife.advance(tx, { id, from: [...live], to: "given_back", cause, now, set: { reason } });
  await voidAuthorisation(tx, { subject: "refund", subjectId: id, cause, now });
  await revokeLinks(tx, id, now);
  await subjects.get(refund.subject)?.takeBack?.(tx, refund, { cause, now });
}

/**
 * Ends the refunds of a settled payment because the payment itself ended, so that its payer does not get it twice. What was signed is
 * on its way, and goes on.
 * @param takeBack what the payment's room does with one that ended.
 */
export async function endRefundsOf(
  tx: Tx,
  paymentId: string,
  {
    takeBack,
    ...step
  }: Step & { readonly reason: string; readonly takeBack: NonNullable<SubjectRoom["takeBack"]> },
): Promise<void> {
  const subjects = new Map([["settled_payment" as const, { takeBack }]]);
  for (const refund of await lockRefundsOf(tx, paymentId))
    if (await withdrawAttempt(tx, refund, { ...step, outcome: step.reason }))
      await giveBack({ subjects }, tx, refund, step);
}
