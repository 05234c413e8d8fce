import { CompiledQuery } from "kysely";
import { type Cause, sweptFrom } from "../lifecycle/index.ts";
import { settledEarnings, type EarningRoute, type Share } from "../earnings/index.ts";
import { EngineError, InvariantViolation } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { jobArguments, wakeWorkers } from "../jobs/index.ts";
import { accounts, entryArguments, postEntries, toLedgerError, type JournalEntry } from "../ledger/index.ts";
import { allocate, computeFee, type Asset, type FeeTerms, type Money } from "../money/index.ts";
import { createLane, prepared, sqlStateOf, type Db, type Lane, type Tx } from "../database/index.ts";
import { paymentLife } from "./payment.ts";
import { paymentTasks } from "./tasks.ts";

/** The parts of an order that settling needs, with each payee's way of being paid as it is now. */
export interface SettlementTerms {
  readonly orderId: string;
  readonly fee: FeeTerms;
  readonly splits: readonly {
    readonly payeeId: string;
    readonly weightBps: number;
    readonly route: EarningRoute;
    /** Our fee of this part; null or left out: the order's. */
    readonly feeBps?: number | null;
  }[];
}

/** What was said of a payment by whoever told of it. Decimals are their own text, never a float. */
export interface PaymentFacts {
  readonly rawStatus: string;
  /** What was asked. Never what arrived. */
  readonly price: { readonly currency: string; readonly amount: string };
  /** Asked and arrived, both in the coin the payer chose. `asset` is null for a coin the registry lacks. */
  readonly paid: {
    readonly currency: string;
    readonly asset: Asset | null;
    readonly asked: string;
    readonly arrived: string;
  };
}

/** A payment that settled, whatever brought it: a processor's event, or coins at an address of ours. */
export interface BookingRequest {
  /** Who tells of it and what they call it: the same again is the same payment. */
  readonly processor: string;
  readonly externalId: string;
  /** What it is beyond what settled of the same payment before; absent: the payment as it first settles. */
  readonly rest?: PartOf;
  /** Set: a repeated or wrong-asset deposit beside another payment. */
  readonly parentExternalId: string | null;
  readonly fromStatus: string | null;
  readonly facts: PaymentFacts;
  /** What is ours of it, base units. */
  readonly settled: { readonly asset: Asset; readonly amount: bigint };
  /** When that was so in the world; null: nobody says, and the books say now. */
  readonly settledAt: Date | null;
  /** The transfer that brings its coins; null while unknown. */
  readonly settlementHash: string | null;
  /** Its coins wait at the processor until they are asked for. */
  readonly inCustody: boolean;
  readonly paidUsdMicros: bigint;
  readonly terms: SettlementTerms;
  readonly cause: Cause;
  /** The account that the money comes from; the processor's unless given. */
  readonly source?: string;
}

/** One part of a payment that settled in several. */
export interface PartOf {
  readonly part: number;
  /** Base units of the parts before it, in order. */
  readonly before: readonly bigint[];
}

/** @param part of one that settled in several; see `Payment.part`. */
export const paymentIdOf = (processor: string, externalId: string, part = 0): string =>
  derivedId("payment", processor, externalId, ...(part === 0 ? [] : [String(part)]));
export const paymentEntryId = (paymentId: string, booking: string): string =>
  derivedId("payment", paymentId, booking);

/**
 * Fee and shares of one settled amount. Fee + Σ shares = settled, to the base unit. Of a part with a fee of its own that fee alone
 * is taken, so that nobody pays for another's terms; a fixed fee is borne by all by what they have after that.
 */
export function splitSettlement(settled: Money, terms: SettlementTerms): { fee: bigint; shares: Share[] } {
  const fee = computeFee(settled, terms.fee, terms.splits);
  const weights = terms.splits.map(({ payeeId: id, weightBps, feeBps }) => ({
    id,
    weight: BigInt(weightBps) * BigInt(10_000 - (feeBps ?? terms.fee.bps)),
  }));
  // Where everything is fee there is nothing to divide.
  const amounts = weights.some(({ weight }) => weight > 0n)
    ? allocate(settled.amount - fee, weights)
    : new Map<string, bigint>();
  const shares = terms.splits.map(({ payeeId, route }) => ({
    payeeId,
    route,
    amount: amounts.get(payeeId) ?? 0n,
  }));
  return { fee, shares: shares.filter((share) => share.amount > 0n) };
}

