import { inTransaction, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { enqueueNamed } from "../jobs/index.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import type { TransferDeps } from "./deps.ts";
import { later, type Route } from "./route.ts";
import { describeSlot, slotOf } from "./slot.ts";
import { listAttempts, lockTransfer } from "./transfer-store.ts";
import { type Landed, type Transfer, type TransferAttempt, transferLife } from "./transfer.ts";
import { lockWallet, pauseWallet, type Wallet } from "./wallet.ts";

interface Ending {
  readonly transferId: string;
  readonly route: Route;
  readonly attempt: TransferAttempt;
  readonly reading: Landed;
}

/**
 * Records what the chain decided for good: status, postings and the word to whoever waits commit together. A transfer
 * that succeeded without bringing the destination its amount, or that the ledger refuses, goes to a person instead.
 */
export async function recordEnd(deps: TransferDeps, ending: Ending): Promise<void> {
  try {
    await inTransaction(deps.db, async (tx) => {
      const transfer = await lockTransfer(tx, ending.transferId);
      if (transferLife.hasEnded(transfer.status)) return;
      const reverted = ending.reading.status === "reverted";
      if (!reverted && !delivered(transfer, ending.reading))
        return await sendToReview(deps, tx, transfer, "succeeded_without_delivery");
      await postEnd(tx, transfer, ending);
      await finish(deps, tx, transfer, ending);
    });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "insufficient_funds") throw error;
    await inTransaction(deps.db, async (tx) => {
      const transfer = await lockTransfer(tx, ending.transferId);
      if (!transferLife.hasEnded(transfer.status)) await sendToReview(deps, tx, transfer, "ledger_refused");
    });
  }
}

/** Some tokens fail without reverting, so success is believed when the destination has the amount. */
function delivered(transfer: Transfer, reading: Landed): boolean {
  const arrived = reading.receipts
    .filter(
      (receipt) => receipt.asset.id === transfer.asset && receipt.to === transfer.to_address.toLowerCase(),
    )
    .reduce((sum, receipt) => sum + receipt.amount, 0n);
  return arrived >= transfer.amount;
}

async function postEnd(tx: Tx, transfer: Transfer, { route, reading }: Ending): Promise<void> {
  const wallet = accounts.wallet(route.wallet.chain, route.wallet.address);
  const sent = reading.status === "succeeded" ? transfer.amount : 0n;
  const postings = [
    { debit: transfer.debit_account, credit: wallet, money: { asset: transfer.asset, amount: sent } },
    {
      debit: accounts.platform("network_costs"),
      credit: wallet,
      money: { asset: route.chain.native.id, amount: reading.fee },
    },
  ].filter(({ money }) => money.amount > 0n);
  if (postings.length === 0) return;
  await postEntry(tx, {
    id: derivedId("transfer", transfer.id, "final"),
    reason: reading.status === "succeeded" ? "transfer_final" : "transfer_reverted",
    happenedAt: reading.includedIn.blockTime,
    postings,
  });
}

async function finish(
  deps: TransferDeps,
  tx: Tx,
  transfer: Transfer,
  { attempt, reading }: Ending,
): Promise<void> {
  await transferLife.advance(tx, {
    id: transfer.id,
    from: transfer.status,
    to: reading.status === "succeeded" ? "final" : "reverted",
    cause: {
      kind: "chain",
      ref: attempt.transaction_hash,
      note: `block ${reading.includedIn.blockNumber} is final`,
    },
    set: {
      transaction_hash: attempt.transaction_hash,
      block_number: reading.includedIn.blockNumber,
      block_hash: reading.includedIn.blockHash,
      fee_paid: reading.fee,
      review_reason: null,
    },
    now: deps.clock.now(),
  });
  await tellOwner(tx, transfer);
}

/**
 * Another transaction has our slot for good, so none of ours can land any more: nothing was sent, and no fee was ours.
 * Whoever signed it has our key, so the wallet signs nothing more until a person has looked.
 * @param usedBy the other transaction's hash. If it is one of our own attempts after all, nothing is recorded.
 */
export async function recordDisplaced(
  deps: TransferDeps,
  { transferId, wallet, usedBy }: { transferId: string; wallet: Wallet; usedBy: string },
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    await lockWallet(tx, wallet.id);
    const transfer = await lockTransfer(tx, transferId);
    const attempts = await listAttempts(tx, transferId);
    if (
      transferLife.hasEnded(transfer.status) ||
      attempts.some((attempt) => attempt.transaction_hash === usedBy)
    )
      return;
    await transferLife.advance(tx, {
      id: transfer.id,
      from: transfer.status,
      to: "displaced",
      cause: { kind: "chain", ref: usedBy, note: `it used ${describeSlot(slotOf(transfer))} and is final` },
      set: {
        transaction_hash: null,
        block_number: null,
        block_hash: null,
        fee_paid: null,
      },
      now: deps.clock.now(),
    });
    await pauseWallet(tx, wallet.id, "nonce_used_elsewhere");
    deps.log.error(
      { transfer_id: transferId, slot: describeSlot(slotOf(transfer)), used_by: usedBy },
      "transfer displaced: the key is used elsewhere",
    );
    await tellOwner(tx, transfer);
  });
}

const tellOwner = (tx: Tx, transfer: Transfer): Promise<void> =>
  enqueueNamed(
    tx,
    transfer.done_task,
    { id: transfer.purpose_id },
    { key: `${transfer.done_task}:${transfer.purpose_id}` },
  );

async function sendToReview(deps: TransferDeps, tx: Tx, transfer: Transfer, reason: string): Promise<void> {
  if (transfer.status !== "in_review") {
    deps.log.error(
      { transfer_id: transfer.id, correlation_id: transfer.correlation_id, reason },
      "transfer needs a person",
    );
    await transferLife.advance(tx, {
      id: transfer.id,
      from: transfer.status,
      to: "in_review",
      cause: { kind: "job", ref: "transfers.advance", note: reason },
      set: { review_reason: reason },
      now: deps.clock.now(),
    });
  }
  await transferLife.lookAgain(tx, transfer.id, later(deps, 10 * deps.settings.pollMs));
}
