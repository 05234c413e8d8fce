import { hash } from "node:crypto";
import { InvariantViolation } from "../errors.ts";
import type { Money } from "../money/index.ts";

/** One line of an entry: money moves from what is credited to what is debited. Paths as `accounts` builds them. */
export interface Posting {
  readonly debit: string;
  readonly credit: string;
  /** In base units, above zero. */
  readonly money: Money;
}

/** One balanced movement, with everything that must happen together. */
export interface JournalEntry {
  /** Chosen by the caller from what the entry stands for: the same id is the same entry for ever. */
  readonly id: string;
  /** In snake_case: `payment_settled`. */
  readonly reason: string;
  /** In the world: the block, the provider's event. When it was booked is the ledger's own affair. */
  readonly happenedAt: Date;
  /** The entry that this one takes back. An entry can be reversed once. */
  readonly reverses?: string;
  readonly postings: readonly Posting[];
}

/** The arguments of the SQL function `ledger_post`, for SQL that books in the same round trip as something else. */
export interface EntryArguments {
  readonly ids: string[];
  readonly reasons: string[];
  readonly hashes: Buffer[];
  readonly happenedAt: string[];
  readonly reverses: (string | null)[];
  readonly entry: number[];
  readonly debit: string[];
  readonly credit: string[];
  readonly asset: string[];
  readonly amount: string[];
}

/** An entry in the words that are hashed: times as text to the microsecond, amounts as digits. */
export interface EntryContent {
  readonly id: string;
  readonly reason: string;
  readonly happenedAt: string;
  readonly reverses: string | null;
  readonly postings: readonly (readonly [debit: string, credit: string, asset: string, amount: string])[];
}

/** What "the same entry" means: everything the caller said, in order. JSON because no text can pass for another in it. */
export function contentHash({ id, reason, happenedAt, reverses, postings }: EntryContent): Buffer {
  return hash("sha256", JSON.stringify([id, reason, happenedAt, reverses, postings]), "buffer");
}

/** PostgreSQL keeps microseconds and a Date has milliseconds. */
const toMicroseconds = (date: Date): string => `${date.toISOString().slice(0, -1)}000Z`;

function contentOf(entry: JournalEntry): EntryContent {
  if (entry.postings.length === 0)
    throw new InvariantViolation("empty_entry", `journal entry ${entry.id} has no posting`, {
      reason: entry.reason,
    });
  return {
    id: entry.id.toLowerCase(),
    reason: entry.reason,
    happenedAt: toMicroseconds(entry.happenedAt),
    reverses: entry.reverses?.toLowerCase() ?? null,
    postings: entry.postings.map(({ debit, credit, money }) => {
      const details = { entry: entry.id, debit, credit, asset: money.asset, amount: money.amount.toString() };
      if (money.amount <= 0n)
        throw new InvariantViolation("posting_not_positive", "a posting moves nothing", details);
      if (debit === credit)
        throw new InvariantViolation("posting_to_itself", "a posting has one account twice", details);
      return [debit, credit, money.asset, details.amount] as const;
    }),
  };
}

/**
 * Entries as `ledger_post` takes them, in the order given. No id may come twice.
 * @throws {InvariantViolation} an entry without postings, or a posting that is not above zero or names one account twice.
 */
export function entryArguments(entries: readonly JournalEntry[]): EntryArguments {
  const contents = entries.map(contentOf);
  const postings = contents.flatMap((content, index) =>
    content.postings.map(([debit, credit, asset, amount]) => ({
      entry: index + 1,
      debit,
      credit,
      asset,
      amount,
    })),
  );
  return {
    ids: contents.map(({ id }) => id),
    reasons: contents.map(({ reason }) => reason),
    hashes: contents.map(contentHash),
    happenedAt: contents.map(({ happenedAt }) => happenedAt),
    reverses: contents.map(({ reverses }) => reverses),
    entry: postings.map(({ entry }) => entry),
    debit: postings.map(({ debit }) => debit),
    credit: postings.map(({ credit }) => credit),
    asset: postings.map(({ asset }) => asset),
    amount: postings.map(({ amount }) => amount),
  };
}
