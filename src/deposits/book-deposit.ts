import { sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import type { DepositAddress } from "../addresses/index.ts";
import { InvariantViolation } from "../errors.ts";
import { derivedId } from "../ids.ts";
import { enqueue, enqueueMany, enqueueOnce } from "../jobs/index.ts";
import { accounts, reverseEntry, type JournalEntry } from "../ledger/index.ts";
import { formatUnits, formatUsd, type AssetRegistry } from "../money/index.ts";
import { claimReceipts, takeBackReceipt, type Claim, type ClaimedReceipts } from "../arrivals/index.ts";
import { registerDepositWallets, type WalletPlace } from "../transfers/index.ts";
import { loadTerms } from "../orders/index.ts";
import {
  directProcessor,
  paymentIdOf,
  reversePayment,
  settleAlongside,
  type BookingRequest,
  ordersRefresh,
} from "../payments/index.ts";
import { depositSuspense, type DepositRow, claimLife, depositLife } from "./deposit.ts";
import { insertDeposits, type NewDeposit } from "./deposit-store.ts";
import type { Judgement } from "./judge-deposit.ts";
import { depositTasks } from "./tasks.ts";

const unassigned = accounts.suspense(depositSuspense);

/** Whoever books: the transaction, and the facts of now. */
export interface Booking {
  readonly tx: Tx;
  readonly registry: AssetRegistry;
  /** Those addresses of ours that the deposits are at, by themselves. */
  readonly places: ReadonlyMap<string, DepositAddress>;
  readonly now: Date;
}

/** A deposit with what is to be done with it, and what made that happen. */
export interface Judged {
  readonly row: DepositRow;
  readonly judgement: Exclude<Judgement, { kind: "wait" }>;
  readonly cause: Cause;
  /** How often its coins were somebody else's before: a payment of it then is another one. */
  readonly times?: number;
}

type Credited = Judged & { readonly judgement: Extract<Judgement, { kind: "credit" }> };

/** What a deposit's payment is called: one that comes again after a reorganisation is another payment. */
const externalIdOf = (row: DepositRow): string =>
  `${row.chain}/${row.transaction_hash}/${row.transfer_index}${row.generation === 0 ? "" : `#${row.generation}`}`;

const paymentNameOf = ({ row, times }: Judged): string =>
  times === undefined ? externalIdOf(row) : `${externalIdOf(row)}@${times}`;

const receiptIndexOf = (row: DepositRow): string =>
  row.generation === 0 ? row.transfer_index : `${row.transfer_index}#${row.generation}`;

const entryId = (row: DepositRow, booking: string, ...times: string[]): string =>
  derivedId("deposit", row.id, String(row.generation), booking, ...times);

/** Claims the coins at addresses of ours, owed to nobody yet. Safe to repeat. */
async function claimArrivals(
  { tx, registry, places, now }: Booking,
  judged: readonly Judged[],
): Promise<ClaimedReceipts> {
  const wallets = new Map<string, ReadonlyMap<string, WalletPlace>>();
  for (const chain of new Set(judged.map(({ row }) => row.chain))) {
    const here = judged.filter(({ row }) => row.chain === chain);
    const given = here.map(({ row: { address } }) => ({
      address,
      derivationIndex: places.get(address)?.derivation_index ?? null,
    }));
    wallets.set(chain, await registerDepositWallets(tx, chain, given, now));
  }
  const claims = judged.map(({ row, cause }): Claim => {
    const wallet = wallets.get(row.chain)!.get(row.address)!;
    return {
      chain: row.chain,
      transactionHash: row.transaction_hash,
      receipt: {
        index: receiptIndexOf(row),
        asset: registry.get(row.asset),
        from: row.from_address ?? "",
        to: row.address,
        amount: row.amount,
      },
      alongside: null,
      wallet,
      purpose: "deposit",
      purposeId: row.id,
      credit: unassigned,
      happenedAt: row.block_time,
      now,
      by: cause.ref,
      // An address of the seed is one order's; at the operator's own one the amount says whose it is.
      evidence: wallet.kind === "watched" ? "unique_amount" : "derived_address",
    };
  });
  return claimReceipts(tx, claims);
}

/**
 * Does with deposits what was judged of each, in one transaction and in a fixed number of round trips: books, moves their
 * status, wakes their orders. All or none; no deposit twice.
 */
export async function bookJudgements(booking: Booking, judged: readonly Judged[]): Promise<void> {
  await settleJudgements(booking, await moveJudgements(booking, judged));
}

/** Deposits that were moved, and are not in the ledger yet. */
export interface Moved {
  readonly judged: readonly Judged[];
  /** Their coins; null: none of them brought any. */
  readonly claimed: ClaimedReceipts | null;
}

/**
 * The first part of it, all but the ledger: whoever has more to do in the transaction does it between this and
 * `settleJudgements`, which must follow.
 * @param fresh deposits that are not written yet, whether they were judged or not.
 */
export async function moveJudgements(
  booking: Booking,
  judged: readonly Judged[],
  fresh: readonly NewDeposit[] = [],
): Promise<Moved> {
  const { tx, now } = booking;
  const isFresh = new Set(fresh.map(({ id }) => id));
  const stepsOf = (those: readonly Judged[]) => those.map((one) => stepOf(one, now));
  const taken = await depositLife.advanceUnwritten(
    tx,
    stepsOf(judged.filter(({ row }) => isFresh.has(row.id))),
    now,
  );
  await insertDeposits(
    tx,
    fresh.map((row) => ({ ...row, ...taken.get(row.id) })),
  );
  if (judged.length === 0) return { judged, claimed: null };
  // Coins that we moved ourselves are booked by the transfer that moved them.
  const arrived = judged.filter(
    ({ judgement }) => judgement.kind !== "ignore" || judgement.reason !== "own_transfer",
  );
  const claimed = arrived.length > 0 ? await claimArrivals(booking, arrived) : null;
  await depositLife.advanceAll(tx, stepsOf(judged.filter(({ row }) => !isFresh.has(row.id))), now);
  const orders = new Map(judged.map(({ row }) => [row.order_id, row.id]));
  const refreshed = [...orders].flatMap(([id, deposit]) =>
    id === null ? [] : [{ payload: { id, cause: `deposit ${deposit}` } }],
  );
  await enqueueMany(tx, ordersRefresh, refreshed);
  return { judged, claimed };
}

/**
 * The second part: books the coins and what was credited of them for orders, in one call of the ledger. The last thing that a
 * transaction does: it locks the balances of payees, for which all who book wait.
 */
export async function settleJudgements(booking: Booking, { judged, claimed }: Moved): Promise<void> {
  const { tx, now } = booking;
  const credited = judged.filter((one): one is Credited => one.judgement.kind === "credit");
  const requests = await requestsOf(
    booking,
    credited.filter(({ judgement }) => judgement.credit > 0n),
  );
  const surplus = credited.filter(({ judgement }) => judgement.surplus > 0n).map(surplusOf);
  await settleAlongside(tx, requests, [...(claimed?.entries ?? []), ...surplus], now);
  await claimed?.write();
}

function stepOf(judged: Judged, now: Date) {
  const { row, judgement, cause } = judged;
  const step = { id: row.id, from: row.status, cause };
  const usd = { usd_micros: judgement.usdMicros };
  if (judgement.kind === "ignore")
    return { ...step, to: "ignored", set: { reason: judgement.reason, ...usd } } as const;
  if (judgement.kind === "review") {
    const { deadline_at } = depositLife.watchFrom("in_review", now);
    return { ...step, to: "in_review", set: { reason: judgement.reason, ...usd, deadline_at } } as const;
  }
  const ended = { next_check_at: null, deadline_at: null };
  const set = {
    reason: null,
    payment_id: judgement.credit > 0n ? paymentIdOf(directProcessor, paymentNameOf(judged)) : null,
    surplus_amount: judgement.surplus,
    ...usd,
    ...(row.final ? ended : {}),
  };
  return { ...step, to: "credited", set } as const;
}

async function requestsOf({ tx, registry }: Booking, paying: readonly Credited[]): Promise<BookingRequest[]> {
  const terms = await loadTerms(
    tx,
    paying.map(({ row }) => row.order_id ?? ""),
  );
  return paying.map((one) => {
    const { row, judgement, cause } = one;
    const ofOrder = terms.get(row.order_id ?? "");
    if (!ofOrder)
      throw new InvariantViolation("order_missing", `Deposit ${row.id} has no order to be settled by.`);
    const asset = registry.get(row.asset);
    const { credit, paidUsdMicros } = judgement;
    const paid = {
      asked: formatUnits(credit, asset.decimals),
      arrived: formatUnits(row.amount, asset.decimals),
    };
    return {
      processor: directProcessor,
      externalId: paymentNameOf(one),
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
      terms: ofOrder,
      cause,
      source: unassigned,
    };
  });
}

const surplusOf = ({ row, judgement, times }: Credited): JournalEntry => ({
  id: entryId(row, "surplus", ...(times === undefined ? [] : [String(times)])),
  reason: "deposit_surplus",
  happenedAt: row.block_time,
  postings: [
    {
      debit: unassigned,
      credit: accounts.surplus(row.order_id ?? ""),
      money: { asset: row.asset, amount: judgement.surplus },
    },
  ],
});

/**
 * Takes a deposit out of the books, because a reorganisation took it off the chain: what its order, its payees and we had of
 * it, and the coins. Nothing of a deposit is spent before it is final, so all of it is still there to take.
 */
export async function reverseDeposit(booking: Booking, row: DepositRow, cause: Cause): Promise<void> {
  const { tx, now } = booking;
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
  await reopenClaims(booking, row, cause);
  if (row.order_id !== null)
    await enqueue(tx, ordersRefresh, { id: row.order_id, cause: `deposit ${row.id} reorganised` });
}

/** Whoever was told that this deposit was credited is told otherwise. */
export async function reopenClaims(
  { tx, now }: Pick<Booking, "tx" | "now">,
  row: DepositRow,
  cause: Cause,
): Promise<void> {
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
