import { normaliseAddressFor } from "../chains/index.ts";
import { sql, type Tx } from "../database/index.ts";
import { type Cause, sweptFrom } from "../lifecycle/index.ts";
import { DomainError, InvariantViolation } from "../errors.ts";
import { newId } from "../ids.ts";
import { registry, type Money } from "../money/index.ts";
import { lockTransfer } from "./transfer-store.ts";
import { transferLife, type Transfer } from "./transfer.ts";
import { getWallet } from "./wallet.ts";
import { type RowJob, enqueueOnce } from "../jobs/index.ts";
import { transferTasks } from "./tasks.ts";

export interface TransferPlan {
  readonly id?: string;
  readonly walletId: string;
  /** With `purposeId`, what the transfer is for. One purpose is sent once, however often it is planned. */
  readonly purpose: string;
  readonly purposeId: string;
  readonly money: Money;
  readonly toAddress: string;
  /** What the ledger debits once the transfer is final; the wallet is credited. */
  readonly debitAccount: string;
  /** The job told when the transfer ends, with {"id": purposeId}. */
  readonly doneTask: RowJob;
  readonly correlationId: string;
  readonly deadlineAt?: Date;
  readonly now: Date;
}

/**
 * Writes down one send and wakes it, in the caller's transaction. Moves no money yet. Safe to repeat: the same purpose
 * returns the transfer planned first.
 * @returns the transfer's id.
 * @throws {DomainError} `invalid_address`, `invalid_amount`, `wrong_chain`
 * @throws {InvariantViolation} `transfer_conflict`: the purpose is being sent already, with another amount, asset or destination.
 */
export async function planTransfer(tx: Tx, plan: TransferPlan): Promise<string> {
  const wallet = await getWallet(tx, plan.walletId);
  const asset = registry.get(plan.money.asset);
  if (asset.chain !== wallet.chain)
    throw new DomainError("wrong_chain", `${asset.id} cannot be sent from a wallet on ${wallet.chain}.`);
  if (plan.money.amount <= 0n)
    throw new DomainError("invalid_amount", "A transfer needs an amount above zero.");
  const toAddress = normaliseAddressFor(wallet.chain, plan.toAddress, registry);
  if (toAddress === wallet.address)
    throw new DomainError(
      "invalid_address",
      `${toAddress} is the sending wallet itself: name the payee's wallet.`,
    );
  const id = plan.id ?? newId();
  const { rows } = await sql<{ id: string }>`
    insert into transfer (id, wallet_id, purpose, purpose_id, asset, amount, to_address, debit_account, done_task, status,
                          correlation_id, created_at, updated_at, next_check_at, deadline_at)
    values (${id}, ${wallet.id}, ${plan.purpose}, ${plan.purposeId}, ${asset.id}, ${plan.money.amount}, ${toAddress},
            ${plan.debitAccount}, ${plan.doneTask.name}, 'planned', ${plan.correlationId}, ${plan.now}, ${plan.now}, ${sweptFrom(plan.now)},
            ${plan.deadlineAt ?? null})
    on conflict (purpose, purpose_id) do nothing returning id`.execute(tx);
  if (rows[0] === undefined) return existingTransfer(tx, plan, toAddress);
  const cause = { kind: "job", ref: `${plan.purpose}:${plan.purposeId}` } as const;
  await transferLife.recordCreation(tx, { id, to: "planned", cause, now: plan.now });
  await enqueueOnce(tx, transferTasks.advance, { id });
  return id;
}

async function existingTransfer(tx: Tx, plan: TransferPlan, toAddress: string): Promise<string> {
  const { rows } = await sql<Transfer>`
    select * from transfer where purpose = ${plan.purpose} and purpose_id = ${plan.purposeId}`.execute(tx);
  const known = rows[0]!;
  const same =
    known.wallet_id === plan.walletId &&
    known.asset === plan.money.asset &&
    known.amount === plan.money.amount &&
    known.to_address === toAddress &&
    known.debit_account === plan.debitAccount;
  if (!same)
    throw new InvariantViolation(
      "transfer_conflict",
      `${plan.purpose} ${plan.purposeId} is already sent differently.`,
      {
        transferId: known.id,
        planned: { asset: plan.money.asset, amount: String(plan.money.amount), toAddress },
      },
    );
  return known.id;
}

/** Whether it is cancelled, or can be, because nothing was signed for it. */
export const isCancellable = ({ slot, status }: Pick<Transfer, "slot" | "status">): boolean =>
  status === "cancelled" || (slot === null && (status === "planned" || status === "in_review"));

/**
 * Cancels a transfer that nothing was signed for. Its done_task is not called: who cancels knows.
 * @returns false: bytes exist, so only the chain can end it.
 */
export async function cancelTransfer(
  tx: Tx,
  id: string,
  { cause, now }: { cause: Cause; now: Date },
): Promise<boolean> {
  const transfer = await lockTransfer(tx, id);
  if (transfer.status === "cancelled") return true;
  if (!isCancellable(transfer)) return false;
  await transferLife.advance(tx, { id: transfer.id, from: transfer.status, to: "cancelled", cause, now });
  return true;
}
