import { randomBytes } from "node:crypto";
import type { TestProject } from "vitest/node";
import { startThrowawayServer, type ThrowawayServer } from "../../harness/index.ts";
import { connect, migrate, sql } from "../../src/database/index.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A database on the tests' server whose user may create others. */
    adminUrl: string;
    /** A migrated, empty database to copy. */
    templateName: string;
    /** How much the simulation is asked to prove: vitest.config.ts decides. */
    form: "short" | "long";
  }
}

/** The server to test on: that of TEST_DATABASE_URL, else one embedded server for the whole run. */
async function startServer(): Promise<ThrowawayServer> {
  const given = process.env["TEST_DATABASE_URL"];
  return given ? { url: given, stop: async () => undefined } : startThrowawayServer();
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
