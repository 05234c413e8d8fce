import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Logger as WorkerLogger, runMigrations } from "graphile-worker";
import { sql } from "kysely";
import { Client } from "pg";
import { DomainError } from "../errors.ts";
import type { Logger } from "../telemetry/index.ts";
import { connect } from "./connect.ts";
import { sqlStateOf } from "./in-transaction.ts";
import type { Db, Tx } from "./types.ts";

export const migrationsDirectory = fileURLToPath(new URL("../../db/migrations", import.meta.url));

/** Any number, the same in every process: whoever holds it migrates, everybody else waits. */
const lockKey = 7_202_611_200_002;

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly text: string;
}
/** One of those that a database has had: what `schema_migration` says of it. */
export type AppliedMigration = Omit<Migration, "text">;
type Applied = AppliedMigration;

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  const migrations = await Promise.all(
    names.map(async (name) => {
      // A checkout with other line ends is the same migration.
      const text = (await readFile(`${directory}/${name}`, "utf8")).replaceAll("\r\n", "\n");
      const checksum = createHash("sha256").update(text).digest("hex");
      return { version: Number.parseInt(name, 10), name, checksum, text };
    }),
  );
  const twice = migrations.find((migration, index) => migration.version === migrations[index + 1]?.version);
  if (twice || migrations.some(({ version }) => !Number.isSafeInteger(version))) {
    throw new DomainError(
      "migration_misnamed",
      `Each migration starts with a number of its own, as in 0001_foundation.sql: see ${twice?.name ?? directory}.`,
    );
  }
  return migrations;
}

/** What the code has and the schema lacks, after refusing a schema this code does not know. @param holder what has it. */
function pendingOf(
  migrations: readonly Migration[],
  applied: readonly Applied[],
  holder: "database" | "backup" = "database",
): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const one of applied) {
    const ours = known.get(one.version);
    if (ours === undefined) {
      throw new DomainError(
        "schema_newer_than_code",
        `The ${holder} has migration ${one.version} (${one.name}), which this version of Spillway does not know. ` +
          "Use the newer version again, or upgrade this one.",
        { version: one.version, name: one.name },
      );
    }
    if (ours.checksum !== one.checksum) {
      throw new DomainError(
        "migration_changed",
        `Migration ${ours.name} was changed after it was applied to this ${holder}. ` +
          "Restore the file, and put the change into a new migration.",
        { version: one.version, applied: one.checksum, found: ours.checksum },
      );
    }
  }
  const done = new Set(applied.map(({ version }) => version));
  return migrations.filter(({ version }) => !done.has(version));
}

/** Makes the tables of the job queue, or brings them up to date. They hold nothing until a job is added. */
export async function migrateQueue(url: string): Promise<void> {
  const { pool, close } = connect(url, {
    max: 2,
    applicationName: "spillway-migrate",
    statementTimeoutMs: 0,
  });
  try {
    await runMigrations({ pgPool: pool, logger: new WorkerLogger(() => () => undefined) });
  } catch (error) {
    throw migrationFailed("The tables of the job queue could not be made", error);
  } finally {
    await close();
  }
}

