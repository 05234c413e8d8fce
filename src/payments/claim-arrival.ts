import { sql, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { refuseAcceptShort, unknownPayment } from "./accept-short-settlement.ts";
import type { Payment } from "./payment-store.ts";
import { settlementId, undivided } from "./settlement.ts";
import { paymentTasks } from "./tasks.ts";

/** Coins that arrived, of one transaction. */
interface Arrived {
  readonly transaction_hash: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly purpose_id: string;
}

/**
 * An operator says that a transaction is what a payment's processor owes for it: the payment takes its coins of it soon.
 * @throws {DomainError} `unknown_payment`, `payment_not_awaited`, `wrong_chain`: it is owed another asset.
 */
export async function claimForPayment(
  tx: Tx,
  paymentId: string,
  { transaction_hash: hash, asset }: Arrived,
): Promise<{ purpose: string; purposeId: string; credit: string }> {
  const { rows } = await sql<Payment>`select * from payment where id = ${paymentId} for update`.execute(tx);
  const payment = rows[0];
  if (payment === undefined) throw unknownPayment(paymentId);
  const refusal = refuseAcceptShort(payment);
  if (refusal !== null) throw refusal;
  if (payment.settled_asset !== asset)
    throw new DomainError(
      "wrong_chain",
      `Payment ${paymentId} is owed ${payment.settled_asset}, not ${asset}.`,
    );
  await sql`
    update payment set settlement_hash = ${hash}, arrival = 'expected' where id = ${paymentId}`.execute(tx);
  await enqueueOnce(tx, paymentTasks.follow, { id: paymentId });
  return { purpose: "settlement", purposeId: settlementId(payment.processor, hash), credit: undivided };
}

/** How much of a processor's transfer no payment took: the rest has gone to payees. Base units. */
export async function releasedOfSettlement(
  tx: Tx,
  { transaction_hash: hash, asset, purpose_id, amount }: Arrived,
  { brought: arrived }: { readonly brought: bigint },
): Promise<bigint> {
  const { rows } = await sql<{ processor: string; taken: bigint }>`
    select processor, coalesce(sum(arrived_amount), 0) as taken from payment
    where settlement_hash = ${hash} and settled_asset = ${asset} and arrival = 'seen' group by processor`.execute(
    tx,
  );
  const taken = rows.find(({ processor }) => settlementId(processor, hash) === purpose_id)?.taken ?? 0n;
  const left = arrived > taken ? arrived - taken : 0n;
  return left < amount ? left : amount;
}