/**
 * Fee and shares of what settled of a payment beyond `before`, the parts of it that settled earlier, in order. Fee + Σ
 * shares = settled, to the base unit; with the parts before, each has what the whole gives them. Where a larger whole gives
 * somebody a unit less than they have, it is taken from what others are still owed, and made good by the next part.
 */
export function splitRest(
  settled: Money,
  before: readonly bigint[],
  terms: SettlementTerms,
): { fee: bigint; shares: Share[] } {
  if (before.length === 0) return splitSettlement(settled, terms);
  const got = new Map<string, bigint>();
  let whole = 0n;
  let feeOfWhole = 0n;
  let part = { fee: 0n, shares: [] as Share[] };
  for (const amount of [...before, settled.amount]) {
    whole += amount;
    const split = splitSettlement({ asset: settled.asset, amount: whole }, terms);
    const fee = split.fee - feeOfWhole;
    part = { fee, shares: lackingOf(split.shares, got, amount - fee) };
    feeOfWhole = split.fee;
    for (const share of part.shares) got.set(share.payeeId, (got.get(share.payeeId) ?? 0n) + share.amount);
  }
  return part;
}

/** What each of them lacks of their share, `total` in all. */
function lackingOf(shares: readonly Share[], got: ReadonlyMap<string, bigint>, total: bigint): Share[] {
  const lacking = shares
    .map((share) => ({ ...share, amount: share.amount - (got.get(share.payeeId) ?? 0n) }))
    .filter((share) => share.amount > 0n);
  // What somebody has too much, a unit at most, the others leave them: first whoever lacks most.
  const byAmount = lacking.toSorted((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0));
  let over = lacking.reduce((sum, share) => sum + share.amount, 0n) - total;
  for (let turn = 0; over > 0n; turn = (turn + 1) % byAmount.length) {
    const share = byAmount[turn]!;
    if (share.amount === 0n) continue;
    share.amount -= 1n;
    over -= 1n;
  }
  return lacking.filter((share) => share.amount > 0n);
}

/**
 * Books settled payments in one round trip: facts, status, history, earnings, journal entries and the jobs that follow them
 * up. Safe to repeat: a payment already settled is left alone. In the caller's transaction all or none; given a database,
 * callers that wait at the same moment share a commit, and each call still succeeds or fails by itself.
 * @returns how many were booked by this call.
 * @throws {EntryConflict} a payment was booked before with another amount. Roll back; a person must look.
 */
export async function settlePayments(
  db: Db | Tx,
  requests: readonly BookingRequest[],
  now: Date,
): Promise<number> {
  const bookings = requests.map((request) => describe(request, now));
  if (bookings.length === 0) return 0;
  if (!db.isTransaction) return laneOf(db)({ bookings, now });
  return (await book(db, bookings, now)).size;
}

/**
 * The same in the caller's transaction, together with entries of the caller's own: what those bring, the payments may spend, and
 * what the two move back and forth on one account locks nobody out.
 * @param entries none that anybody else posts, and none twice.
 */
export async function settleAlongside(
  tx: Tx,
  requests: readonly BookingRequest[],
  entries: readonly JournalEntry[],
  now: Date,
): Promise<number> {
  if (requests.length === 0) {
    await postEntries(tx, entries);
    return 0;
  }
  const bookings = requests.map((request) => describe(request, now));
  return (await book(tx, bookings, now, entries)).size;
}

interface Call {
  readonly bookings: readonly Booking[];
  readonly now: Date;
}

const lanes = new WeakMap<Db, Lane<Call, number>>();

