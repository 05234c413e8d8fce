import { sql, type Tx } from "../database/index.ts";
import { newId } from "../ids.ts";
import { enqueueOnce, type RowJob } from "../jobs/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import type { BankAccountAddress, Money } from "../money/index.ts";
import { bankTransferLife } from "./bank-transfer.ts";
import { findBankTransferOf, lockBankTransfer } from "./bank-transfer-store.ts";
import { freeFloat, lockFloat } from "./float.ts";
import { bankingTasks } from "./tasks.ts";

export interface BankTransferPlan {
  readonly purpose: string;
  readonly purposeId: string;
  readonly provider: string;
  /** What the bank is to get. */
  readonly money: Money;
  readonly feeExpected: bigint;
  readonly account: BankAccountAddress;
  readonly holder: string;
  /** What is owed for it. */
  readonly source: Money;
  readonly debitAccount: string;
  readonly doneTask: RowJob;
  readonly correlationId: string;
  readonly now: Date;
}

/**
 * Writes down one payment to a bank and wakes it, in the caller's transaction. Nobody outside knows of it yet, and its part of
 * the float is nobody else's. Safe to repeat: one purpose is planned once, by a constraint.
 * @returns false: the float has no room for it.
 */
export async function planBankTransfer(tx: Tx, plan: BankTransferPlan): Promise<boolean> {
  if ((await findBankTransferOf(tx, plan.purpose, plan.purposeId)) !== null) return true;
  const { provider, money, now } = plan;
  const float = { provider, asset: money.asset };
  await lockFloat(tx, float);
  if ((await freeFloat(tx, float)) < money.amount + plan.feeExpected) return false;
  const id = newId();
  const watch = bankTransferLife.watchFrom("planned", now);
  await sql`
    insert into bank_transfer (id, purpose, purpose_id, provider, asset, amount, fee_expected, bank_code, account_number,
      branch_code, holder, source_asset, source_amount, debit_account, done_task, correlation_id, status, created_at, updated_at,
      next_check_at, deadline_at)
    values (${id}, ${plan.purpose}, ${plan.purposeId}, ${provider}, ${money.asset}, ${money.amount}, ${plan.feeExpected},
      ${plan.account.bankCode}, ${plan.account.accountNumber}, ${plan.account.branchCode}, ${plan.holder}, ${plan.source.asset},
      ${plan.source.amount}, ${plan.debitAccount}, ${plan.doneTask.name}, ${plan.correlationId}, 'planned', ${now}, ${now},
      ${watch.next_check_at}, ${watch.deadline_at})`.execute(tx);
  const cause: Cause = { kind: "job", ref: `${plan.purpose}:${plan.purposeId}` };
  await bankTransferLife.recordCreation(tx, { id, to: "planned", cause, now });
  await enqueueOnce(tx, bankingTasks.advance, { id });
  return true;
}

/**
 * Takes back a transfer that nobody outside was told of. Its done_task is not called: who cancels knows.
 * @returns false: the provider may know it, so only the provider ends it.
 */
export async function cancelBankTransfer(
  tx: Tx,
  id: string,
  { cause, now }: { cause: Cause; now: Date },
): Promise<boolean> {
  const transfer = await lockBankTransfer(tx, id);
  if (transfer.status === "cancelled") return true;
  if (transfer.status !== "planned") return false;
  await bankTransferLife.advance(tx, { id, from: "planned", to: "cancelled", cause, now });
  return true;
}
