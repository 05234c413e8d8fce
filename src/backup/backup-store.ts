import { sql, type Db, type Tx } from "../database/index.ts";
import type { Manifest } from "./backup-file.ts";

/** A backup of this database, or the one it was made from. */
export interface Backup {
  readonly id: string;
  readonly made_at: Date;
  readonly file: string;
  /** SHA-256 of the key files that are in it, as hexadecimal. */
  readonly key_files: readonly string[];
  readonly restored_at: Date | null;
}

/** Writes a backup down, whose file is whole. @param how.restoredAt set: the database was made from it. */
export async function recordBackup(
  db: Db | Tx,
  { id, made_at, file, bytes, migrations, key_files, end }: Manifest,
  { restoredAt }: { restoredAt: Date | null },
): Promise<void> {
  await sql`
    insert into backup (id, made_at, file, bytes, content_sha256, schema_version, ledger_height, key_files, restored_at)
    values (${id}, ${made_at}, ${file}, ${bytes}, ${Buffer.from(end.sha256, "hex")}, ${migrations.at(-1)!.version},
      ${end.last_block?.height ?? null}, ${key_files.map(({ sha256 }) => Buffer.from(sha256, "hex"))}::bytea[],
      ${restoredAt})`.execute(db);
}

/** The newest backup; null: none was ever made. */
export async function findLastBackup(db: Db): Promise<Backup | null> {
  const { rows } = await sql<Backup>`
    select id, made_at, file, restored_at, array(select encode(one, 'hex') from unnest(key_files) as one) as key_files
    from backup order by made_at desc limit 1`.execute(db);
  return rows[0] ?? null;
}

/** Which of these key files, by the SHA-256 of each, are in no backup of ours. */
export async function findKeysNotBackedUp(db: Db, hashes: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ hash: string }>`
    select hash from unnest(${[...hashes]}::text[]) as hash
    where not exists (select from backup where decode(hash, 'hex') = any (key_files))`.execute(db);
  return rows.map(({ hash }) => hash);
}
