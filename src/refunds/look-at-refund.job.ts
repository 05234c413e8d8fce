import { inTransaction, sql, type Tx } from "../database/index.ts";
import { InvariantViolation } from "../errors.ts";
import { defineJob, enqueue, type Job } from "../jobs/index.ts";
import { days, minutes, sweepJob, type Cause } from "../lifecycle/index.ts";
import { tellOperators } from "../notifications/index.ts";
import { cancelTransfer, transferTasks, type Transfer } from "../transfers/index.ts";
import { mayGo, worthOf } from "./authority.ts";
import type { RefundDeps } from "./deps.ts";
import { refundLife, type Refund } from "./refund.ts";
import { giveBack } from "./resolve-refund.ts";
import { endAttempt, findRefund, lastAttemptOf, lockRefund } from "./refund-store.ts";
import { startAttempt } from "./start-refund.ts";
import { refundTasks } from "./tasks.ts";

/** After this many failed tries a person looks. */
const mostAttempts = 3;

type Seen =
  /** planned: nothing is signed, so it may still need somebody's word. */
  | { readonly kind: "sent" | "live" | "planned" }
  /** It ended and moved nothing. `again`: another try may do better. */
  | { readonly kind: "failed"; readonly outcome: string; readonly again: boolean }
  /** Not signed, or not ended, and it will not end without a person. */
  | { readonly kind: "stuck"; readonly reason: string };

function seenOf(transfer: Transfer | null): Seen {
  switch (transfer?.status) {
    case undefined:
      return { kind: "failed", outcome: "transfer_never_planned", again: true };
    case "final":
      return { kind: "sent" };
    case "displaced":
      return { kind: "failed", outcome: "displaced", again: true };
    case "reverted":
    case "cancelled":
      return { kind: "failed", outcome: transfer!.status, again: false };
    case "in_review":
      return { kind: "stuck", reason: transfer!.review_reason ?? "transfer_in_review" };
    case "planned": {
      const waits = transfer!.waiting_reason;
      const hopeless = waits === "transfer_would_revert" || waits === "invalid_destination";
      return hopeless ? { kind: "stuck", reason: waits } : { kind: "planned" };
    }
    default:
      return { kind: "live" };
  }
}

