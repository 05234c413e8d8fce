import { inTransaction, sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { newId } from "../ids.ts";
import { accounts } from "../ledger/index.ts";
import { planTransfer, type TransferIntent } from "../transfers/index.ts";
import type { DepositDeps } from "./deps.ts";
import { coinsNotHere, refundEndedTask, refundRoute } from "./refund-deposit.ts";

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
    const { rows } = await sql`select from pay_order where id = ${orderId} for no key update`.execute(tx);
    if (rows.length === 0) throw new DomainError("unknown_order", `There is no order ${orderId}.`);
    const amount = await surplusLeft(tx, { orderId, asset });
    if (amount <= 0n)
      throw new DomainError(
        "no_surplus",
        `Order ${orderId} has nothing to give back in ${asset}, or it is on its way already.`,
      );
    const waiting = await sql`
      select from deposit where order_id = ${orderId} and asset = ${asset} and status = 'credited'
        and surplus_amount > 0 and swept_at is null`.execute(tx);
    if (waiting.rows.length > 0) throw coinsNotHere();
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
      doneTask: refundEndedTask,
      correlationId: id,
      now,
    });
  });
}

/** What the book holds less what is on its way, in one look: a refund that becomes final between two would be sent twice. */
async function surplusLeft(tx: Tx, { orderId, asset }: { orderId: string; asset: string }): Promise<bigint> {
  const { rows } = await sql<{ left: bigint }>`
    select ledger_balance(${accounts.surplus(orderId)}, ${asset}) - coalesce((
      select sum(r.amount) from surplus_refund r join transfer t on t.purpose = ${purpose} and t.purpose_id = r.id
      where r.order_id = ${orderId} and r.asset = ${asset}
        and t.status not in ('final', 'reverted', 'displaced', 'cancelled')), 0) as left`.execute(tx);
  return rows[0]?.left ?? 0n;
}

/** What may be sent back of a surplus, by the refund's own row. `null`: nothing. */
export async function surplusRefundIntent(tx: Tx, refundId: string): Promise<TransferIntent | null> {
  const { rows } = await sql<TransferIntent>`
    select asset, amount, to_address as "toAddress" from surplus_refund where id = ${refundId}`.execute(tx);
  return rows[0] ?? null;
}
