import type { Signer } from "../chains/sending.ts";
import { inTransaction, sql, type Tx } from "../database/index.ts";
import { askChain, type Quote } from "./ask-chain.ts";
import type { TransferDeps } from "./deps.ts";
import { preflight } from "./preflight.ts";
import { later, type Route } from "./route.ts";
import { findSignerProblem } from "./signer-state.ts";
import { describeSlot, toStoredSlot } from "./slot.ts";
import { takeSlot } from "./take-slot.ts";
import { insertAttempt, lockTransfer } from "./transfer-store.ts";
import { reviewedAtOnce, type Transfer, type WaitingReason, transferLife } from "./transfer.ts";
import { lockWallet, type Wallet } from "./wallet.ts";

/**
 * Signs a planned transfer in a slot of its own and stores the bytes, or writes down why not yet.
 * @returns whether bytes are stored now; if not, the next look is scheduled.
 */
export async function signTransfer(
  deps: TransferDeps,
  transfer: Transfer,
  route: Route,
  signal: AbortSignal,
): Promise<boolean> {
  const quote = await askChain(transfer, route, deps.clock.now(), signal);
  const limits = await deps.readLimits();
  return inTransaction(deps.db, async (tx) => {
    // The wallet first, always: whoever holds it decides slots and reservations alone.
    const wallet = await lockWallet(tx, transfer.wallet_id);
    const current = await lockTransfer(tx, transfer.id);
    if (current.slot !== null) return true;
    if (current.status !== "planned" && current.status !== "in_review") return false;
    const { signer } = route;
    const wait = async (reason: WaitingReason): Promise<false> => {
      await recordWait(deps, tx, current, reason);
      return false;
    };
    if (signer === undefined) {
      // What is known of keys that do not open is known of the hot wallet's.
      const problem = wallet.kind === "hot" ? await findSignerProblem(tx, wallet.chain) : null;
      return wait(problem ?? "signer_missing");
    }
    if (typeof quote === "string") return wait(quote);
    const cleared = await preflight(deps, tx, { wallet, transfer: current, route, quote, limits });
    if ("waits" in cleared) return wait(cleared.waits);
    const { authorisedBy } = cleared;
    await signInSlot(deps, tx, { wallet, transfer: current, route, quote, signer, authorisedBy });
    return true;
  });
}

async function signInSlot(
  deps: TransferDeps,
  tx: Tx,
  step: {
    wallet: Wallet;
    transfer: Transfer;
    route: Route;
    quote: Quote;
    signer: Signer;
    authorisedBy: string;
  },
): Promise<void> {
  const { wallet, transfer, route, quote } = step;
  const now = deps.clock.now();
  const { fee } = quote;
  const slot = await takeSlot(tx, wallet, quote.slot);
  const { to_address: to, amount } = transfer;
  const signed = await step.signer.sign({ slot, asset: route.asset, to, amount, fee });
  await insertAttempt(tx, { transferId: transfer.id, seq: 1, signed, fee, now });
  await transferLife.advance(tx, {
    id: transfer.id,
    from: transfer.status,
    to: "signed",
    cause: { kind: "job", ref: "transfers.advance", note: describeSlot(slot) },
    set: {
      slot: JSON.stringify(toStoredSlot(slot)),
      fee_reserved: fee.most,
      authorised_by: step.authorisedBy,
      waiting_reason: null,
      review_reason: null,
      deadline_at: later(deps, deps.settings.deadlineMs),
    },
    now,
  });
  await transferLife.lookAgain(tx, transfer.id, later(deps, deps.settings.pollMs));
}

/** Keeps the transfer in its place, says why, and looks again; past its deadline a person is told too. */
async function recordWait(
  deps: TransferDeps,
  tx: Tx,
  transfer: Transfer,
  reason: WaitingReason,
): Promise<void> {
  const now = deps.clock.now();
  const { pollMs, deadlineMs } = deps.settings;
  const deadline = transfer.deadline_at ?? later(deps, deadlineMs);
  await sql`update transfer set waiting_reason = ${reason}, deadline_at = ${deadline} where id = ${transfer.id}`.execute(
    tx,
  );
  const review = reviewedAtOnce.includes(reason);
  if (transfer.waiting_reason !== reason)
    deps.log.warn(
      { transfer_id: transfer.id, correlation_id: transfer.correlation_id, reason },
      "transfer waits",
    );
  if (transfer.status === "planned" && (review || deadline <= now))
    await transferLife.advance(tx, {
      id: transfer.id,
      from: transfer.status,
      to: "in_review",
      cause: { kind: "job", ref: "transfers.advance", note: reason },
      set: { review_reason: reason },
      now,
    });
  await transferLife.lookAgain(tx, transfer.id, later(deps, review ? 10 * pollMs : pollMs));
}
