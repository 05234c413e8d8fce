import { sql, type Cause, type Db, type Tx } from "../database/index.ts";
import { derivedId } from "../ids.ts";
import { jobArguments } from "../jobs/index.ts";
import { accounts, entryArguments, type JournalEntry } from "../ledger/index.ts";
import { allocate, computeFee, type Asset, type FeeTerms, type Money } from "../money/index.ts";
import type { ProcessorPayment } from "../providers/port.ts";

/** The parts of an order that settling needs, with each payee's way of being paid as it is now. */
export interface SettlementTerms {
  readonly orderId: string;
  readonly fee: FeeTerms;
  readonly splits: readonly {
    readonly payeeId: string;
    readonly weightBps: number;
    readonly route: "instant" | "threshold";
  }[];
}

export interface Settlement {
  readonly event: ProcessorPayment;
  readonly processor: string;
  readonly fromStatus: string | null;
  readonly settled: { readonly asset: Asset; readonly amount: bigint };
  readonly paidUsdMicros: bigint;
  readonly terms: SettlementTerms;
  readonly cause: Cause;
}

export const paymentIdOf = (processor: string, externalId: string): string =>
  derivedId("payment", processor, externalId);
export const paymentEntryId = (paymentId: string, booking: string): string =>
  derivedId("payment", paymentId, booking);

export interface Share {
  readonly payeeId: string;
  readonly route: "instant" | "threshold";
  readonly amount: bigint;
}

/** Fee and shares of one settled amount. Fee + Σ shares = settled, to the base unit. */
export function splitSettlement(settled: Money, terms: SettlementTerms): { fee: bigint; shares: Share[] } {
  const fee = computeFee(settled, terms.fee);
  const weights = terms.splits.map((split) => ({ id: split.payeeId, weight: BigInt(split.weightBps) }));
  const amounts = allocate(settled.amount - fee, weights);
  const shares = terms.splits.map(({ payeeId, route }) => ({
    payeeId,
    route,
    amount: amounts.get(payeeId) ?? 0n,
  }));
  return { fee, shares: shares.filter((share) => share.amount > 0n) };
}

/**
 * Books settled payments, all or none, in one round trip: facts, status, history, earnings, journal entries and the jobs
 * that follow them up. Safe to repeat: a payment already settled is left alone.
 * @returns how many were booked by this call.
 * @throws {EntryConflict} a payment was booked before with another amount. Roll back; a person must look.
 */
export async function settlePayments(
  db: Db | Tx,
  settlements: readonly Settlement[],
  now: Date,
): Promise<number> {
  const booked = settlements.map((settlement) => describe(settlement, now));
  const entries = entryArguments(booked.map((one) => one.entry));
  const jobs = booked.map((one) => jobArguments({ paymentId: one.payment.id }));
  const { rows } = await sql<{ count: number }>`
    select payment_settle(${JSON.stringify(booked.map((one) => one.payment))}::jsonb,
      ${JSON.stringify(booked.flatMap((one) => one.earnings))}::jsonb, ${now}, 'payments.follow',
      ${jobs.map((job) => job.payload)}::json[], ${jobs[0]?.maxAttempts ?? 25},
      ${entries.ids}::uuid[], ${entries.reasons}::text[], ${entries.hashes}::bytea[], ${entries.happenedAt}::timestamptz[],
      ${entries.reverses}::uuid[], ${entries.entry}::integer[], ${entries.debit}::text[], ${entries.credit}::text[],
      ${entries.asset}::text[], ${entries.amount}::numeric[]) as count`.execute(db);
  return rows[0]?.count ?? 0;
}

function describe(
  { event, processor, fromStatus, settled, paidUsdMicros, terms, cause }: Settlement,
  now: Date,
) {
  const id = paymentIdOf(processor, event.externalId);
  const money: Money = { asset: settled.asset.id, amount: settled.amount };
  const { fee, shares } = splitSettlement(money, terms);
  const source = accounts.processor(processor);
  const happenedAt = event.updatedAt ?? now;
  const entry: JournalEntry = {
    id: paymentEntryId(id, "settled"),
    reason: "payment_settled",
    happenedAt,
    postings: [
      ...shares.map(({ payeeId, amount }) => ({
        debit: source,
        credit: accounts.payee(payeeId, "pending"),
        money: { asset: money.asset, amount },
      })),
      ...(fee > 0n
        ? [{ debit: source, credit: accounts.platform("fees"), money: { asset: money.asset, amount: fee } }]
        : []),
    ],
  };
  const payment = {
    id,
    processor,
    external_id: event.externalId,
    parent_external_id: event.parentExternalId,
    order_id: terms.orderId,
    from_status: fromStatus,
    cause,
    ...paymentFacts(event),
    paid_usd_micros: paidUsdMicros.toString(),
    settled_asset: money.asset,
    settled_amount: money.amount.toString(),
    settled_at: happenedAt,
    fee_amount: fee.toString(),
    arrival: event.inCustody ? "custody" : "expected",
    settlement_hash: event.settlementHash,
    next_check_at: new Date(now.getTime() + 120_000),
    deadline_at: new Date(now.getTime() + 24 * 3_600_000),
  };
  const earnings = shares.map(({ payeeId, route, amount }) => ({
    id: derivedId("earning", id, payeeId),
    payment_id: id,
    payee_id: payeeId,
    asset: money.asset,
    amount: amount.toString(),
    route,
  }));
  return { payment, earnings, entry };
}

/** The processor's words about a payment, as its columns. */
export function paymentFacts(event: ProcessorPayment) {
  return {
    processor_status: event.rawStatus,
    price_amount: event.price.amount,
    price_currency: event.price.currency,
    paid_currency: event.paid.currency,
    paid_asset: event.paid.asset?.id ?? null,
    asked_amount: event.paid.asked,
    paid_amount: event.paid.arrived,
  };
}
