import type { Clock } from "../clock.ts";
import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import { DomainError } from "../errors.ts";

/** One transfer of a transaction to an address of ours, in base units. */
export interface Leg {
  readonly index: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly to: string;
}

/** What the books have of a transaction for good, and what a later reading says of it. */
export interface Contradiction {
  readonly chain: string;
  readonly transactionHash: string;
  readonly booked: readonly Leg[];
  readonly read: readonly Leg[];
}

const isSame = (one: Leg, other: Leg): boolean =>
  one.index === other.index &&
  one.asset === other.asset &&
  one.amount === other.amount &&
  one.to.toLowerCase() === other.to.toLowerCase();

/**
 * Whether a reading denies what is final: it lacks some of it, and shows something else instead, or is known to show all there
 * is. One that shows more beside all that is booked denies nothing.
 */
export function isContradicted(
  { booked, read }: Pick<Contradiction, "booked" | "read">,
  { complete }: { readonly complete: boolean },
): boolean {
  const lacks = booked.some((leg) => !read.some((other) => isSame(leg, other)));
  const more = read.some((leg) => !booked.some((other) => isSame(leg, other)));
  return lacks && (more || complete);
}

export const legsText = (legs: readonly Leg[]): string =>
  legs.length === 0
    ? "nothing"
    : legs.map(({ index, asset, amount, to }) => `${amount} of ${asset} to ${to} (${index})`).join(", ");

/** As they are stored: amounts are text. */
export const legsAsJson = (legs: readonly Leg[]): string =>
  JSON.stringify(legs.map((leg) => ({ ...leg, amount: leg.amount.toString() })));

/** A claim hangs on a reading that denies what is booked for good. Nothing is booked. */
export class ArrivalContradicted extends DomainError {
  readonly contradiction: Contradiction;

  constructor(contradiction: Contradiction) {
    const { chain, transactionHash, booked, read } = contradiction;
    super(
      "arrival_contradicted",
      `The chain shows ${legsText(read)} in ${transactionHash}; the book has ${legsText(booked)}, for good. Nothing was changed.`,
      { chain, transactionHash },
    );
    this.contradiction = contradiction;
  }
}

/** Keeps both readings for a person to see, once a transaction. One that was seen is shown again when it says something else. */
export async function keepContradiction(
  db: Db | Tx,
  { chain, transactionHash, booked, read }: Contradiction,
  now: Date,
): Promise<void> {
  await sql`
    insert into reading_contradiction as known (chain, transaction_hash, booked, read, first_seen_at, last_seen_at)
    values (${chain}, ${transactionHash}, ${legsAsJson(booked)}::jsonb, ${legsAsJson(read)}::jsonb, ${now}, ${now})
    on conflict (chain, transaction_hash) do update set last_seen_at = excluded.last_seen_at, booked = excluded.booked,
      read = excluded.read,
      looked_at = case when known.read = excluded.read then known.looked_at end,
      looked_by = case when known.read = excluded.read then known.looked_by end`.execute(db);
}

/** The transaction in which an arrival is claimed: should its reading deny what is booked, both are kept although nothing else is. */
export const inClaim = <T>(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  work: (tx: Tx) => Promise<T>,
): Promise<T> => keepingContradictions(db, clock.now(), () => inTransaction(db, work));

/** The same for work that has its own transaction. */
export async function keepingContradictions<T>(db: Db, now: Date, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ArrivalContradicted) await keepContradiction(db, error.contradiction, now);
    throw error;
  }
}
