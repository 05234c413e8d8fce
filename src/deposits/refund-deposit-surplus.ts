import { inTransaction } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { accounts } from "../ledger/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { lockOrder } from "../orders/index.ts";
import { startRefund } from "../refunds/index.ts";
import type { DepositDeps } from "./deps.ts";
import { refundingWallet } from "./refund-deposit.ts";
import { readSurplus, refuseSurplusRefund } from "./surplus.ts";

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
    const wallet = await refundingWallet(deps, tx, chain);
    const cause: Cause = { kind: "operator", ref: input.by, note: `refunded to ${input.toAddress}` };
    await startRefund(tx, {
      subject: "surplus",
      subjectId: orderId,
      orderId,
      walletId: wallet.id,
      money: { asset, amount },
      toAddress: input.toAddress,
      debitAccount: accounts.surplus(orderId),
      by: input.by,
      cause,
      now,
    });
  });
}
