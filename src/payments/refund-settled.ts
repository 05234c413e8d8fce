import { inTransaction, sql, sqlStateOf, type Tx } from "../database/index.ts";
import {
  concludeRefund,
  isWhollyRefunded,
  owedBack,
  payoutsHolding,
  releaseRefund,
  reserveForRefund,
  setAsideForRefund,
  unrefundedShares,
} from "../earnings/index.ts";
import { DomainError, ProviderError } from "../errors.ts";
import { derivedId, newId } from "../ids.ts";
import { enqueue, enqueueOnce } from "../jobs/index.ts";
import { accounts, equityByAsset, postEntry, reverseEntry, type Posting } from "../ledger/index.ts";
import type { Cause } from "../lifecycle/index.ts";
import { allocate, amountAtPrices, divide, formatUnits, parseMoney, type Money } from "../money/index.ts";
import {
  endRefundsOf,
  insertLink,
  planPaymentRefund,
  readRefundTerms,
  refundedOf,
  type NewLink,
  type Refund,
  type RefundRate,
  type SubjectRoom,
} from "../refunds/index.ts";
import { findWallet } from "../transfers/index.ts";
import type { PaymentDeps } from "./deps.ts";
import { paymentLife } from "./payment.ts";
import { findPayment, lockPayment, type Payment } from "./payment-store.ts";
import { ordersRefresh, payoutsAdvance } from "./tasks.ts";

export interface PaymentRefundRequest {
  readonly orderId: string;
  /** Null: the order's only one of which something is left to refund. */
  readonly paymentId: string | null;
  /** The part of what came that is refunded, in whole coins of its asset; null: all that is left of it. */
  readonly share: { readonly asset: string; readonly amount: string } | null;
  readonly rate: RefundRate;
  /** Null: its payer says where to, by a link. */
  readonly toAddress: string | null;
  readonly why: string;
  readonly by: string;
  readonly cause: Cause;
}

type RefundDeps = Pick<PaymentDeps, "db" | "clock" | "registry" | "prices" | "chains">;

/** Of a settled payment, what no refund of ours is for yet. */
const unrefunded = (payment: Payment): bigint => (payment.settled_amount ?? 0n) - payment.refund_reserved;

/**
 * Decides that a payment of an order goes back to its payer, whole or a part of it, in the asset that came to us. Our fee and the payees'
 * shares are reserved for it in proportion; all of it is booked when it sets out. However many are asked for at once, together they are
 * never more than what came: a constraint of the payment's row.
 * @returns the refund's id, and the payer's link, this once; null: an address was given.
 * @throws {DomainError} `nothing_to_refund`, `payment_ambiguous`, `unknown_payment`, `refund_above_paid`, `invalid_amount`,
 *   `price_unavailable`, `refund_not_sendable`, `invalid_address`, `secret_pasted`
 */
export async function refundOrder(
  deps: RefundDeps,
  request: PaymentRefundRequest,
  signal: AbortSignal,
): Promise<{ readonly refundId: string; readonly link: NewLink | null }> {
  const chosen = await choosePayment(deps, request);
  const price = request.rate === "current" ? await priceNow(deps, chosen, signal) : null;
  try {
    return await inTransaction(deps.db, async (tx) => {
      const payment = await lockPayment(tx, chosen.id);
      if (payment?.status !== "settled") throw nothingToRefund(request.orderId);
      return decide(deps, tx, payment, { ...request, price });
    });
  } catch (error) {
    if (sqlStateOf(error) === "23514" && String(error).includes("refunded_within_settled"))
      throw aboveLeft(deps, chosen);
    throw error;
  }
}

async function choosePayment(
  { db }: RefundDeps,
  { orderId, paymentId }: PaymentRefundRequest,
): Promise<Payment> {
  const { rows } = await sql<Payment>`
    select * from payment where order_id = ${orderId} and (${paymentId}::uuid is null or id = ${paymentId})
    order by created_at, id`.execute(db);
  if (paymentId !== null && rows.length === 0)
    throw new DomainError("unknown_payment", `Order ${orderId} has no payment ${paymentId}.`);
  const left = rows.filter((payment) => payment.status === "settled" && unrefunded(payment) > 0n);
  const [only, ...more] = left;
  if (only === undefined) throw nothingToRefund(orderId);
  if (more.length === 0) return only;
  const named = left.map((one) => `${one.id} (${one.settled_asset})`).join(", ");
  throw new DomainError(
    "payment_ambiguous",
    `Order ${orderId} was paid by several payments, and each is refunded by itself: ${named}. Name one.`,
  );
}

const nothingToRefund = (orderId: string): DomainError =>
  new DomainError(
    "nothing_to_refund",
    `Nothing of order ${orderId} is left to refund: no payment of it has settled, or all of it was refunded or is on its way back.`,
  );

const aboveLeft = ({ registry }: Pick<RefundDeps, "registry">, payment: Payment): DomainError => {
  const { id, decimals } = registry.get(payment.settled_asset ?? "");
  return new DomainError(
    "refund_above_paid",
    `More than is left of payment ${payment.id}: ${formatUnits(payment.settled_amount ?? 0n, decimals)} ${id} came, and refunds of the rest are sent or on their way.`,
  );
};

