import { sql, type Tx } from "../../database/index.ts";
import { lockPendingOf, makeAvailable, type PendingEarning } from "../../earnings/index.ts";
import { markSold, type Sale } from "../../deposits/index.ts";
import { markArrived } from "../../payments/index.ts";
import { DomainError, InvariantViolation } from "../../errors.ts";
import { derivedId, newId } from "../../ids.ts";
import { accounts, postEntries, type JournalEntry, type Posting } from "../../ledger/index.ts";
import { allocate, type Asset } from "../../money/index.ts";
import { recordReceipt, type ExpectDeps } from "../../arrivals/index.ts";
import { conversionLife, type Conversion } from "../conversion.ts";
import type { Proceeds } from "./proceeds.ts";

/** What the arrival of the proceeds is attributed to. */
export const byHandPurpose = "conversion_by_hand";

/** Payees booked in one call: an entry's lines are numbered by a smallint. */
const payeesPerCall = 5_000;
/** Among the ids of earnings; after all of them, so that they go first where remainders are equal. */
const platform = "platform";

interface Booked {
  readonly source: Asset;
  readonly target: Asset;
  readonly hashes: readonly string[];
  readonly proceeds: Proceeds;
  readonly sale: Sale;
  readonly settingsVersion: number;
  /** Who else may still wait for these proceeds. */
  readonly expected: ExpectDeps;
  /** Who else says so, where somebody waits for them too long; null: nobody. */
  readonly secondPerson: string | null;
  readonly by: string;
  readonly now: Date;
}

/**
 * Books a sale by hand whole, in the caller's transaction: the proceeds in, the coins sold out, every earning its share, the
 * rest to the platform's fees. What is divided is what arrived, by source amounts: earnings, and beside them our fees and dust.
 * @returns the conversion, distributed; its amounts are those of the earnings.
 * @throws {DomainError} `nothing_to_convert`, `receipt_already_attributed`
 */
export async function bookSale(tx: Tx, booked: Booked): Promise<Conversion> {
  const { sale, proceeds } = booked;
  // Both routes: what is paid at once elsewhere could not be, and is available like everything else.
  const earnings = await lockPendingOf(tx, paymentsOf(sale));
  const earned = sum(earnings.map(({ amount }) => amount));
  const ours = sum(
    sale.deposits.map((deposit) => (deposit.payment_id === null ? deposit.amount : deposit.fee)),
  );
  if (earned + ours !== sum(sale.deposits.map(({ amount }) => amount)))
    throw new InvariantViolation(
      "deposit_shares",
      "Deposits do not sum to their fees and pending earnings.",
      {
        asset: booked.source.id,
      },
    );
  if (earned === 0n)
    throw new DomainError(
      "nothing_to_convert",
      `Nothing of these coins of ${booked.source.id} is a payee's: all of it is our fee.`,
    );
  const shares = allocate(proceeds.amount, [
    ...earnings.map(({ id, amount }) => ({ id, weight: amount })),
    { id: platform, weight: ours },
  ]);
  const id = newId();
  await openConversion(tx, id, earned, booked);
  await receive(tx, id, booked);
  await postShares(tx, id, { earnings, shares, ...booked });
  await postEntries(tx, closingEntries(id, { earnings, shares, ...booked }));
  await handOut(tx, id, { earnings, shares, ...booked });
  return closeConversion(tx, id, proceeds.amount - (shares.get(platform) ?? 0n), booked);
}

const paymentsOf = ({ deposits }: Sale): string[] => deposits.flatMap((one) => one.payment_id ?? []);

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

async function openConversion(tx: Tx, id: string, earned: bigint, booked: Booked): Promise<void> {
  const { source, target, hashes, settingsVersion, now } = booked;
  const { deadline_at: deadline } = conversionLife.watchFrom("claimed", now);
  await sql`
    insert into conversion (id, source_asset, source_amount, target_asset, weights, status, trigger_reason, settings_version,
      created_at, updated_at, next_check_at, deadline_at)
    values (${id}, ${source.id}, ${earned}, ${target.id}, 'source_amount', 'claimed', ${`by hand: ${hashes.join(", ")}`},
      ${settingsVersion}, ${now}, ${now}, ${now}, ${deadline})`.execute(tx);
  await conversionLife.recordCreation(tx, { id, to: "claimed", cause: causeOf(booked), now });
}

const causeOf = ({ by, hashes }: Booked) =>
  ({ kind: "operator", ref: by, note: `sold by hand: ${hashes.join(", ")}` }) as const;

async function closeConversion(tx: Tx, id: string, received: bigint, booked: Booked): Promise<Conversion> {
  await conversionLife.advance(tx, {
    id,
    from: "claimed",
    to: "distributed",
    cause: causeOf(booked),
    now: booked.now,
    set: { target_amount: received, distributed_at: booked.now },
  });
  const { rows } = await sql<Conversion>`select * from conversion where id = ${id}`.execute(tx);
  return rows[0]!;
}

