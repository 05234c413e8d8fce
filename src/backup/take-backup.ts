import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Clock } from "../clock.ts";
import {
  connect,
  keepMigrationsOut,
  letMigrationsIn,
  listMigrations,
  sql,
  type AppliedMigration,
  type Db,
  type Tx,
} from "../database/index.ts";
import { newId } from "../ids.ts";
import { lastBlock } from "../ledger/index.ts";
import {
  readManifest,
  writeBackupFile,
  type BackupEnd,
  type KeyFileName,
  type Manifest,
} from "./backup-file.ts";
import { recordBackup } from "./backup-store.ts";
import { readSequences, readTables, type Table } from "./catalog.ts";

const rowsAtOnce = 1_000;

export interface TakeOptions {
  readonly url: string;
  /** Must not exist. */
  readonly file: string;
  readonly clock: Clock;
  /** Of Spillway. */
  readonly version: string;
  /** Encrypted key files to take along, by what they are. One that is not there is left out. */
  readonly keyFiles?: ReadonlyMap<KeyFileName, string>;
  /** Rows written so far. */
  onProgress?(rows: number): void;
}

/**
 * Writes everything the database holds into one file, as it was at one moment, while everybody goes on working; reads the file
 * back, and records the backup in the database.
 * @throws {DomainError} `backup_exists`, `backup_not_written`
 */
export async function takeBackup(options: TakeOptions): Promise<Manifest> {
  const { url, file, clock } = options;
  const database = connect(url, { max: 1, applicationName: "spillway-backup", statementTimeoutMs: 0 });
  try {
    const madeAt = clock.now();
    await database.db.connection().execute((connection) => writeSnapshot(connection, options, madeAt));
    const manifest = await readManifest(file);
    await recordBackup(database.db, manifest, { restoredAt: null });
    return manifest;
  } finally {
    await database.close();
  }
}

/** The tables as they are at the first question: no migration is under way then, and none may change them until we are done. */
async function writeSnapshot(connection: Db, options: TakeOptions, madeAt: Date): Promise<void> {
  const keyFiles = await readKeyFiles(options.keyFiles ?? new Map());
  await keepMigrationsOut(connection, "shared");
  await connection
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (tx) => {
      // How values are written as text, and that a slow disk ends nothing.
      await sql`set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres'; set local timezone = 'UTC';
        set local bytea_output = 'hex'; set local extra_float_digits = 1; set local idle_in_transaction_session_timeout = 0`.execute(
        tx,
      );
      const tables = await readTables(tx);
      const names = tables.map(({ name }) => sql.raw(name));
      await sql`lock table ${sql.join(names)} in access share mode`.execute(tx);
      const migrations = await listMigrations(tx);
      await letMigrationsIn(tx, "shared");
      const end: BackupEnd = {
        rows: {},
        sequences: [...(await readSequences(tx))],
        last_block: await lastBlock(tx),
      };
      const head = {
        id: newId(),
        made_at: madeAt.toISOString(),
        made_by: options.version,
        migrations: migrations.map((one: AppliedMigration) => ({ ...one })),
        key_files: keyFiles,
      };
      await writeBackupFile(options.file, head, rowsOf(tx, tables, end, options.onProgress), () => end);
    });
}

async function readKeyFiles(paths: ReadonlyMap<KeyFileName, string>) {
  const found = await Promise.all(
    [...paths].map(async ([name, path]) => {
      const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return null;
        throw error;
      });
      const sha256 = content && createHash("sha256").update(content).digest("hex");
      return content === null || sha256 === null
        ? []
        : [{ name, content_base64: content.toString("base64"), sha256 }];
    }),
  );
  return found.flat();
}

/** Each table, then its rows: every value as its text, which any PostgreSQL of ours reads back to the same value. */
async function* rowsOf(
  tx: Tx,
  tables: readonly Table[],
  end: BackupEnd,
  onProgress: TakeOptions["onProgress"],
): AsyncGenerator<string> {
  let written = 0;
  for (const { name, columns } of tables) {
    yield JSON.stringify({ table: name, columns });
    const values = columns.map((column) => sql`${sql.id(column.name)}::text`);
    await sql`declare rows_of_table no scroll cursor for
      select array_to_json(array[${sql.join(values)}])::text as line from only ${sql.raw(name)}`.execute(tx);
    for (let taken = 0; ;) {
      const { rows } = await sql<{ line: string }>`fetch ${sql.lit(rowsAtOnce)} from rows_of_table`.execute(
        tx,
      );
      for (const { line } of rows) yield line;
      taken += rows.length;
      written += rows.length;
      onProgress?.(written);
      end.rows[name] = taken;
      if (rows.length < rowsAtOnce) break;
    }
    await sql`close rows_of_table`.execute(tx);
  }
}
