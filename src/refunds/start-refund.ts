import { findAddress } from "../addresses/index.ts";
import { findNetwork, normaliseAddressFor } from "../chains/index.ts";
import { sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import type { Cause } from "../lifecycle/index.ts";
import { registry, type Money } from "../money/index.ts";
import { isWallet, planTransfer, type TransferIntent } from "../transfers/index.ts";
import { refundLife, refundPurpose, type Refund, type RefundSubject } from "./refund.ts";
import { refundTasks } from "./tasks.ts";

export interface RefundPlan {
  readonly subject: RefundSubject;
  readonly subjectId: string;
  /** The wallet of ours that sends, and where the coins are. */
  readonly walletId: string;
  readonly money: Money;
  readonly toAddress: string;
  /** Where the book holds what is sent; debited once the transfer is final. */
  readonly debitAccount: string;
  readonly by: string;
  readonly cause: Cause;
  readonly now: Date;
}

/**
 * Decides that something goes back to its payer, and plans its first transfer, in the caller's transaction. The network's fee
 * is ours. Of one subject and asset one refund is under way at a time, by a constraint.
 * @returns the refund's id.
 * @throws {DomainError} `invalid_address`
 */
export async function startRefund(tx: Tx, plan: RefundPlan): Promise<string> {
  const { subject, subjectId, walletId, money, debitAccount, cause, now } = plan;
  const id = newId();
  const watch = refundLife.watchFrom("sending", now);
  await sql`
    insert into refund (id, subject, subject_id, wallet_id, asset, amount, debit_account, status, requested_by, created_at,
      updated_at, next_check_at, deadline_at)
    values (${id}, ${subject}, ${subjectId}, ${walletId}, ${money.asset}, ${money.amount}, ${debitAccount}, 'sending',
      ${plan.by}, ${now}, ${now}, ${watch.next_check_at}, ${watch.deadline_at})`.execute(tx);
  await refundLife.recordCreation(tx, { id, to: "sending", cause, now });
  const refund = { id, wallet_id: walletId, debit_account: debitAccount, ...money };
  await startAttempt(tx, refund, { toAddress: plan.toAddress, by: plan.by, now });
  return id;
}

/** One more transfer of a refund of which none is under way. @throws {DomainError} `invalid_address` */
export async function startAttempt(
  tx: Tx,
  refund: Pick<Refund, "id" | "wallet_id" | "asset" | "amount" | "debit_account">,
  { toAddress: to, by, now }: { toAddress: string; by: string; now: Date },
): Promise<void> {
  const { asset, amount } = refund;
  const toAddress = await payersAddress(tx, registry.get(asset).chain, to);
  const id = newId();
  await sql`
    insert into refund_attempt (id, refund_id, seq, to_address, asked_by, created_at)
    select ${id}, ${refund.id}, coalesce(max(seq), 0) + 1, ${toAddress}, ${by}, ${now}
    from refund_attempt where refund_id = ${refund.id}`.execute(tx);
  await planTransfer(tx, {
    walletId: refund.wallet_id,
    purpose: refundPurpose,
    purposeId: id,
    money: { asset, amount },
    toAddress,
    debitAccount: refund.debit_account,
    doneTask: refundTasks.attemptEnded,
    correlationId: refund.id,
    now,
  });
  // Which asks whether it may leave, and how far it is: a transfer that cannot be signed ends nothing, and tells nobody.
  await refundLife.lookAgain(tx, refund.id, now);
}

/** An address in its normal form that may be a payer's: somebody's, and none of ours. @throws {DomainError} `invalid_address` */
async function payersAddress(tx: Tx, chain: string, to: string): Promise<string> {
  const address = normaliseAddressFor(chain, to, registry);
  const family = findNetwork(chain)?.family;
  const ours =
    (await isWallet(tx, chain, address)) ||
    (family !== undefined && (await findAddress(tx, family, address)) !== null);
  if (!ours) return address;
  throw new DomainError("invalid_address", `${address} is an address of ours: name the payer's own.`);
}

/** What may be sent for an attempt, by its refund's own row, while the attempt is under way. `null`: nothing, or no more. */
export async function refundIntent(tx: Tx, attemptId: string): Promise<TransferIntent | null> {
  const { rows } = await sql<TransferIntent>`
    select r.asset, r.amount, a.to_address as "toAddress" from refund_attempt a join refund r on r.id = a.refund_id
    where a.id = ${attemptId} and a.outcome is null and r.status in ('sending', 'stopped')`.execute(tx);
  return rows[0] ?? null;
}