/** Where the callers of one database wait for each other. Workers find the jobs by themselves within a second. */
function laneOf(db: Db): Lane<Call, number> {
  const known = lanes.get(db);
  if (known) return known;
  const lane = createLane<Call, number>({
    largestBatch: 100,
    atOnce: 2, // one is described here while the database writes the other
    async work(calls) {
      const settled = await book(
        db,
        calls.flatMap(({ bookings }) => bookings),
        calls[0]!.now,
      );
      return calls.map(({ bookings }) => bookings.filter(({ payment }) => settled.has(payment.id)).length);
    },
    // Two calls about one payment must see each other's outcome.
    keysOf: ({ bookings }) => bookings.map(({ payment }) => payment.id),
    isOwnFault: (error) => error instanceof EngineError || /^(22|23|P0)/.test(sqlStateOf(error) ?? ""),
  });
  lanes.set(db, lane);
  return lane;
}

const settling = `select payment_settle($1, $2, $3, $4, $5, '${paymentTasks.follow.name}', ${jobArguments({}).maxAttempts},
    $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) as settled`;
const settleStatement = prepared("payment_settle", settling);
const settleAndWakeStatement = prepared("payment_settle_and_wake", `${settling}, ${wakeWorkers}`);

/**
 * @param alongside entries that are posted with the payments' own.
 * @returns the ids of the payments that this call settled.
 */
async function book(
  db: Db | Tx,
  bookings: readonly Booking[],
  now: Date,
  alongside: readonly JournalEntry[] = [],
): Promise<Set<string>> {
  // First the payments' own: the n-th is the n-th payment's.
  const entries = entryArguments([...bookings.map(({ entry }) => entry), ...alongside]);
  if (new Set(entries.ids).size < entries.ids.length)
    throw new InvariantViolation("entry_given_twice", "An entry is given twice to one call of the ledger.");
  const payments = JSON.stringify(bookings.map(({ payment }) => payment));
  const earnings = JSON.stringify(bookings.flatMap((one) => one.earnings));
  const values = [
    payments,
    earnings,
    now,
    sweptFrom(now),
    paymentLife.watchFrom("settled", now).deadline_at,
    entries.ids,
    entries.reasons,
    entries.hashes,
    entries.happenedAt,
    entries.reverses,
    entries.entry,
    entries.debit,
    entries.credit,
    entries.asset,
    entries.amount,
  ];
  try {
    const statement = db.isTransaction ? settleAndWakeStatement : settleStatement;
    const { rows } = await db.executeQuery<{ settled: string[] }>(CompiledQuery.raw(statement, values));
    return new Set(rows[0]?.settled);
  } catch (error) {
    throw toLedgerError(error);
  }
}

type Booking = ReturnType<typeof describe>;

function describe(request: BookingRequest, now: Date) {
  const { processor, externalId, settled, terms } = request;
  const { part, before } = request.rest ?? { part: 0, before: [] };
  const id = paymentIdOf(processor, externalId, part);
  const money: Money = { asset: settled.asset.id, amount: settled.amount };
  const { fee, shares } = splitRest(money, before, terms);
  const source = request.source ?? accounts.processor(processor);
  const happenedAt = request.settledAt ?? now;
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
  const job = jobArguments({ id });
  const payment = {
    id,
    processor,
    external_id: externalId,
    part,
    parent_external_id: request.parentExternalId,
    order_id: terms.orderId,
    from_status: request.fromStatus,
    cause: request.cause,
    ...factColumns(request.facts),
    paid_usd_micros: request.paidUsdMicros.toString(),
    settled_asset: money.asset,
    settled_amount: money.amount.toString(),
    settled_at: happenedAt,
    fee_amount: fee.toString(),
    arrival: request.inCustody ? "custody" : "expected",
    settlement_hash: request.settlementHash,
    job: job.payload,
  };
  const earnings = settledEarnings(id, money.asset, shares);
  return { payment, earnings, entry };
}

/** What was said of a payment, as its columns. */
export const factColumns = ({ rawStatus, price, paid }: PaymentFacts) => ({
  processor_status: rawStatus,
  price_amount: price.amount,
  price_currency: price.currency,
  paid_currency: paid.currency,
  paid_asset: paid.asset?.id ?? null,
  asked_amount: paid.asked,
  paid_amount: paid.arrived,
});
