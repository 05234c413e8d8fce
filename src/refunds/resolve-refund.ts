import { inTransaction, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { Cause } from "../lifecycle/index.ts";
import { cancelTransfer, isCancellable } from "../transfers/index.ts";
import type { RefundDeps } from "./deps.ts";
import { refundLife, type Refund, type RefundAttempt } from "./refund.ts";
import { endAttempt, lastAttemptOf, lockRefund, unknownRefund } from "./refund-store.ts";
import { startAttempt } from "./start-refund.ts";

/** Whether another transfer may be made, or nothing be sent at all: not while one that was signed may still land. */
export async function mayBeDecided(db: Db | Tx, refundId: string): Promise<boolean> {
  const { attempt, transfer } = await lastAttemptOf(db, refundId);
  return attempt.outcome !== null || (transfer !== null && isCancellable(transfer));
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

/** Locks a refund and ends its last try, of which nothing was signed. */
async function withdraw(
  tx: Tx,
  id: string,
  { cause, now }: { cause: Cause; now: Date },
): Promise<{ refund: Refund; attempt: RefundAttempt }> {
  const refund = await lockRefund(tx, id);
  if (refund === null) throw unknownRefund(id);
  const refusal = refuseDecision({ status: refund.status, decidable: true });
  if (refusal !== null) throw refusal;
  const { attempt, transfer } = await lastAttemptOf(tx, id);
  if (attempt.outcome === null) {
    if (transfer === null || !(await cancelTransfer(tx, transfer.id, { cause, now }))) throw underWay();
    await endAttempt(tx, attempt.id, "taken_back_by_operator", now);
  }
  return { refund, attempt };
}

/**
 * Sends a refund by another transfer, once: to the address it was meant for, or to another one.
 * @throws {DomainError} `unknown_refund`, `refund_ended`, `refund_under_way`, `invalid_address`
 */
export async function resendRefund(
  deps: Pick<RefundDeps, "db" | "clock">,
  { refundId, toAddress, by }: { refundId: string; toAddress: string | null; by: string },
): Promise<void> {
  const now = deps.clock.now();
  const note = toAddress === null ? "sent again" : `sent to ${toAddress}`;
  const cause: Cause = { kind: "operator", ref: by, note };
  await inTransaction(deps.db, async (tx) => {
    const { refund, attempt } = await withdraw(tx, refundId, { cause, now });
    const from = refund.status === "stopped" ? "stopped" : "sending";
    await refundLife.advance(tx, { id: refund.id, from, to: "sending", cause, now, set: { reason: null } });
    await startAttempt(tx, refund, { toAddress: toAddress ?? attempt.to_address, by, now });
  });
}

/**
 * Sends nothing: what was to be refunded is again where it was, for a person to decide about.
 * @throws {DomainError} `unknown_refund`, `refund_ended`, `refund_under_way`
 */
export async function takeBackRefund(
  deps: RefundDeps,
  { refundId, by }: { refundId: string; by: string },
): Promise<void> {
  const now = deps.clock.now();
  const cause: Cause = { kind: "operator", ref: by, note: "not sent" };
  await inTransaction(deps.db, async (tx) => {
    const { refund } = await withdraw(tx, refundId, { cause, now });
    const from = refund.status === "stopped" ? "stopped" : "sending";
    await refundLife.advance(tx, {
      id: refund.id,
      from,
      to: "given_back",
      cause,
      now,
      set: { reason: null },
    });
    await deps.takeBack.get(refund.subject)?.(tx, refund, { cause, now });
  });
}
