import { inTransaction, sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { findAddress } from "../addresses/index.ts";
import { DomainError } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import { accounts } from "../ledger/index.ts";
import {
  findTransferOf,
  findWallet,
  isWallet,
  planTransfer,
  type TransferIntent,
  type Wallet,
} from "../transfers/index.ts";
import type { DepositDeps } from "./deps.ts";
import { assertInReview, lockDeposit, refuseAssign, wakeClaims } from "./assign-deposit.ts";
import { depositSuspense, type DepositRow, depositLife } from "./deposit.ts";
import { depositTasks } from "./tasks.ts";

export const depositRefundPurpose = "deposit_refund";

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
    const { wallet, toAddress } = await refundRoute(deps, tx, { chain: row.chain, to: input.toAddress });
    const cause: Cause = { kind: "operator", ref: input.by, note: `refunded to ${toAddress}` };
    await depositLife.advance(tx, {
      id: row.id,
      from: "in_review",
      to: "refunded",
      cause,
      now,
      set: { refund_address: toAddress },
    });
    await planTransfer(tx, {
      walletId: wallet.id,
      purpose: depositRefundPurpose,
      purposeId: row.id,
      money: { asset: row.asset, amount: row.amount },
      toAddress,
      debitAccount: accounts.suspense(depositSuspense),
      doneTask: depositTasks.refundEnded,
      correlationId: row.id,
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

/** The wallet that refunds on a chain, and the payer's address in normal form. @throws {DomainError} `coins_not_here`, `invalid_address` */
export async function refundRoute(
  deps: DepositDeps,
  tx: Tx,
  { chain: name, to }: { chain: string; to: string },
): Promise<{ wallet: Wallet; toAddress: string }> {
  const chain = deps.chains.get(name);
  const family = deps.depositChains.get(name)?.family;
  const wallet = await findWallet(tx, name);
  if (!chain || !family || wallet === null) throw coinsNotHere();
  const toAddress = chain.normaliseAddress(to);
  if ((await isWallet(tx, name, toAddress)) || (await findAddress(tx, family, toAddress)) !== null)
    throw new DomainError("invalid_address", `${toAddress} is an address of ours: name the payer's own.`);
  return { wallet, toAddress };
}

/** What may be sent back of a deposit, by its own row. `null`: nothing. */
export async function depositRefundIntent(tx: Tx, depositId: string): Promise<TransferIntent | null> {
  const { rows } = await sql<TransferIntent>`
    select asset, amount, refund_address as "toAddress" from deposit
    where id = ${depositId} and status = 'refunded' and refund_address is not null and swept_at is not null`.execute(
    tx,
  );
  return rows[0] ?? null;
}

/** Told when a refund's transfer ends. What did not arrive stays in its account, where the desk shows it. */
export const directRefundEndedJob = (deps: DepositDeps): Job =>
  defineJob(depositTasks.refundEnded, {
    async run({ id }, { log }) {
      const transfer =
        (await findTransferOf(deps.db, depositRefundPurpose, id)) ??
        (await findTransferOf(deps.db, "surplus_refund", id));
      const facts = { refund_id: id, transfer_id: transfer?.id, status: transfer?.status };
      if (transfer?.status === "final") log.info(facts, "a payer has their money back");
      else log.error(facts, "a refund did not reach the payer; the desk shows the money");
    },
  });
