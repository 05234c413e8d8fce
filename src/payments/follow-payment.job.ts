import { z } from "zod";
import type { IncludedIn, Receipt } from "../chains/port.ts";
import { inTransaction, sql, type Tx } from "../database/index.ts";
import { defineJob, enqueue, type Job, type JobContext } from "../jobs/index.ts";
import { accounts, postEntry } from "../ledger/index.ts";
import { parseProviderUnits, valueInUsd } from "../money/index.ts";
import { findWallet, recordReceipt, type Wallet } from "../transfers/index.ts";
import type { PaymentDeps } from "./deps.ts";
import { findPayment, lockPayment, type Payment } from "./payment-store.ts";
import { paymentEntryId } from "./settle-payments.ts";

/**
 * What a booked payment still needs, none of which held up its booking: its value in USD, and the sight of its coins in a
 * wallet of ours. Runs until both are there; each part is recorded once.
 */
export const followPaymentJob = (deps: PaymentDeps): Job =>
  defineJob({
    name: "payments.follow",
    payload: z.object({ paymentId: z.uuid() }),
    async run({ paymentId }, context) {
      const payment = await findPayment(deps.db, paymentId);
      if (payment === null) return;
      if (payment.order_id !== null) await enqueue(deps.db, "orders.refresh", { orderId: payment.order_id });
      const valued = await valuePayment(deps, payment, context);
      const arrived = await followArrival(deps, payment, context);
      if (valued && arrived) return;
      const runAt = new Date(deps.clock.now().getTime() + waitFor(deps, payment));
      await inTransaction(deps.db, async (tx) => {
        // Should the job be lost, the sweeper finds the payment by its check time.
        await sql`update payment set next_check_at = ${new Date(runAt.getTime() + 120_000)} where id = ${paymentId}`.execute(
          tx,
        );
        await enqueue(tx, "payments.follow", { paymentId }, { runAt, key: `payments.follow:${paymentId}` });
      });
    },
  });

/** Waits longer the older the payment is: a tenth of its age, between the configured step and an hour. */
function waitFor(deps: PaymentDeps, payment: Payment): number {
  const age = deps.clock.now().getTime() - (payment.settled_at ?? payment.created_at).getTime();
  return Math.min(Math.max(deps.settings.followMs, age / 10), 3_600_000);
}

/** Observes prices for what settled and, where the processor's own price does not describe it, for what was paid. */
async function valuePayment(
  deps: PaymentDeps,
  payment: Payment,
  { signal, log }: JobContext,
): Promise<boolean> {
  const settled =
    payment.settled_usd_micros === null && payment.settled_asset !== null
      ? deps.registry.get(payment.settled_asset)
      : null;
  const needsPaid = payment.paid_usd_micros === 0n && !/^[0.]*$/.test(payment.paid_amount);
  const paid = needsPaid && payment.paid_asset !== null ? deps.registry.get(payment.paid_asset) : null;
  const assets = [settled, paid].filter((asset) => asset !== null);
  if (assets.length === 0) return true;
  const prices = await deps.prices.observe(assets, signal).catch((error: unknown) => {
    log.warn(
      { error, payment_id: payment.id },
      "no price source answered; the payment stays booked without a value",
    );
    return new Map<string, never>();
  });
  const settledPrice = settled && prices.get(settled.id);
  const paidPrice = paid && prices.get(paid.id);
  if (settled && settledPrice && payment.settled_amount !== null) {
    const value = valueInUsd(payment.settled_amount, settled, settledPrice.usd, "down");
    await inTransaction(deps.db, async (tx) => {
      await sql`update payment set settled_usd_micros = ${value} where id = ${payment.id} and settled_usd_micros is null`.execute(
        tx,
      );
      await sql`
        update earning set usd_micros = trunc(${value}::numeric * amount / ${payment.settled_amount}::numeric)
        where payment_id = ${payment.id} and usd_micros is null`.execute(tx);
    });
  }
  if (paid && paidPrice) {
    const amount = parseProviderUnits(payment.paid_amount, paid.decimals, "down");
    const value = valueInUsd(amount, paid, paidPrice.usd, "down");
    await sql`update payment set paid_usd_micros = ${value} where id = ${payment.id} and paid_usd_micros = 0`.execute(
      deps.db,
    );
    if (payment.order_id !== null) await enqueue(deps.db, "orders.refresh", { orderId: payment.order_id });
  }
  return (settled === null || Boolean(settledPrice)) && (paid === null || Boolean(paidPrice));
}

