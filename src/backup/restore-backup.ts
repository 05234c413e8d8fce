import type { Clock } from "../clock.ts";
import {
  assertSchemaKnown,
  buildSchema,
  connect,
  isDatabaseAway,
  keepMigrationsOut,
  migrate,
  migrateQueue,
  migrationsDirectory,
  sql,
  sqlStateOf,
  type Db,
  type Tx,
} from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { lastBlock } from "../ledger/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { pauseRestoredWallets } from "../transfers/index.ts";
import { readContent, type BackupTable, type Manifest } from "./backup-file.ts";
import { recordBackup } from "./backup-store.ts";
import { findContent, readForeignKeys, readSequences, readTables, type Table } from "./catalog.ts";

const batchRows = 1_000;
const batchChars = 4_000_000;

export interface RestoreOptions {
  /** An empty database, whose user owns it. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Rows restored so far. */
  onProgress?(rows: number): void;
  /** Tests only: where the migrations are. */
  readonly migrations?: string;
}

/**
 * Refuses what `restoreBackup` would, as far as the manifest alone tells it.
 * @throws {DomainError} `schema_newer_than_code`, `migration_changed`
 */
export const assertRestorable = ({ migrations }: Manifest, directory = migrationsDirectory): Promise<void> =>
  assertSchemaKnown(migrations, directory);

/**
 * Makes an empty database what the backup's was: all of it, or nothing. Then its schema is brought up to this code, and its
 * hot wallets sign nothing until somebody has compared them with their chains.
 * @returns tables of the backup that are none of ours, and were left out.
 * @throws {DomainError} `database_not_empty`, `backup_of_other_schema`, `restore_failed`; as `assertRestorable`
 */
export async function restoreBackup(manifest: Manifest, options: RestoreOptions): Promise<readonly string[]> {
  const { url, log, migrations = migrationsDirectory } = options;
  await assertRestorable(manifest, migrations);
  const database = connect(url, { max: 1, applicationName: "spillway-restore", statementTimeoutMs: 0 });
  let leftOut: readonly string[];
  try {
    leftOut = await database.db.connection().execute(async (connection) => {
      await keepMigrationsOut(connection, "exclusive"); // an engine that starts meanwhile waits for all of it
      await refuseContent(connection);
      await migrateQueue(url);
      return connection.transaction().execute((tx) => load(tx, manifest, { ...options, migrations }));
    });
  } catch (error) {
    throw failureOf(error);
  } finally {
    await database.close();
  }
  await migrate(url, log, migrations);
  return leftOut;
}

async function refuseContent(db: Db): Promise<void> {
  const name = await findContent(db);
  if (name !== null)
    throw new DomainError(
      "database_not_empty",
      `The database is not empty: it has ${name}. Restore into an empty one: a DATABASE_URL of its own, or another DATA_DIRECTORY.`,
      { name },
    );
}

/** Its words are the operator's to read: which row, of which table, breaks what. */
function failureOf(error: unknown): unknown {
  const state = sqlStateOf(error);
  if (error instanceof DomainError || state === undefined || isDatabaseAway(error)) return error;
  const { message, detail } = error as { message: string; detail?: string };
  return new DomainError(
    "restore_failed",
    `The backup was not restored, and nothing of it is left in the database, which says: ${[message, detail].filter(Boolean).join("; ")} (${state}). ` +
      "Correct what it says, or restore another backup.",
    { state },
    error,
  );
}

async function load(
  tx: Tx,
  manifest: Manifest,
  { clock, migrations, onProgress }: RestoreOptions,
): Promise<readonly string[]> {
  await sql`set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres'; set local timezone = 'UTC';
    set local client_min_messages = warning; set local idle_in_transaction_session_timeout = 0`.execute(tx);
  await buildSchema(tx, manifest.migrations, migrations);
  const tables = await readTables(tx);
  const wakeUp = await putToSleep(tx, tables);
  const leftOut = await fill(tx, { manifest, tables, onProgress: onProgress ?? (() => undefined) });
  await setSequences(tx, manifest);
  await wakeUp();
  const block = await lastBlock(tx);
  if (block?.hash !== manifest.end.last_block?.hash)
    throw otherSchema(manifest, "the last sealed block is another");
  await pauseRestoredWallets(tx);
  await recordBackup(tx, manifest, { restoredAt: clock.now() });
  return leftOut;
}

