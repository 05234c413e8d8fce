import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import { beforeFirstBlock, blockHash, merkleRoot, type BlockHead } from "./merkle.ts";
import { contentProblem, leafOf, loadStoredEntries } from "./stored-entry.ts";

export type ProblemKind =
  | "entry_changed" // its rows are not the ones that were sealed
  | "entry_removed" // sealed, and gone
  | "content_mismatch" // its rows are not what the caller booked
  | "never_sealed" // older than what the sealers still look at, yet in no block
  | "posting_orphaned"
  | "block_changed"
  | "block_removed"
  | "chain_broken"
  | "balance_differs"
  | "account_overdrawn"
  | "asset_unbalanced";

export interface LedgerProblem {
  readonly kind: ProblemKind;
  /** The entry's id, the block's height, the account's path and asset, or the asset. */
  readonly id: string;
  readonly detail: string;
}

export interface Verification {
  readonly entries: number;
  readonly blocks: number;
  readonly sealed: number;
  readonly unsealed: number;
  /** Written down elsewhere, it also shows a book that was rewritten as a whole. */
  readonly lastBlock: { readonly height: number; readonly hash: string } | null;
  readonly problems: readonly LedgerProblem[];
}

interface StoredBlock extends BlockHead {
  readonly hash: Buffer;
}

const batchSize = 2_000;

/**
 * Recomputes the ledger from its rows and names whatever was changed behind its back. Reads everything, locks nothing and
 * may run during bookings.
 * @param options.onProgress entries checked so far.
 */
export async function verifyLedger(
  db: Db,
  options: { readonly onProgress?: (checked: number) => void } = {},
): Promise<Verification> {
  const blocks = await loadBlocks(db); // first: an entry below the last watermark must be sealed by now
  const entries = await verifyEntries(
    db,
    blocks.at(-1)?.scanFromSeq ?? 0,
    options.onProgress ?? (() => undefined),
  );
  const problems = [
    ...entries.problems,
    ...(await findRemoved(db)),
    ...(await verifyBlocks(db, blocks)),
    ...(await verifyBalances(db)),
  ];
  const last = blocks.at(-1);
  return {
    entries: entries.sealed + entries.unsealed,
    blocks: blocks.length,
    sealed: entries.sealed,
    unsealed: entries.unsealed,
    lastBlock: last ? { height: last.height, hash: last.hash.toString("hex") } : null,
    problems,
  };
}

async function verifyEntries(db: Db, watermark: number, onProgress: (checked: number) => void) {
  const problems: LedgerProblem[] = [];
  let [sealed, unsealed] = [0, 0];
  let after = Number.MIN_SAFE_INTEGER; // a forger may have written a number that the sequence never gives
  for (;;) {
    const { rows: batch } = await sql<{ seq: number; leaf: Buffer | null; sealedId: string | null }>`
      select e.seq, b.leaf, b.entry_id as "sealedId" from journal_entry e
      left join ledger_block_entry b on b.entry_seq = e.seq
      where e.seq > ${after} order by e.seq limit ${batchSize}`.execute(db);
    const last = batch.at(-1);
    if (!last) return { problems, sealed, unsealed };
    const stored = await loadStoredEntries(
      db,
      batch.map(({ seq }) => seq),
    );
    const bySeq = new Map(stored.map((entry) => [entry.seq, entry]));
    for (const { seq, leaf, sealedId } of batch) {
      const entry = bySeq.get(seq);
      if (!entry) continue; // it went between two queries: findRemoved names it
      if (leaf) sealed++;
      else unsealed++;
      const content = contentProblem(entry);
      if (content) problems.push({ kind: "content_mismatch", id: entry.id, detail: content });
      if (leaf && !leaf.equals(leafOf(entry)))
        problems.push({
          kind: "entry_changed",
          id: sealedId ?? entry.id,
          detail: "it differs from what its block sealed",
        });
      if (!leaf && seq < watermark)
        problems.push({
          kind: "never_sealed",
          id: entry.id,
          detail: `number ${seq} was written behind the sealers`,
        });
    }
    after = last.seq;
    onProgress(sealed + unsealed);
  }
}

