import type { Tx } from "../database/index.ts";
import { accounts, balanceOf, postingsInForce } from "../ledger/index.ts";
import { derivedId } from "../ids.ts";

/**
 * Whether the ledger itself holds this money for this payout: its own entry put exactly so much into the payee's hold, nothing
 * gave it back, and the hold has it still. Read from entries alone, so that no row of another table can widen what leaves.
 */
export async function payoutCovered(
  tx: Tx,
  payout: { readonly id: string; readonly payeeId: string; readonly asset: string; readonly amount: bigint },
): Promise<boolean> {
  const { id, payeeId, asset, amount } = payout;
  const hold = accounts.payee(payeeId, "held");
  const [held, ...more] = await postingsInForce(tx, derivedId("payout", id, "held"));
  if (held === undefined || more.length > 0) return false;
  if (held.credit !== hold || held.money.asset !== asset || held.money.amount !== amount) return false;
  if ((await postingsInForce(tx, derivedId("payout", id, "released"))).length > 0) return false;
  return (await balanceOf(tx, hold, asset)) >= amount;
}

/**
 * Whether the ledger itself holds this money for this refund of a payment: its own entry put exactly so much where refunds wait, and
 * nothing took it back.
 */
export async function refundCovered(
  tx: Tx,
  { id, asset, amount }: { readonly id: string; readonly asset: string; readonly amount: bigint },
): Promise<boolean> {
  const waiting = accounts.suspense("refunds");
  const postings = await postingsInForce(tx, derivedId("refund", id, "set_aside"));
  const held = postings.filter(({ credit, money }) => credit === waiting && money.asset === asset);
  if (held.reduce((sum, { money }) => sum + money.amount, 0n) !== amount) return false;
  return (await balanceOf(tx, waiting, asset)) >= amount;
}
