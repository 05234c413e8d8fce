import type { Clock } from "../clock.ts";
import { inTransaction, sql, type Db, type Tx } from "../database/index.ts";
import { beforeFirstBlock, blockHash, merkleRoot, type BlockHead } from "./merkle.ts";
import { leafOf, loadStoredEntries } from "./stored-entry.ts";

/** Any number, as long as nothing else in this database locks it. */
const sealerLock = 5_309_001;
const blockSize = 10_000;

/**
 * Seals committed entries in blocks: a Merkle root over each, chained to the block before. Bookings never wait for it.
 * Several sealers at once take turns. An entry that commits late goes into a later block.
 * @returns how many blocks and entries were sealed.
 */
export async function sealLedger(
  db: Db,
  clock: Clock,
  options: { readonly blockSize?: number; readonly signal?: AbortSignal } = {},
): Promise<{ blocks: number; entries: number }> {
  const size = options.blockSize ?? blockSize;
  const sealed = { blocks: 0, entries: 0 };
  for (;;) {
    const count = await inTransaction(db, (tx) => sealBlock(tx, clock, size));
    if (count > 0) sealed.blocks++;
    sealed.entries += count;
    if (count < size || options.signal?.aborted) return sealed;
  }
}

async function sealBlock(tx: Tx, clock: Clock, size: number): Promise<number> {
  await sql`select pg_advisory_xact_lock(${sealerLock})`.execute(tx);
  const previous = await readHead(tx);
  const { rows: unsealed } = await sql<{ seq: number }>`
    select e.seq from journal_entry e
    where e.seq >= ${previous.scanFromSeq}
      and not exists (select from ledger_block_entry b where b.entry_seq = e.seq)
    order by e.seq limit ${size}`.execute(tx);
  const entries = await loadStoredEntries(
    tx,
    unsealed.map(({ seq }) => seq),
  );
  const last = entries.at(-1);
  if (!last) return 0;

  const leaves = entries.map(leafOf);
  const watermark = await findWatermark(tx, previous.scanFromSeq);
  const head: BlockHead = {
    height: previous.height + 1,
    previousHash: previous.hash,
    merkleRoot: merkleRoot(leaves),
    entryCount: entries.length,
    sealedAt: clock.now(),
    // A full block may have left entries behind it unsealed.
    scanFromSeq:
      entries.length < size ? watermark : Math.max(previous.scanFromSeq, Math.min(watermark, last.seq)),
  };
  await insertBlock(tx, head);
  await sql`
    insert into ledger_block_entry (entry_seq, height, position, entry_id, leaf)
    select w.seq, ${head.height}, w.position, w.id, w.leaf
    from unnest(${entries.map(({ seq }) => seq)}::bigint[], ${entries.map(({ id }) => id)}::uuid[], ${leaves}::bytea[])
      with ordinality as w(seq, id, leaf, position)`.execute(tx);
  return entries.length;
}

async function readHead(tx: Tx): Promise<{ height: number; hash: Buffer; scanFromSeq: number }> {
  const { rows } = await sql<{ height: number; hash: Buffer; scanFromSeq: number }>`
    select height, block_hash as hash, scan_from_seq as "scanFromSeq"
    from ledger_block order by height desc limit 1`.execute(tx);
  return rows[0] ?? { height: 0, hash: beforeFirstBlock, scanFromSeq: 0 };
}

/**
 * The entry from which the next sealer must look: below it nothing can appear any more. Sequence numbers are drawn
 * before `posted_at`, so whatever has a lower number was written more than an hour ago; it is committed by now, unless
 * its transaction is still open, and then we wait for that. Both times are the database's own.
 */
async function findWatermark(tx: Tx, atLeast: number): Promise<number> {
  const { rows } = await sql<{ seq: number }>`
    select e.seq from journal_entry e
    where e.seq >= ${atLeast} and e.posted_at < least(
      clock_timestamp() - interval '1 hour',
      (select min(xact_start) from pg_stat_activity where datname = current_database() and backend_xid is not null))
    order by e.seq desc limit 1`.execute(tx);
  return rows[0]?.seq ?? atLeast;
}

async function insertBlock(tx: Tx, head: BlockHead): Promise<void> {
  await sql`
    insert into ledger_block (height, previous_hash, merkle_root, entry_count, block_hash, sealed_at, scan_from_seq)
    values (${head.height}, ${head.previousHash}, ${head.merkleRoot}, ${head.entryCount}, ${blockHash(head)},
      ${head.sealedAt.toISOString()}::timestamptz, ${head.scanFromSeq})`.execute(tx);
}