/** Today's price of what came, with its price when it came. @throws {DomainError} `price_unavailable` */
async function priceNow(
  { registry, prices }: RefundDeps,
  { settled_asset: id, settled_usd_micros: then }: Payment,
  signal: AbortSignal,
): Promise<string> {
  const asset = registry.get(id ?? "");
  const now = await prices.observe([asset], signal).catch((error: unknown) => {
    if (error instanceof ProviderError) return null;
    throw error;
  });
  const price = now?.get(asset.id)?.usd;
  if (price !== undefined && then !== null) return price;
  throw new DomainError(
    "price_unavailable",
    `There is no trustworthy price of ${asset.id} ${then === null ? "of when it came" : "at the moment"}. Try again in a minute, or refund at the original rate.`,
  );
}

async function decide(
  deps: RefundDeps,
  tx: Tx,
  payment: Payment,
  request: PaymentRefundRequest & { readonly price: string | null },
): Promise<{ refundId: string; link: NewLink | null }> {
  const { registry, chains, clock } = deps;
  const asset = registry.get(payment.settled_asset ?? "");
  const wallet = chains.has(asset.chain) ? await findWallet(tx, asset.chain) : null;
  if (wallet === null)
    throw new DomainError(
      "refund_not_sendable",
      `This payment came in ${asset.id}, and nothing is sent from here on ${asset.chain}. Send it by hand.`,
    );
  const share = shareOf(deps, payment, request.share);
  const units = request.price === null ? share : unitsToday(deps, payment, { share, price: request.price });
  const left = await unrefundedShares(tx, payment.id);
  const feeLeft = (payment.fee_amount ?? 0n) - payment.refund_fee;
  const weights = [...left].map(([id, weight]) => ({ id, weight }));
  const total = feeLeft + weights.reduce((sum, { weight }) => sum + weight, 0n);
  if (units > total) throw aboveLeft(deps, payment);
  const parts = allocate(units, [...weights, { id: "fee", weight: feeLeft }]);
  const { feeKept } = await readRefundTerms(tx);
  const fee = { amount: parts.get("fee") ?? 0n, kept: feeKept };
  parts.delete("fee");
  const amount = units - (feeKept ? fee.amount : 0n);
  if (amount <= 0n)
    throw new DomainError("invalid_amount", `So little that not one base unit of ${asset.id} would go back.`);
  const now = clock.now();
  const { orderId, by } = request;
  const refundId = newId();
  await sql`
    update payment set refund_reserved = refund_reserved + ${share}, refund_fee = refund_fee + ${fee.amount}
    where id = ${payment.id}`.execute(tx);
  await reserveForRefund(tx, { refundId, paymentId: payment.id, shares: parts }, { now });
  await planPaymentRefund(tx, {
    id: refundId,
    subject: "settled_payment",
    subjectId: payment.id,
    orderId,
    walletId: wallet.id,
    money: { asset: asset.id, amount },
    toAddress: request.toAddress,
    debitAccount: owedBack,
    why: request.why,
    rate: request.rate,
    shareAmount: share,
    fee,
    by,
    cause: request.cause,
    now,
  });
  // One that holds some of it and has not left yet ends, and is planned anew without it.
  for (const id of await payoutsHolding(tx, payment.id)) await enqueueOnce(tx, payoutsAdvance, { id });
  const link = request.toAddress === null ? await insertLink(tx, refundId, { by, now }) : null;
  return { refundId, link };
}

/** The part of what came that is asked for, base units. @throws {DomainError} `invalid_amount`, `unknown_asset` */
function shareOf({ registry }: RefundDeps, payment: Payment, given: PaymentRefundRequest["share"]): bigint {
  if (given === null) return unrefunded(payment);
  const asset = registry.get(payment.settled_asset ?? "");
  if (registry.get(given.asset).id !== asset.id)
    throw new DomainError(
      "invalid_amount",
      `This payment came in ${asset.id}, and goes back in it: name the part of it that is refunded in ${asset.id}.`,
    );
  const { amount } = parseMoney(given.amount, asset);
  if (amount > 0n) return amount;
  throw new DomainError("invalid_amount", "A refund needs an amount above zero.");
}

/** So many units as a part of what came was worth when it came, at today's price; never more units than came. */
function unitsToday(
  { registry }: RefundDeps,
  { settled_asset: id, settled_amount: settled, settled_usd_micros: usdMicros }: Payment,
  { share, price }: { readonly share: bigint; readonly price: string },
): bigint {
  const asset = registry.get(id ?? "");
  const worth = divide((usdMicros ?? 0n) * share, settled ?? 1n, "down");
  const dollars = { amount: worth, asset: { ...asset, decimals: 6 }, price: "1" };
  const today = amountAtPrices(dollars, { asset, price }, "down") ?? share;
  return today < share ? today : share;
}

