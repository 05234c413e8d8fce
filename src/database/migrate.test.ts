import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { assertSchemaCurrent, connect, migrate, sql } from "./index.ts";
import { migrationsDirectory } from "./migrate.ts";

/** A copy of our migrations that a test may change. */
async function copyOfMigrations(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-migrations-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await cp(migrationsDirectory, directory, { recursive: true });
  return directory;
}

test("ten processes may migrate at once: each migration is applied once", async () => {
  const { url, db } = await freshDatabase({ empty: true });
  await Promise.all(Array.from({ length: 10 }, () => migrate(url)));
  await assertSchemaCurrent(db);
  const { rows } = await sql<{
    version: number;
  }>`select version from schema_migration order by version`.execute(db);
  expect(rows.length).toBeGreaterThan(0);
  expect(new Set(rows.map(({ version }) => version)).size).toBe(rows.length);
});

test("a database that is not migrated is refused", async () => {
  const { db } = await freshDatabase({ empty: true });
  await expect(assertSchemaCurrent(db)).rejects.toMatchObject({ code: "schema_outdated" });
});

test("code older than the schema refuses to start", async () => {
  const { url, db } = await freshDatabase();
  await sql`insert into schema_migration (version, name, checksum) values (9999, '9999_future.sql', 'x')`.execute(
    db,
  );
  await expect(migrate(url)).rejects.toMatchObject({ code: "schema_newer_than_code" });
  await expect(assertSchemaCurrent(db)).rejects.toMatchObject({ code: "schema_newer_than_code" });
});

test("a migration changed after it was applied is refused", async () => {
  const { url, db } = await freshDatabase();
  const directory = await copyOfMigrations();
  const file = join(directory, "0001_foundation.sql");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replaceAll("\n", "\r\n"));
  await migrate(url, undefined, directory); // other line ends are no change
  await writeFile(file, `${text}\n-- one word more`);
  await expect(migrate(url, undefined, directory)).rejects.toMatchObject({ code: "migration_changed" });
  await expect(assertSchemaCurrent(db, directory)).rejects.toMatchObject({ code: "migration_changed" });
});

test("a user who may not make tables is told so in the database's words, and what to do", async () => {
  const { url, db } = await freshDatabase({ empty: true });
  const stranger = new URL(url);
  stranger.username = `spillway_stranger_${randomBytes(4).toString("hex")}`;
  const admin = connect(inject("adminUrl"), { max: 1 });
  onTestFinished(async () => {
    await sql`drop role ${sql.id(stranger.username)}`.execute(admin.db);
    await admin.close();
  });
  await sql`create role ${sql.id(stranger.username)} login password ${sql.lit(stranger.password)}`.execute(
    admin.db,
  );
  await expect(migrate(stranger.href)).rejects.toMatchObject({
    code: "migration_failed",
    message: expect.stringMatching(/permission denied for schema public .*must own the database/),
  });
  const { rows } = await sql`select from pg_class where relnamespace = 'public'::regnamespace`.execute(db);
  expect(rows).toEqual([]);
});

test("the user of a managed server's database suffices: it owns the database and is nothing more", async () => {
  const { url, db } = await freshDatabase({ empty: true });
  await migrate(url);
  const { rows } = await sql`
    select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls from pg_roles where rolname = current_user`.execute(
    db,
  );
  expect(rows).toEqual([
    { rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolreplication: false, rolbypassrls: false },
  ]);
});

test("a migration that fails leaves nothing behind, and works once corrected", async () => {
  const { url, db } = await freshDatabase();
  const directory = await copyOfMigrations();
  const file = join(directory, "9000_broken.sql");
  await writeFile(file, "create table half (id int); select 1 / 0;");
  await expect(migrate(url, undefined, directory)).rejects.toMatchObject({
    code: "migration_failed",
    message: expect.stringContaining(
      "9000_broken.sql failed and was rolled back. The database says: division by zero",
    ),
  });
  const { rows } = await sql<{ half: string | null }>`select to_regclass('half')::text as half`.execute(db);
  expect(rows).toEqual([{ half: null }]);
  await writeFile(file, "create table half (id int);");
  await migrate(url, undefined, directory);
  await assertSchemaCurrent(db, directory);
});