/** Looks at a refund's transfer and does what it means; harmless at any time. */
async function lookAtRefund(
  deps: RefundDeps,
  tx: Tx,
  refund: Refund,
  usdMicros: bigint | null,
): Promise<void> {
  if (refundLife.hasEnded(refund.status)) return;
  const now = deps.clock.now();
  const cause: Cause = { kind: "job", ref: `refund:${refund.id}` };
  if (refund.status === "awaiting_address")
    return refundLife.lookAgain(tx, refund.id, new Date(now.getTime() + days(1)));
  if (refund.status === "waiting") return setOut(deps, tx, refund, { cause, now });
  const last = await lastAttemptOf(tx, refund.id);
  if (last === null)
    throw new InvariantViolation(
      "refund_without_attempt",
      `Refund ${refund.id} is ${refund.status} by no transfer.`,
    );
  const { attempt, transfer } = last;
  const seen = seenOf(transfer);
  const facts = { refund_id: refund.id, transfer_id: transfer?.id };
  const from = refund.status === "stopped" ? "stopped" : "sending";
  const move = (
    to: "sending" | "sent" | "stopped",
    reason: string | null,
    more: { transaction_hash?: string | null } = {},
  ) => refundLife.advance(tx, { id: refund.id, from, to, cause, now, set: { reason, ...more } });
  const stop = async (reason: string): Promise<void> => {
    if (refund.status === "stopped" && refund.reason === reason)
      return refundLife.lookAgain(tx, refund.id, new Date(now.getTime() + minutes(10)));
    await move("stopped", reason);
    deps.log.error({ ...facts, reason }, "a refund needs a person; the desk shows it");
  };
  if (seen.kind === "sent") {
    await endAttempt(tx, attempt.id, "sent", now);
    await move("sent", null, { transaction_hash: transfer?.transaction_hash ?? null });
    await deps.subjects.get(refund.subject)?.sent?.(tx, refund, { cause, now });
    const { id, asset, amount } = refund;
    const told = { id, sent: { asset, amount }, to: attempt.to_address };
    await tellOperators(tx, [{ kind: "refund_sent", subject: id, facts: told }], now);
    return deps.log.info(facts, "a payer has their money back");
  }
  if (seen.kind === "failed") {
    await endAttempt(tx, attempt.id, seen.outcome, now);
    if (!seen.again || attempt.seq >= mostAttempts || refund.status === "stopped") return stop(seen.outcome);
    await move("sending", null);
    return startAttempt(tx, refund, { toAddress: attempt.to_address, by: cause.ref, now });
  }
  if (seen.kind === "stuck") return stop(seen.reason);
  if (seen.kind === "planned") {
    const permitted = await mayGo(deps, tx, refund, { toAddress: attempt.to_address, usdMicros, cause, now });
    if (permitted === "refused") {
      await cancelTransfer(tx, transfer!.id, { cause, now });
      await endAttempt(tx, attempt.id, "not_approved", now);
      return deps.subjects.get(refund.subject)?.givenBackIfRefused
        ? giveBack(deps, tx, refund, { reason: "not_approved", cause, now })
        : stop("not_approved");
    }
    // Its first look at the chain may have come before the word.
    if (permitted === "granted" && transfer!.waiting_reason === "awaiting_approval")
      await enqueue(tx, transferTasks.advance, { id: transfer!.id });
  }
  if (refund.status === "stopped") return move("sending", null);
  await refundLife.lookAgain(tx, refund.id, new Date(now.getTime() + minutes(2)));
}

/** Lets a refund set out whose address is known, as soon as its subject's room can book it; until then it waits, and says why. */
async function setOut(
  deps: RefundDeps,
  tx: Tx,
  refund: Refund,
  { cause, now }: { readonly cause: Cause; readonly now: Date },
): Promise<void> {
  const { id, to_address: toAddress } = refund;
  const reason = (await deps.subjects.get(refund.subject)?.setOut?.(tx, refund, { cause, now })) ?? null;
  if (reason === null && toAddress !== null) {
    await refundLife.advance(tx, { id, from: "waiting", to: "sending", cause, now, set: { reason } });
    return startAttempt(tx, refund, { toAddress, by: refund.addressed_by ?? refund.requested_by, now });
  }
  // What it waits for is new, and so is the time that it is given.
  if (reason !== refund.reason)
    await refundLife.advance(tx, { id, from: "waiting", to: "waiting", cause, now, set: { reason } });
  await refundLife.lookAgain(tx, id, new Date(now.getTime() + minutes(5)));
}

export const refundJobs = (deps: RefundDeps): Job[] => {
  const lookAt = async (id: string, signal: AbortSignal): Promise<void> => {
    const found = await findRefund(deps.db, id);
    if (found === null || refundLife.hasEnded(found.status)) return;
    const usdMicros = await worthOf(deps, found, signal);
    await inTransaction(deps.db, async (tx) => {
      const refund = await lockRefund(tx, id);
      if (refund !== null) await lookAtRefund(deps, tx, refund, usdMicros);
    });
  };
  return [
    defineJob(refundTasks.look, { run: ({ id }, { signal }) => lookAt(id, signal) }),
    defineJob(refundTasks.attemptEnded, {
      async run({ id }, { signal }) {
        const { rows } = await sql<{ refund_id: string }>`
          select refund_id from refund_attempt where id = ${id}`.execute(deps.db);
        if (rows[0] !== undefined) await lookAt(rows[0].refund_id, signal);
      },
    }),
    sweepJob(refundLife, deps),
  ];
};
