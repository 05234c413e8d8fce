import type { BroadcastOutcome } from "../chains/sending.ts";
import { inTransaction, sql } from "../database/index.ts";
import type { TransferDeps } from "./deps.ts";
import type { Route } from "./route.ts";
import { lockTransfer } from "./transfer-store.ts";
import { transferLife, type TransferAttempt } from "./transfer.ts";

/** How an answer is kept, and told apart later. */
export const answerOf = (outcome: BroadcastOutcome): string =>
  outcome.kind === "rejected"
    ? `rejected:${outcome.reason}: ${outcome.message.slice(0, 300)}`
    : `${outcome.kind}${outcome.kind === "unknown" ? `: ${outcome.message.slice(0, 300)}` : ""}`;

/**
 * Sends stored bytes, which may be done any number of times. Anything but a clear refusal counts as sent: an unknown
 * outcome above all.
 */
export async function broadcastTransfer(
  deps: TransferDeps,
  route: Route,
  attempt: TransferAttempt,
  signal: AbortSignal,
): Promise<BroadcastOutcome> {
  const outcome = await route.chain.broadcast(attempt.raw, signal);
  const now = deps.clock.now();
  const answer = answerOf(outcome);
  if (outcome.kind === "rejected" || outcome.kind === "unknown")
    deps.log.warn(
      { transfer_id: attempt.transfer_id, hash: attempt.transaction_hash, answer },
      "broadcast not accepted",
    );
  await inTransaction(deps.db, async (tx) => {
    const transfer = await lockTransfer(tx, attempt.transfer_id);
    await sql`
      update transfer_attempt set broadcasts = broadcasts + 1, last_broadcast_at = ${now}, last_answer = ${answer}
      where transfer_id = ${attempt.transfer_id} and seq = ${attempt.seq}`.execute(tx);
    if (transfer.status === "signed" && outcome.kind !== "rejected")
      await transferLife.advance(tx, {
        id: transfer.id,
        from: transfer.status,
        to: "broadcast",
        cause: { kind: "chain", ref: attempt.transaction_hash, note: outcome.kind },
        now,
      });
  });
  return outcome;
}
