import type { ChainFamily } from "../chains/networks.ts";
import { sql, type Tx } from "../database/index.ts";
import { type Cause, type NextOf } from "../lifecycle/index.ts";
import { findAddress } from "../addresses/index.ts";
import { InvariantViolation } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { enqueue, enqueueOnce } from "../jobs/index.ts";
import { accounts, postEntry, reverseEntry } from "../ledger/index.ts";
import { formatUnits, formatUsd, type AssetRegistry } from "../money/index.ts";
import { recordReceipt, takeBackReceipt } from "../arrivals/index.ts";
import { registerDepositWallet } from "../transfers/index.ts";
import { loadTerms } from "../orders/index.ts";
import {
  directProcessor,
  paymentIdOf,
  reversePayment,
  settlePayments,
  type BookingRequest,
  ordersRefresh,
} from "../payments/index.ts";
import { depositSuspense, type DepositRow, claimLife, depositLife } from "./deposit.ts";
import type { Judgement } from "./judge-deposit.ts";
import { depositTasks } from "./tasks.ts";

const unassigned = accounts.suspense(depositSuspense);

/** Whoever books: the transaction, the facts of now, and what made it happen. */
export interface Booking {
  readonly tx: Tx;
  readonly registry: AssetRegistry;
  readonly family: ChainFamily;
  readonly cause: Cause;
  readonly now: Date;
}

/** What a deposit's payment is called: one that comes again after a reorganisation is another payment. */
export const externalIdOf = (row: DepositRow): string =>
  `${row.chain}/${row.transaction_hash}/${row.transfer_index}${row.generation === 0 ? "" : `#${row.generation}`}`;

const receiptIndexOf = (row: DepositRow): string =>
  row.generation === 0 ? row.transfer_index : `${row.transfer_index}#${row.generation}`;

const entryId = (row: DepositRow, booking: string): string =>
  derivedId("deposit", row.id, String(row.generation), booking);

/** Books that the coins are at an address of ours, owed to nobody yet. Safe to repeat. */
export async function bookArrival(
  { tx, registry, family, cause, now }: Booking,
  row: DepositRow,
): Promise<void> {
  const place = await findAddress(tx, family, row.address);
  const wallet = await registerDepositWallet(tx, {
    chain: row.chain,
    address: row.address,
    derivationIndex: place?.derivation_index ?? null,
    now,
  });
  await recordReceipt(tx, {
    chain: row.chain,
    transactionHash: row.transaction_hash,
    receipt: {
      index: receiptIndexOf(row),
      asset: registry.get(row.asset),
      from: row.from_address ?? "",
      to: row.address,
      amount: row.amount,
    },
    walletId: wallet.id,
    purpose: "deposit",
    purposeId: row.id,
    credit: unassigned,
    happenedAt: row.block_time,
    now,
    by: cause.ref,
    // An address of the seed is one order's; at the operator's own one the amount says whose it is.
    evidence: wallet.kind === "watched" ? "unique_amount" : "derived_address",
  });
}

/** Does with a deposit what was judged, in one transaction: books, moves its status, wakes the order. */
export async function bookJudgement(
  booking: Booking,
  row: DepositRow,
  judgement: Exclude<Judgement, { kind: "wait" }>,
): Promise<void> {
  const { tx } = booking;
  // Coins that we moved ourselves are booked by the transfer that moved them.
  if (judgement.kind !== "ignore" || judgement.reason !== "own_transfer") await bookArrival(booking, row);
  const ended = { next_check_at: null, deadline_at: null };
  const usd = { usd_micros: judgement.usdMicros };
  if (judgement.kind === "ignore") await move(booking, row, "ignored", { reason: judgement.reason, ...usd });
  else if (judgement.kind === "review")
    await move(booking, row, "in_review", {
      reason: judgement.reason,
      ...usd,
      deadline_at: depositLife.watchFrom("in_review", booking.now).deadline_at,
    });
  else {
    const paymentId = judgement.credit > 0n ? await settle(booking, row, judgement) : null;
    if (judgement.surplus > 0n) await bookSurplus(booking, row, judgement.surplus);
    await move(booking, row, "credited", {
      reason: null,
      payment_id: paymentId,
      surplus_amount: judgement.surplus,
      ...usd,
      ...(row.final ? ended : {}),
    });
  }
  if (row.order_id !== null)
    await enqueue(tx, ordersRefresh, { id: row.order_id, cause: `deposit ${row.id}` });
}