const setAsideId = (refundId: string): string => derivedId("refund", refundId, "set_aside");

/**
 * Books a refund of a settled payment that sets out: its payees' shares and our fee go where it is owed back. What lies in another asset by
 * now, or is in somebody's hands, we put up out of our own: never out of what others are owed.
 * @returns `payment_not_settled`, `coins_not_here`, `not_enough_of_our_own`: it waits; null: it may be sent.
 */
const setOut: SubjectRoom["setOut"] = async (tx, refund, { cause, now }) => {
  const payment = await lockPayment(tx, refund.subject_id);
  if (payment?.status !== "settled") return "payment_not_settled";
  if (payment.arrival !== "seen") return "coins_not_here";
  const { id, asset, amount } = refund;
  const fee = refund.fee_kept ? 0n : refund.fee_amount;
  await sql`savepoint set_out`.execute(tx);
  const { postings, covered } = await setAsideForRefund(tx, { refundId: id, asset }, { cause, now });
  const advanced = amount - covered - fee;
  if (advanced + fee > 0n && !(await haveOfOurOwn(tx, { asset, amount: advanced + fee }))) {
    await sql`rollback to savepoint set_out`.execute(tx);
    return "not_enough_of_our_own";
  }
  const move = (debit: string, money: Money): Posting => ({ debit, credit: owedBack, money });
  const ours = [
    move(accounts.platform("fees"), { asset, amount: fee }),
    move(accounts.platform("variance"), { asset, amount: advanced }),
  ];
  await postEntry(tx, {
    id: setAsideId(id),
    reason: "payment_refund_set_aside",
    happenedAt: now,
    postings: [...postings, ...ours.filter(({ money }) => money.amount > 0n)],
  });
  return null;
};

/** Whether so much of an asset is there beyond what is owed to others. One question at a time, until commit. */
async function haveOfOurOwn(tx: Tx, { asset, amount }: Money): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(hashtextextended('refunds:own', 0))`.execute(tx);
  return ((await equityByAsset(tx, asset)).get(asset) ?? 0n) >= amount;
}

/** The payer has it: what payees were paid of it they owe back. A payment of which nothing is left is refunded. */
const sent: SubjectRoom["sent"] = async (tx, refund, { cause, now }) => {
  const payment = await lockPayment(tx, refund.subject_id);
  await concludeRefund(tx, refund.id, { cause, now });
  if (payment?.status !== "settled") return;
  const { sent: share } = await refundedOf(tx, payment.id);
  if (share === payment.settled_amount && (await isWhollyRefunded(tx, payment.id)))
    await paymentLife.advance(tx, { id: payment.id, from: "settled", to: "refunded", cause, now });
  if (payment.order_id !== null) await enqueue(tx, ordersRefresh, { id: payment.order_id });
};

/** Each part of a refund that goes nowhere is its payee's again, where it was, and our fee ours. */
const restore: NonNullable<SubjectRoom["takeBack"]> = async (tx, refund, step) => {
  await unreserve(tx, refund);
  if (refund.status === "sending" || refund.status === "stopped")
    await reverseEntry(tx, {
      id: derivedId("refund", refund.id, "not_sent"),
      reverses: setAsideId(refund.id),
      reason: "payment_refund_not_sent",
      happenedAt: step.now,
    });
  await releaseRefund(tx, refund.id, step);
};

const unreserve = (tx: Tx, { subject_id: paymentId, share_amount: share, fee_amount: fee }: Refund) =>
  sql`
    update payment set refund_reserved = refund_reserved - ${share}, refund_fee = refund_fee - ${fee}
    where id = ${paymentId}`.execute(tx);

/** Of a payment that ended meanwhile nobody earned anything: what was set aside stays owed, as all of it is. */
const takeBack: NonNullable<SubjectRoom["takeBack"]> = async (tx, refund, step) => {
  const payment = await lockPayment(tx, refund.subject_id);
  if (payment?.status === "settled") await restore(tx, refund, step);
  else await unreserve(tx, refund);
};

export const settledPaymentRefunds: SubjectRoom = {
  setOut,
  sent,
  takeBack,
  givenBackIfRefused: true,
};

/**
 * A payment ends otherwise, and its earnings are taken back after this: what is not on its way to its payer yet stays, so that nobody
 * has it twice.
 */
export const endOurRefundsOf = (
  tx: Tx,
  paymentId: string,
  step: { readonly reason: string; readonly cause: Cause; readonly now: Date },
): Promise<void> => endRefundsOf(tx, paymentId, { ...step, takeBack: restore });

/** @throws {DomainError} `arrival_kept`: a part of it went back to its payer, or is to. */
export async function refuseIfRefunded(tx: Tx, paymentId: string): Promise<void> {
  const payment = await findPayment(tx, paymentId);
  if (payment === null || payment.refund_reserved === 0n) return;
  throw new DomainError(
    "arrival_kept",
    `A part of payment ${paymentId} was refunded to its payer, or is to be. Take that refund back first; what was sent cannot be given to somebody else.`,
  );
}