/** Looks for the processor's own transfer to our wallet, and books it when the chain shows it final. */
async function followArrival(
  deps: PaymentDeps,
  payment: Payment,
  { signal, log }: JobContext,
): Promise<boolean> {
  if (payment.arrival !== "expected" || payment.settled_asset === null) return true;
  const asset = deps.registry.get(payment.settled_asset);
  const chain = deps.chains.get(asset.chain);
  if (!chain) return true; // not a chain we run: the coins count as the processor's until an operator moves them
  const wallet = await findWallet(deps.db, asset.chain);
  const processor = deps.processors.get(payment.processor);
  if (!wallet || !processor) return false;
  const hash = payment.settlement_hash ?? (await askForHash(deps, payment, signal));
  if (hash === null) return (await findPayment(deps.db, payment.id))?.arrival === "custody";
  const reading = await chain.readTransaction(hash, [wallet.address], signal);
  if (reading.status !== "succeeded" || !reading.final) return false;
  const receipt = reading.receipts.find((one) => one.asset.id === asset.id);
  if (!receipt) {
    log.error(
      { payment_id: payment.id, hash },
      "the processor's transfer brought nothing of this payment to our wallet",
    );
    return false;
  }
  await inTransaction(deps.db, (tx) =>
    bookArrival(deps, tx, payment.id, { hash, receipt, includedIn: reading.includedIn, wallet }),
  );
  return true;
}

async function askForHash(deps: PaymentDeps, payment: Payment, signal: AbortSignal): Promise<string | null> {
  const found = await deps.processors.get(payment.processor)?.fetchPayment(payment.external_id, signal);
  if (!found) return null;
  const { settlementHash, inCustody } = found.payment;
  if (inCustody)
    await sql`update payment set arrival = 'custody' where id = ${payment.id} and arrival = 'expected'`.execute(
      deps.db,
    );
  else if (settlementHash !== null)
    await sql`update payment set settlement_hash = ${settlementHash} where id = ${payment.id}`.execute(
      deps.db,
    );
  return inCustody ? null : settlementHash;
}

/** Moves what was settled from the processor to the wallet; a difference to what it announced is variance. */
async function bookArrival(
  deps: PaymentDeps,
  tx: Tx,
  paymentId: string,
  arrival: { hash: string; receipt: Receipt; includedIn: IncludedIn; wallet: Wallet },
): Promise<void> {
  const payment = await lockPayment(tx, paymentId);
  if (payment?.arrival !== "expected" || payment.settled_amount === null || payment.settled_asset === null)
    return;
  const { receipt, wallet, hash, includedIn } = arrival;
  const now = deps.clock.now();
  const recorded = await recordReceipt(tx, {
    chain: wallet.chain,
    transactionHash: hash,
    receipt,
    walletId: wallet.id,
    purpose: "payment",
    purposeId: payment.id,
    credit: accounts.processor(payment.processor),
    creditAtMost: { amount: payment.settled_amount, surplusTo: accounts.platform("variance") },
    happenedAt: includedIn.blockTime,
    now,
  });
  const shortfall = payment.settled_amount - receipt.amount;
  if (recorded === "recorded" && shortfall > 0n)
    await postEntry(tx, {
      id: paymentEntryId(payment.id, "shortfall"),
      reason: "settlement_shortfall",
      happenedAt: includedIn.blockTime,
      postings: [
        {
          debit: accounts.platform("variance"),
          credit: accounts.processor(payment.processor),
          money: { asset: payment.settled_asset, amount: shortfall },
        },
      ],
    });
  await sql`update payment set arrival = 'seen', next_check_at = null where id = ${payment.id}`.execute(tx);
  await sql`update earning set spendable = true where payment_id = ${payment.id}`.execute(tx);
  const { rows } =
    await sql`select from earning where payment_id = ${payment.id} and route = 'instant' and status = 'pending'`.execute(
      tx,
    );
  if (rows.length > 0) await enqueue(tx, "payouts.plan", {});
}
