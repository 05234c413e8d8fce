import type { Tx } from "../database/index.ts";
import { derivedId } from "../ids.ts";
import { enqueueNamed } from "../jobs/index.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { bankTransferLife, type BankTransfer } from "./bank-transfer.ts";

export interface Step {
  readonly cause: Cause;
  readonly now: Date;
}

/** The bank has it: what was owed for it is ours, and what it cost left the float. */
export async function succeed(
  tx: Tx,
  transfer: BankTransfer & { readonly status: "submitting" | "pending" | "in_review" },
  told: { readonly fee: bigint; readonly said: string },
  step: Step,
): Promise<void> {
  const { id, asset, amount, source_asset, source_amount } = transfer;
  const float = accounts.bank(transfer.provider);
  await postEntry(tx, {
    id: derivedId("bank_transfer", id, "succeeded"),
    reason: "bank_transfer_succeeded",
    happenedAt: step.now,
    postings: [
      {
        debit: transfer.debit_account,
        credit: accounts.platform("fx"),
        money: { asset: source_asset, amount: source_amount },
      },
      { debit: accounts.platform("fx"), credit: float, money: { asset, amount } },
      { debit: accounts.platform("network_costs"), credit: float, money: { asset, amount: told.fee } },
    ].filter(({ money }) => money.amount > 0n),
  });
  const set = { fee_paid: told.fee, said: told.said, waiting_reason: null, review_reason: null };
  await bankTransferLife.advance(tx, { id, from: transfer.status, to: "succeeded", ...step, set });
  await enqueueNamed(tx, transfer.done_task, { id: transfer.purpose_id });
}

/** It was refused for certain; nothing left the float. */
export async function fail(
  tx: Tx,
  transfer: BankTransfer & { readonly status: "submitting" | "pending" | "in_review" },
  said: string,
  step: Step,
): Promise<void> {
  const set = { said, waiting_reason: null, review_reason: null };
  await bankTransferLife.advance(tx, { id: transfer.id, from: transfer.status, to: "failed", ...step, set });
  await enqueueNamed(tx, transfer.done_task, { id: transfer.purpose_id });
}
