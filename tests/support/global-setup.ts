import { randomBytes } from "node:crypto";
import type { TestProject } from "vitest/node";
import { startThrowawayServer, type ThrowawayServer } from "../../harness/index.ts";
import { connect, migrate, sql, type Db } from "../../src/database/index.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A database on the tests' server whose user is its superuser. */
    adminUrl: string;
    /** A migrated, empty database to copy, of the owner's, and with that user's name and password. */
    templateUrl: string;
    /** How much the simulation is asked to prove: vitest.config.ts decides. */
    form: "short" | "long";
  }
}

/** The server to test on: that of TEST_DATABASE_URL, else one embedded server for the whole run. */
async function startServer(): Promise<ThrowawayServer> {
  const given = process.env["TEST_DATABASE_URL"];
  return given ? { url: given, stop: async () => undefined } : startThrowawayServer();
}

/**
 * Whom the tests' databases belong to: as at any managed service, an ordinary user. But one thing: tests may put triggers to
 * sleep, to plant what nobody but a superuser could.
 */
async function createOwner(admin: Db): Promise<{ name: string; password: string }> {
  const owner = {
    name: `spillway_owner_${randomBytes(4).toString("hex")}`,
    password: randomBytes(16).toString("hex"),
  };
  await admin.transaction().execute(async (tx) => {
    // As the harness does it, where PostgreSQL is 16 or newer: most of a login is making the password hard to guess.
    await sql`select set_config(name, '1', true) from pg_settings where name = 'scram_iterations'`.execute(
      tx,
    );
    await sql`create role ${sql.id(owner.name)} login password ${sql.lit(owner.password)}`.execute(tx);
  });
  await sql`grant set on parameter session_replication_role to ${sql.id(owner.name)}`.execute(admin);
  return owner;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const templateName = `spillway_template_${randomBytes(4).toString("hex")}`;
  const admin = connect(server.url, { max: 1 });
  const owner = await createOwner(admin.db);
  await sql`create database ${sql.id(templateName)} owner ${sql.id(owner.name)}`.execute(admin.db);
  const template = new URL(server.url);
  template.username = owner.name;
  template.password = owner.password;
  template.pathname = `/${templateName}`;
  await migrate(template.href);
  project.provide("adminUrl", server.url);
  project.provide("templateUrl", template.href);
  return async () => {
    await sql`drop database if exists ${sql.id(templateName)} with (force)`.execute(admin.db);
    await sql`revoke set on parameter session_replication_role from ${sql.id(owner.name)}`.execute(admin.db);
    await sql`drop role ${sql.id(owner.name)}`.execute(admin.db);
    await admin.close();
    await server.stop();
  };
}