/**
 * Rows come in any order, and were judged when they were first written: no trigger runs, and references are put aside.
 * @returns wakes them up again, and has every reference checked.
 */
async function putToSleep(tx: Tx, tables: readonly Table[]): Promise<() => Promise<void>> {
  const foreignKeys = await readForeignKeys(tx);
  for (const { on, name } of foreignKeys)
    await sql`alter table ${sql.raw(on)} drop constraint ${sql.id(name)}`.execute(tx);
  for (const { name } of tables) await sql`alter table ${sql.raw(name)} disable trigger user`.execute(tx);
  // What migrations wrote comes with the rest, as it is by now.
  await sql`truncate table ${sql.join(tables.map(({ name }) => sql.raw(name)))}`.execute(tx);
  return async () => {
    for (const { on, name, definition, comment } of foreignKeys) {
      await sql`alter table ${sql.raw(on)} add constraint ${sql.id(name)} ${sql.raw(definition)}`.execute(tx);
      if (comment !== null)
        await sql`comment on constraint ${sql.id(name)} on ${sql.raw(on)} is ${sql.lit(comment)}`.execute(tx);
    }
    for (const { name } of tables) await sql`alter table ${sql.raw(name)} enable trigger user`.execute(tx);
  };
}

const otherSchema = ({ made_by: version, file }: Manifest, what: string): DomainError =>
  new DomainError(
    "backup_of_other_schema",
    `${file} does not fit: ${what}. Restore it with Spillway ${version}, which made it, then upgrade.`,
    { file },
  );

async function fill(
  tx: Tx,
  {
    manifest,
    tables,
    onProgress,
  }: { manifest: Manifest; tables: readonly Table[]; onProgress(rows: number): void },
): Promise<readonly string[]> {
  const missing = new Map(tables.map((table) => [table.name, table]));
  const leftOut: string[] = [];
  let into: Table | null = null;
  let batch: string[] = [];
  let [chars, restored] = [0, 0];
  const flush = async (): Promise<void> => {
    if (into !== null && batch.length > 0) await insert(tx, into, batch);
    if (into !== null) restored += batch.length;
    onProgress(restored);
    [batch, chars] = [[], 0];
  };
  for await (const line of readContent(manifest)) {
    if ("table" in line) {
      await flush();
      into = fitting(manifest, line.table, missing);
      if (into === null) leftOut.push(line.table.table);
      missing.delete(line.table.table);
      continue;
    }
    batch.push(line.row);
    chars += line.row.length;
    if (batch.length >= batchRows || chars >= batchChars) await flush();
  }
  await flush();
  const [lacking] = missing.keys();
  if (lacking !== undefined) throw otherSchema(manifest, `it lacks the table ${lacking}`);
  return leftOut;
}

/** Where a table's rows go; null: it is none of ours. */
function fitting(
  manifest: Manifest,
  { table, columns }: BackupTable,
  missing: ReadonlyMap<string, Table>,
): Table | null {
  const ours = missing.get(table);
  if (ours === undefined) return null;
  const words = (given: Table["columns"]): string =>
    given
      .map(({ name, type }) => `${name} ${type}`)
      .toSorted()
      .join(", ");
  if (words(columns) !== words(ours.columns))
    throw otherSchema(manifest, `its table ${table} has other columns than ours`);
  return { name: table, columns };
}

async function insert(tx: Tx, { name, columns }: Table, rows: readonly string[]): Promise<void> {
  const names = columns.map((column) => sql.id(column.name));
  const values = columns.map(({ type }, index) => sql`(line ->> ${sql.lit(index)})::${sql.raw(type)}`);
  await sql`
    insert into ${sql.raw(name)} (${sql.join(names)}) overriding system value
    select ${sql.join(values)} from jsonb_array_elements(${`[${rows.join(",")}]`}::jsonb) as line`.execute(
    tx,
  );
}

async function setSequences(tx: Tx, manifest: Manifest): Promise<void> {
  const given = new Map(manifest.end.sequences.map((sequence) => [sequence.name, sequence]));
  for (const { name } of await readSequences(tx)) {
    const sequence = given.get(name);
    if (sequence === undefined) throw otherSchema(manifest, `it lacks the sequence ${name}`);
    await sql`select setval(${name}::regclass, ${sequence.value}::bigint, ${sequence.called})`.execute(tx);
  }
}