async function apply(client: Client, migration: Migration): Promise<void> {
  await client.query("begin");
  try {
    await client.query(migration.text);
    await client.query("insert into schema_migration (version, name, checksum) values ($1, $2, $3)", [
      migration.version,
      migration.name,
      migration.checksum,
    ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw migrationFailed(`Migration ${migration.name} failed and was rolled back`, error, migration.name);
  }
}

/** What the operator does about the database's refusal, by its code. */
function remedyFor(state: string | undefined): string {
  if (state === "42501")
    return (
      "The user of DATABASE_URL must own the database, and need be nothing more: run " +
      "`alter database <name> owner to <user>` as whoever owns it now, then start again."
    );
  if (state?.startsWith("53")) return "Give the database server room, then start again.";
  return "Correct what it says, then start again: nothing of this migration is left in the database.";
}

function migrationFailed(what: string, error: unknown, name: string | null = null): DomainError {
  const state = sqlStateOf(error);
  const { message, detail, hint } = error as { message?: string; detail?: string; hint?: string };
  const words = [message ?? String(error), detail, hint].filter(Boolean).join("; ");
  return new DomainError(
    "migration_failed",
    `${what}. The database says: ${words}${state === undefined ? "" : ` (${state})`}. ${remedyFor(state)}`,
    { name, state },
    error,
  );
}

const listOfMigrations = `create table if not exists public.schema_migration (
  version integer primary key,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now())`;

/** Waits for its turn, and reads what was applied before; the first one makes the list. */
async function readApplied(client: Client): Promise<Applied[]> {
  await client.query("select pg_advisory_lock($1)", [lockKey]);
  await client.query("set client_min_messages = warning");
  try {
    await client.query(listOfMigrations);
  } catch (error) {
    throw migrationFailed("The list of migrations could not be made", error);
  }
  const { rows } = await client.query<Applied>(
    "select version, name, checksum from schema_migration order by version",
  );
  return rows;
}

/**
 * Brings the schema up to this code: the queue's tables, then our numbered files, each in one transaction.
 * Any number of processes may call it at once; one works, the others wait and find nothing left to do.
 * @throws {DomainError} `schema_newer_than_code`, `migration_changed`, `migration_failed`.
 */
export async function migrate(url: string, log?: Logger, directory = migrationsDirectory): Promise<void> {
  const migrations = await readMigrations(directory);
  const client = new Client({ connectionString: url, application_name: "spillway-migrate" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const pending = pendingOf(migrations, await readApplied(client));
    await migrateQueue(url);
    for (const migration of pending) {
      await apply(client, migration);
      log?.info({ migration: migration.name }, "migration applied");
    }
  } finally {
    await client.end(); // and with it goes the lock
  }
}

/**
 * The migrations that a backup's database had, as this code has them.
 * @throws {DomainError} `schema_newer_than_code`, `migration_changed`.
 */
async function knownOf(applied: readonly AppliedMigration[], directory: string): Promise<Migration[]> {
  const migrations = await readMigrations(directory);
  const pending = new Set(pendingOf(migrations, applied, "backup"));
  return migrations.filter((migration) => !pending.has(migration));
}

/** Refuses a backup whose schema this code cannot make. @throws {DomainError} `schema_newer_than_code`, `migration_changed`. */
export const assertSchemaKnown = async (
  applied: readonly AppliedMigration[],
  directory = migrationsDirectory,
): Promise<void> => void (await knownOf(applied, directory));

/**
 * Makes our tables as they were after exactly these migrations, all in the caller's transaction, in a database that has none.
 * The list of migrations is left empty: its rows come with the rest.
 * @throws {DomainError} as `assertSchemaKnown`
 */
export async function buildSchema(
  tx: Tx,
  applied: readonly AppliedMigration[],
  directory = migrationsDirectory,
): Promise<void> {
  const known = await knownOf(applied, directory);
  await sql.raw(listOfMigrations).execute(tx);
  for (const { name, text } of known)
    await sql
      .raw(text)
      .execute(tx)
      .catch((error: unknown) => {
        throw migrationFailed(`Migration ${name} failed, and nothing is left of it`, error, name);
      });
}

type LockedFor = "exclusive" | "shared";
const suffixOf = (how: LockedFor) => sql.raw(how === "shared" ? "_shared" : "");

/**
 * Keeps every migration away until `letMigrationsIn`, or until the connection ends. Waits for one that is under way.
 * @param connection pinned: the lock is the session's.
 * @param how        "exclusive": as whoever migrates; "shared": others may hold it so at the same time.
 */
export async function keepMigrationsOut(connection: Db | Tx, how: LockedFor): Promise<void> {
  await sql`select pg_advisory_lock${suffixOf(how)}(${lockKey})`.execute(connection);
}

export async function letMigrationsIn(connection: Db | Tx, how: LockedFor): Promise<void> {
  await sql`select pg_advisory_unlock${suffixOf(how)}(${lockKey})`.execute(connection);
}

/** The migrations that a database has had, in their order. */
export async function listMigrations(db: Db | Tx): Promise<readonly AppliedMigration[]> {
  const { rows } = await sql<AppliedMigration>`
    select version, name, checksum from schema_migration order by version`.execute(db);
  return rows;
}

/**
 * Promises that the schema is exactly what this code was written for.
 * @throws {DomainError} `schema_outdated`, `schema_newer_than_code`, `migration_changed`.
 */
export async function assertSchemaCurrent(db: Db, directory = migrationsDirectory): Promise<void> {
  const migrations = await readMigrations(directory);
  const applied = await sql<Applied>`select version, name, checksum from schema_migration`.execute(db).then(
    ({ rows }) => rows,
    (error: unknown) => {
      if (sqlStateOf(error) === "42P01") return []; // no such table: nothing was ever applied
      throw error;
    },
  );
  const [missing] = pendingOf(migrations, applied);
  if (missing) {
    throw new DomainError(
      "schema_outdated",
      applied.length === 0
        ? "The database is empty. Run `spillway migrate`, or start the engine: it makes the tables."
        : `The database lacks migration ${missing.name}. Run \`spillway migrate\`, or start the engine: it applies what is missing.`,
      { version: missing.version },
    );
  }
}
