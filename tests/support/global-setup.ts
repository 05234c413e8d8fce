import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { connect, migrate, sql, startEmbedded } from "../../src/database/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A database on the tests' server whose user may create others. */
    adminUrl: string;
    /** A migrated, empty database to copy. */
    templateName: string;
  }
}

/** The server to test on: that of TEST_DATABASE_URL, else one embedded server for the whole run. */
async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env["TEST_DATABASE_URL"];
  if (given) return { url: given, stop: async () => undefined };
  const directory = await mkdtemp(join(tmpdir(), "spillway-test-"));
  await chmod(directory, 0o755); // as root, the server runs as another user
  const server = await startEmbedded({ dataDirectory: directory, log: silentLogger, durable: false });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { url: server.url, stop };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const templateName = `spillway_template_${randomBytes(4).toString("hex")}`;
  const admin = connect(server.url, { max: 1 });
  await sql`create database ${sql.id(templateName)}`.execute(admin.db);
  const template = new URL(server.url);
  template.pathname = `/${templateName}`;
  await migrate(template.href);
  project.provide("adminUrl", server.url);
  project.provide("templateName", templateName);
  return async () => {
    await sql`drop database if exists ${sql.id(templateName)} with (force)`.execute(admin.db);
    await admin.close();
    await server.stop();
  };
}
