import { inTransaction, sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { accounts } from "../ledger/index.ts";
import { lockOrder } from "../orders/index.ts";
import { planTransfer, type TransferIntent } from "../transfers/index.ts";
import type { DepositDeps } from "./deps.ts";
import { refundRoute } from "./refund-deposit.ts";
import { readSurplus, refuseSurplusRefund } from "./surplus.ts";
import { depositTasks } from "./tasks.ts";

const purpose = "surplus_refund";

/**
 * Sends what was paid beyond an order's price in one asset back, all of it, to the address that an operator names. Its coins
 * must have been gathered into the hot wallet. What is on its way back already is not sent again.
 * @throws {DomainError} `unknown_order`, `unknown_asset`, `no_surplus`, `coins_not_here`, `invalid_address`
 */
export async function refundSurplus(
  deps: DepositDeps,
  input: { orderId: string; asset: string; toAddress: string; by: string },
): Promise<void> {
  const { orderId } = input;
  const { id: asset, chain } = deps.registry.get(input.asset);
  const now = deps.clock.now();
  await inTransaction(deps.db, async (tx) => {
    // Two refunds of one order are decided one after the other.
    if ((await lockOrder(tx, orderId, "no key update")) === null)
      throw new DomainError("unknown_order", `There is no order ${orderId}.`);
    const surplus = await readSurplus(tx, { orderId, asset });
    const refusal = refuseSurplusRefund(deps, surplus);
    if (refusal !== null) throw refusal;
    const { amount } = surplus;
    const { wallet, toAddress } = await refundRoute(deps, tx, { chain, to: input.toAddress });
    const id = newId();
    await sql`
      insert into surplus_refund (id, order_id, asset, amount, to_address, refunded_by, created_at)
      values (${id}, ${orderId}, ${asset}, ${amount}, ${toAddress}, ${input.by}, ${now})`.execute(tx);
    await planTransfer(tx, {
      walletId: wallet.id,
      purpose,
      purposeId: id,
      money: { asset, amount },
      toAddress,
      debitAccount: accounts.surplus(orderId),
      doneTask: depositTasks.refundEnded,
      correlationId: id,
      now,
    });
  });
}

/** What may be sent back of a surplus, by the refund's own row. `null`: nothing. */
export async function surplusRefundIntent(tx: Tx, refundId: string): Promise<TransferIntent | null> {
  const { rows } = await sql<TransferIntent>`
    select asset, amount, to_address as "toAddress" from surplus_refund where id = ${refundId}`.execute(tx);
  return rows[0] ?? null;
}
