import { sql, type Db, type Tx } from "../database/index.ts";
import { contentHash } from "./entry.ts";
import { leafHash } from "./merkle.ts";

interface StoredPosting {
  readonly line: string;
  readonly debitId: string;
  readonly debit: string | null;
  readonly debitAsset: string | null;
  readonly creditId: string;
  readonly credit: string | null;
  readonly creditAsset: string | null;
  readonly amount: string;
}

/** An entry as its rows have it now, all in text. Accounts that are not there are null. */
export interface StoredEntry {
  readonly seq: number;
  readonly id: string;
  readonly reason: string;
  readonly contentHash: string;
  readonly happenedAt: string;
  readonly postedAt: string;
  readonly reverses: string | null;
  readonly postings: readonly StoredPosting[];
}

/** The entries of these sequence numbers, in their order. */
export async function loadStoredEntries(db: Db | Tx, seqs: readonly number[]): Promise<StoredEntry[]> {
  const { rows } = await sql<Omit<StoredEntry, "postings"> & { postings: string | null }>`
    select e.seq, e.id, e.reason, encode(e.content_hash, 'hex') as "contentHash",
      to_char(e.happened_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "happenedAt",
      to_char(e.posted_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "postedAt",
      e.reverses_id as reverses,
      (select json_agg(json_build_object('line', p.line::text,
          'debitId', p.debit_account_id::text, 'debit', d.path, 'debitAsset', d.asset,
          'creditId', p.credit_account_id::text, 'credit', c.path, 'creditAsset', c.asset,
          'amount', p.amount::text) order by p.line)::text
        from posting p
        left join ledger_account d on d.id = p.debit_account_id
        left join ledger_account c on c.id = p.credit_account_id
        where p.entry_id = e.id) as postings
    from journal_entry e
    where e.seq = any(${seqs}::bigint[])
    order by e.seq`.execute(db);
  return rows.map((row) => ({
    ...row,
    postings: row.postings === null ? [] : (JSON.parse(row.postings) as StoredPosting[]),
  }));
}

/** What a block seals of an entry: every column of its rows, and what its accounts were called. */
export function leafOf(entry: StoredEntry): Buffer {
  const { seq, id, reason, happenedAt, postedAt, reverses } = entry;
  const postings = entry.postings.map((p) => [
    p.line,
    p.debitId,
    p.debit,
    p.debitAsset,
    p.creditId,
    p.credit,
    p.creditAsset,
    p.amount,
  ]);
  return leafHash(
    JSON.stringify([seq, id, reason, entry.contentHash, happenedAt, postedAt, reverses, postings]),
  );
}

/** Why the rows are not what the caller booked, or null if they are. Needs no seal. */
export function contentProblem(entry: StoredEntry): string | null {
  const torn = entry.postings.find((p) => p.debitAsset === null || p.debitAsset !== p.creditAsset);
  if (torn) return `posting ${torn.line} names an account that is not there, or two assets`;
  const hash = contentHash({
    id: entry.id,
    reason: entry.reason,
    happenedAt: entry.happenedAt,
    reverses: entry.reverses,
    postings: entry.postings.map((p) => [p.debit ?? "", p.credit ?? "", p.debitAsset ?? "", p.amount]),
  });
  return hash.toString("hex") === entry.contentHash ? null : "its rows differ from what was booked";
}