async function receive(tx: Tx, id: string, booked: Booked): Promise<void> {
  const { target, proceeds, expected, secondPerson, by, now } = booked;
  for (const { transactionHash, receipt, alongside, wallet, at } of proceeds.receipts)
    await recordReceipt(tx, {
      chain: target.chain,
      transactionHash,
      receipt,
      alongside,
      wallet,
      purpose: byHandPurpose,
      purposeId: id,
      credit: accounts.conversion(id),
      happenedAt: at,
      now,
      by,
      evidence: "operator",
      expected,
      secondPerson,
    });
}

interface Divided extends Booked {
  readonly earnings: readonly PendingEarning[];
  /** Of the target, by earning id, and the platform's. */
  readonly shares: ReadonlyMap<string, bigint>;
}

/** Each payee's claim and share in one call, payees in order of ids: the ledger locks accounts in that order everywhere. */
async function postShares(tx: Tx, id: string, divided: Divided): Promise<void> {
  const { earnings, shares, source, target, now } = divided;
  const ofPayee = new Map<string, { claimed: bigint; share: bigint }>();
  for (const earning of earnings) {
    const { claimed, share } = ofPayee.get(earning.payee_id) ?? { claimed: 0n, share: 0n };
    const more = shares.get(earning.id) ?? 0n;
    ofPayee.set(earning.payee_id, { claimed: claimed + earning.amount, share: share + more });
  }
  const payees = [...ofPayee].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (let at = 0; at < payees.length; at += payeesPerCall) {
    const part = payees.slice(at, at + payeesPerCall);
    const entry = (step: "claimed" | "distributed", postings: readonly Posting[]) =>
      entryOf(id, { step, part: at / payeesPerCall, postings, happenedAt: now });
    const claims = part.map(([payeeId, { claimed }]) => ({
      debit: accounts.payee(payeeId, "pending"),
      credit: accounts.conversion(id),
      money: { asset: source.id, amount: claimed },
    }));
    const given = part.map(([payeeId, { share }]) => ({
      debit: accounts.conversion(id),
      credit: accounts.payee(payeeId, "available"),
      money: { asset: target.id, amount: share },
    }));
    await postEntries(tx, [...entry("claimed", claims), ...entry("distributed", given)]);
  }
}

/** The coins sold leave the addresses they lay at, for everybody they belonged to; our part of the proceeds is our fees. */
function closingEntries(id: string, divided: Divided): JournalEntry[] {
  const { sale, earnings, shares, source, target, proceeds, now } = divided;
  const earnedBy = new Map<string, bigint>();
  for (const { payment_id: payment, amount } of earnings)
    earnedBy.set(payment, (earnedBy.get(payment) ?? 0n) + amount);
  const sold = sale.places.flatMap(({ address }) => {
    const here = sale.deposits.filter((deposit) => deposit.address === address);
    const dust = here.filter((deposit) => deposit.payment_id === null);
    const parts = [
      {
        debit: accounts.conversion(id),
        amount: sum(here.map(({ payment_id: payment }) => earnedBy.get(payment ?? "") ?? 0n)),
      },
      { debit: accounts.platform("fees"), amount: sum(here.map(({ fee }) => fee)) },
      { debit: accounts.suspense("deposits"), amount: sum(dust.map(({ amount }) => amount)) },
    ];
    const credit = accounts.wallet(source.chain, address);
    return parts.map(({ debit, amount }) => ({ debit, credit, money: { asset: source.id, amount } }));
  });
  const ours = {
    debit: accounts.conversion(id),
    credit: accounts.platform("fees"),
    money: { asset: target.id, amount: shares.get(platform) ?? 0n },
  };
  return [
    ...entryOf(id, { step: "sold", part: 0, postings: sold, happenedAt: proceeds.until }),
    ...entryOf(id, { step: "platform_share", part: 0, postings: [ours], happenedAt: now }),
  ];
}

/** One entry of what is above zero; none if nothing is. */
function entryOf(
  id: string,
  what: { step: string; part: number; postings: readonly Posting[]; happenedAt: Date },
): JournalEntry[] {
  const postings = what.postings.filter(({ money }) => money.amount > 0n);
  if (postings.length === 0) return [];
  const entryId = derivedId("conversion", id, what.step, what.part.toString());
  return [{ id: entryId, reason: `conversion_${what.step}`, happenedAt: what.happenedAt, postings }];
}

/** The rows follow the books: earnings can be paid out, their payments' coins are here, the deposits are gone. */
async function handOut(tx: Tx, id: string, divided: Divided): Promise<void> {
  const { earnings, shares, target, sale, now } = divided;
  await makeAvailable(tx, {
    conversionId: id,
    asset: target.id,
    shares: earnings.map((one) => ({ id: one.id, amount: shares.get(one.id) ?? 0n })),
  });
  await markSold(
    tx,
    sale.deposits.map((one) => one.id),
    { conversionId: id, now },
  );
  await markArrived(tx, paymentsOf(sale));
}
