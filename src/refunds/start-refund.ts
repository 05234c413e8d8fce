import { findAddress } from "../addresses/index.ts";
import { findNetwork, normaliseAddressFor } from "../chains/index.ts";
import { sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import type { Cause } from "../lifecycle/index.ts";
import { registry, type Money } from "../money/index.ts";
import { isWallet, planTransfer, type TransferIntent } from "../transfers/index.ts";
import { refundLife, refundPurpose, type Refund, type RefundRate, type RefundSubject } from "./refund.ts";
import { refundTasks } from "./tasks.ts";

interface Planned {
  readonly subject: RefundSubject;
  readonly subjectId: string;
  /** Of what was paid for one; null: no order is known. */
  readonly orderId: string | null;
  /** The wallet of ours that sends, and where the coins are or will be. */
  readonly walletId: string;
  readonly money: Money;
  /** Where the book holds what is sent; debited once the transfer is final. */
  readonly debitAccount: string;
  readonly by: string;
  readonly cause: Cause;
  readonly now: Date;
}

export interface RefundPlan extends Planned {
  readonly toAddress: string;
}

/** A part of a settled payment. Its coins may not be here yet, and its payer may not have said where to. */
export interface PaymentRefundPlan extends Planned {
  readonly orderId: string;
  readonly id: string;
  /** Null: its payer is to say. */
  readonly toAddress: string | null;
  readonly why: string;
  readonly rate: RefundRate;
  readonly shareAmount: bigint;
  readonly fee: { readonly amount: bigint; readonly kept: boolean };
}

/**
 * Decides that something goes back to its payer, and plans its first transfer, in the caller's transaction. The network's fee
 * is ours. Of one subject and asset one refund is under way at a time, by a constraint.
 * @returns the refund's id.
 * @throws {DomainError} `invalid_address`, `secret_pasted`
 */
export async function startRefund(tx: Tx, plan: RefundPlan): Promise<string> {
  const { walletId, money, debitAccount, now } = plan;
  const id = newId();
  const toAddress = await payersAddress(tx, registry.get(money.asset).chain, plan.toAddress);
  await insertRefund(
    tx,
    { ...plan, id, toAddress, why: null, rate: "original", shareAmount: null, fee: null },
    "sending",
  );
  const refund = { id, wallet_id: walletId, debit_account: debitAccount, ...money };
  await startAttempt(tx, refund, { toAddress, by: plan.by, now });
  return id;
}

/**
 * Decides that a part of a settled payment goes back. Nothing is booked or sent yet: it sets out when its address is known and
 * its coins are here.
 * @throws {DomainError} `invalid_address`, `secret_pasted`
 */
export async function planPaymentRefund(tx: Tx, plan: PaymentRefundPlan): Promise<void> {
  const { id, money, now } = plan;
  const chain = registry.get(money.asset).chain;
  const toAddress = plan.toAddress === null ? null : await payersAddress(tx, chain, plan.toAddress);
  await insertRefund(tx, { ...plan, toAddress }, toAddress === null ? "awaiting_address" : "waiting");
  if (toAddress !== null) await refundLife.lookAgain(tx, id, now);
}

type Inserted = Planned &
  Pick<PaymentRefundPlan, "id" | "toAddress" | "rate"> & {
    readonly why: string | null;
    readonly shareAmount: bigint | null;
    readonly fee: PaymentRefundPlan["fee"] | null;
  };

async function insertRefund(
  tx: Tx,
  plan: Inserted,
  status: "awaiting_address" | "waiting" | "sending",
): Promise<void> {
  const { id, money, cause, now } = plan;
  const watch = refundLife.watchFrom(status, now);
  await sql`
    insert into refund (id, subject, subject_id, order_id, wallet_id, asset, amount, debit_account, to_address, why, rate,
      share_amount, fee_amount, fee_kept, status, reason, requested_by, created_at, updated_at, next_check_at, deadline_at)
    values (${id}, ${plan.subject}, ${plan.subjectId}, ${plan.orderId}, ${plan.walletId}, ${money.asset}, ${money.amount},
      ${plan.debitAccount}, ${plan.toAddress}, ${plan.why}, ${plan.rate}, ${plan.shareAmount}, ${plan.fee?.amount ?? 0n},
      ${plan.fee?.kept ?? false}, ${status}, ${status === "waiting" ? "not_looked_at" : null}, ${plan.by}, ${now}, ${now},
      ${watch.next_check_at}, ${watch.deadline_at})`.execute(tx);
  await refundLife.recordCreation(tx, { id, to: status, cause, now });
}

/** One more transfer of a refund of which none is under way. @throws {DomainError} `invalid_address`, `secret_pasted` */
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
  await sql`update refund set to_address = ${toAddress} where id = ${refund.id}`.execute(tx);
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

/**
 * An address in its normal form that may be a payer's: somebody's, and none of ours.
 * @throws {DomainError} `invalid_address`, `secret_pasted`
 */
export async function payersAddress(tx: Db | Tx, chain: string, to: string): Promise<string> {
  const address = normaliseAddressFor(chain, to, registry);
  const family = findNetwork(chain)?.family;
  const ours =
    (await isWallet(tx, chain, address)) ||
    (family !== undefined && (await findAddress(tx, family, address)) !== null);
  if (!ours) return address;
  throw new DomainError("invalid_address", `${address} is an address of ours: name the payer's own.`);
}

/** Whether an address may be where a refund goes. @returns it in its normal form. @throws {DomainError} `invalid_address`, `secret_pasted` */
export const checkPayersAddress = (
  db: Db,
  { asset }: Pick<Refund, "asset">,
  address: string,
): Promise<string> => payersAddress(db, registry.get(asset).chain, address);

/** What may be sent for an attempt, by its refund's own row, while the attempt is under way. `null`: nothing, or no more. */
export async function refundIntent(tx: Tx, attemptId: string): Promise<TransferIntent | null> {
  const { rows } = await sql<TransferIntent>`
    select r.asset, r.amount, a.to_address as "toAddress" from refund_attempt a join refund r on r.id = a.refund_id
    where a.id = ${attemptId} and a.outcome is null and r.status in ('sending', 'stopped')`.execute(tx);
  return rows[0] ?? null;
}