async function findRemoved(db: Db): Promise<LedgerProblem[]> {
  const { rows } = await sql<LedgerProblem>`
    select 'entry_removed' as kind, b.entry_id::text as id, 'block ' || b.height || ' sealed it' as detail
    from ledger_block_entry b
    where not exists (select from journal_entry e where e.seq = b.entry_seq and e.id = b.entry_id)
    union all
    select 'posting_orphaned', p.entry_id::text, 'line ' || p.line || ' belongs to no entry'
    from posting p where not exists (select from journal_entry e where e.id = p.entry_id)
    union all
    select 'block_removed', b.height::text, count(*) || ' sealed entries name it'
    from ledger_block_entry b where not exists (select from ledger_block k where k.height = b.height)
    group by b.height`.execute(db);
  return rows;
}

/** The last sealed block; null: nothing was sealed yet. */
export async function lastBlock(db: Db | Tx): Promise<Verification["lastBlock"]> {
  const { rows } = await sql<{ height: number; hash: string }>`
    select height, encode(block_hash, 'hex') as hash from ledger_block order by height desc limit 1`.execute(
    db,
  );
  return rows[0] ?? null;
}

async function loadBlocks(db: Db): Promise<StoredBlock[]> {
  const { rows } = await sql<StoredBlock>`
    select height, previous_hash as "previousHash", merkle_root as "merkleRoot", entry_count as "entryCount",
      block_hash as hash, sealed_at as "sealedAt", scan_from_seq as "scanFromSeq"
    from ledger_block order by height`.execute(db);
  return rows;
}

async function verifyBlocks(db: Db, blocks: readonly StoredBlock[]): Promise<LedgerProblem[]> {
  const problems: LedgerProblem[] = [];
  let before = { height: 0, hash: beforeFirstBlock };
  for (const block of blocks) {
    const id = block.height.toString();
    const { rows } = await sql<{ position: number; leaf: Buffer }>`
      select position, leaf from ledger_block_entry where height = ${block.height} order by position`.execute(
      db,
    );
    const whole =
      rows.length === block.entryCount && rows.every(({ position }, index) => position === index + 1);
    if (!whole || !merkleRoot(rows.map(({ leaf }) => leaf)).equals(block.merkleRoot))
      problems.push({ kind: "block_changed", id, detail: "its entries do not lead to its root" });
    if (!blockHash(block).equals(block.hash))
      problems.push({ kind: "block_changed", id, detail: "its columns do not lead to its hash" });
    if (block.height !== before.height + 1 || !block.previousHash.equals(before.hash))
      problems.push({ kind: "chain_broken", id, detail: `it does not follow block ${before.height}` });
    before = block;
  }
  return problems;
}

/** Accounts against their postings, in one statement and so in one snapshot: bookings under way are in both or in neither. */
async function verifyBalances(db: Db): Promise<LedgerProblem[]> {
  return inTransaction(db, async (tx) => {
    await sql`set local statement_timeout = 0`.execute(tx); // it reads every posting there is
    const { rows } = await sql<LedgerProblem>`
      with moved as (
        select account_id, sum(amount) as amount from (
          select debit_account_id as account_id, -amount as amount from posting
          union all select credit_account_id, amount from posting) as sides
        group by account_id
      ), waiting as (
        select account_id, sum(amount) as amount from ledger_delta group by account_id
      ), account as (
        select a.path || ' ' || a.asset as id, a.asset, a.sign,
          a.balance + coalesce(w.amount, 0) as held, coalesce(m.amount, 0) as posted
        from ledger_account a left join moved m on m.account_id = a.id left join waiting w on w.account_id = a.id
      )
      select 'balance_differs' as kind, id, 'it holds ' || held || ', its postings sum to ' || posted as detail
      from account where held <> posted
      union all
      select 'account_overdrawn', id, 'it stands at ' || held from account where held * sign < 0
      union all
      select 'asset_unbalanced', asset, 'its accounts sum to ' || sum(held) from account group by asset having sum(held) <> 0`.execute(
      tx,
    );
    return rows;
  });
}
