import { inTransaction, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { DomainError } from "../errors.ts";
import { accounts } from "../ledger/index.ts";
import { startRefund, type SubjectRoom } from "../refunds/index.ts";
import { findWallet, type Wallet } from "../transfers/index.ts";
import type { DepositDeps } from "./deps.ts";
import { assertInReview, lockDeposit, refuseAssign, wakeClaims } from "./assign-deposit.ts";
import { depositSuspense, type DepositRow, depositLife } from "./deposit.ts";

/**
 * Sends a deposit in review back, whole, to the address that an operator names, once: its coins must have been gathered into
 * the hot wallet. The network's fee is ours.
 * @throws {DomainError} `unknown_deposit`, `deposit_not_in_review`, `coins_not_here`, `invalid_address`
 */
export async function refundDeposit(
  deps: DepositDeps,
  input: { depositId: string; toAddress: string; by: string },
): Promise<void> {
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    const row = assertInReview(await lockDeposit(tx, input.depositId), input.depositId);
    const refusal = refuseRefund(deps, row);
    if (refusal !== null) throw refusal;
    const wallet = await refundingWallet(deps, tx, row.chain);
    const cause: Cause = { kind: "operator", ref: input.by, note: `refunded to ${input.toAddress}` };
    await depositLife.advance(tx, { id: row.id, from: "in_review", to: "refunded", cause, now });
    await startRefund(tx, {
      subject: "deposit",
      subjectId: row.id,
      orderId: row.order_id,
      walletId: wallet.id,
      money: { asset: row.asset, amount: row.amount },
      toAddress: input.toAddress,
      debitAccount: accounts.suspense(depositSuspense),
      by: input.by,
      cause,
      now,
    });
    await wakeClaims(tx, row);
  });
}

/** Sent back is what is in review, for good, and in the hot wallet of a chain that sends. */
export const refuseRefund = (
  { chains }: Pick<DepositDeps, "chains">,
  row: Pick<DepositRow, "status" | "final" | "swept_at" | "chain">,
): DomainError | null =>
  refuseAssign(row) ?? (row.final && row.swept_at !== null && chains.has(row.chain) ? null : coinsNotHere());

export const coinsNotHere = (): DomainError =>
  new DomainError(
    "coins_not_here",
    "These coins are not in the hot wallet: wait until they are gathered from the payer's address, then refund.",
  );

/** The wallet that refunds on a chain. @throws {DomainError} `coins_not_here` */
export async function refundingWallet(deps: DepositDeps, tx: Tx, chain: string): Promise<Wallet> {
  const wallet = deps.chains.has(chain) ? await findWallet(tx, chain) : null;
  if (wallet === null) throw coinsNotHere();
  return wallet;
}

/** A refund that was not sent: the deposit is in review again, as it was. */
export const takeBackDepositRefund: NonNullable<SubjectRoom["takeBack"]> = async (
  tx,
  { subject_id: id },
  { cause, now },
) => {
  const watch = depositLife.watchFrom("in_review", now);
  await depositLife.advance(tx, {
    id,
    from: "refunded",
    to: "in_review",
    cause,
    now,
    set: { ...watch, next_check_at: now },
  });
  const row = await lockDeposit(tx, id);
  if (row !== null) await wakeClaims(tx, row);
};