const move = (
  { tx, cause, now }: Booking,
  row: DepositRow,
  to: NextOf<typeof depositLife, DepositRow["status"]>,
  set: Record<string, unknown>,
): Promise<void> => depositLife.advance(tx, { id: row.id, from: row.status, to, cause, now, set });

async function settle(
  { tx, registry, cause, now }: Booking,
  row: DepositRow,
  judged: { credit: bigint; paidUsdMicros: bigint },
): Promise<string> {
  const terms = (await loadTerms(tx, [row.order_id ?? ""])).get(row.order_id ?? "");
  if (!terms)
    throw new InvariantViolation("order_missing", `Deposit ${row.id} has no order to be settled by.`);
  const asset = registry.get(row.asset);
  const { credit, paidUsdMicros } = judged;
  const externalId = externalIdOf(row);
  const paid = {
    asked: formatUnits(credit, asset.decimals),
    arrived: formatUnits(row.amount, asset.decimals),
  };
  const request: BookingRequest = {
    processor: directProcessor,
    externalId,
    parentExternalId: null,
    fromStatus: null,
    facts: {
      rawStatus: "on_chain",
      price: { currency: "usd", amount: formatUsd(paidUsdMicros) },
      paid: { currency: asset.id, asset, ...paid },
    },
    settled: { asset, amount: credit },
    settledAt: row.block_time,
    settlementHash: row.transaction_hash,
    inCustody: false,
    paidUsdMicros,
    terms,
    cause,
    source: unassigned,
  };
  await settlePayments(tx, [request], now);
  return paymentIdOf(directProcessor, externalId);
}

async function bookSurplus({ tx }: Booking, row: DepositRow, amount: bigint): Promise<void> {
  await postEntry(tx, {
    id: entryId(row, "surplus"),
    reason: "deposit_surplus",
    happenedAt: row.block_time,
    postings: [
      {
        debit: unassigned,
        credit: accounts.surplus(row.order_id ?? ""),
        money: { asset: row.asset, amount },
      },
    ],
  });
}

/**
 * Takes a deposit out of the books, because a reorganisation took it off the chain: what its order, its payees and we had of
 * it, and the coins. Nothing of a deposit is spent before it is final, so all of it is still there to take.
 */
export async function reverseDeposit(booking: Booking, row: DepositRow): Promise<void> {
  const { tx, cause, now } = booking;
  if (row.payment_id !== null) await reversePayment(tx, row.payment_id, { cause, now });
  if (row.surplus_amount > 0n)
    await reverseEntry(tx, {
      id: entryId(row, "surplus_reversed"),
      reverses: entryId(row, "surplus"),
      happenedAt: now,
    });
  await takeBackReceipt(tx, {
    chain: row.chain,
    transactionHash: row.transaction_hash,
    index: receiptIndexOf(row),
    now,
  });
  await depositLife.advance(tx, {
    id: row.id,
    from: row.status,
    to: "reversed",
    cause,
    now,
    set: {
      reason: "reorganised",
      payment_id: null,
      surplus_amount: 0n,
    },
  });
  await reopenClaims(booking, row);
  if (row.order_id !== null)
    await enqueue(tx, ordersRefresh, { id: row.order_id, cause: `deposit ${row.id} reorganised` });
}

/** Whoever was told that this deposit was credited is told otherwise. */
async function reopenClaims({ tx, cause, now }: Booking, row: DepositRow): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from payment_claim
    where chain = ${row.chain} and transaction_hash = ${row.transaction_hash} and status = 'accepted'
    order by id for update`.execute(tx);
  for (const { id } of rows) {
    const set = { reason: "not_found" };
    await claimLife.advance(tx, { id, from: "accepted", to: "waiting", cause, now, set });
    await enqueueOnce(tx, depositTasks.checkClaim, { id });
  }
}
