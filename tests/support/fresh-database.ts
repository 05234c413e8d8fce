import { randomBytes } from "node:crypto";
import { afterAll, inject } from "vitest";
import { connect, sql, type Database } from "../../src/database/index.ts";

const open = new Set<Database>();

afterAll(async () => {
  await Promise.all([...open].map((database) => database.close()));
});

async function asAdmin(statement: ReturnType<typeof sql>): Promise<void> {
  const admin = connect(inject("adminUrl"), { max: 1 });
  try {
    await statement.execute(admin.db);
  } finally {
    await admin.close();
  }
}

/**
 * A database of its own on the tests' server, dropped by `close` or at the end of the test file. Its user owns it and is
 * nobody else: what works here works wherever one is given a database.
 * @param options.empty without our schema; otherwise migrated.
 * @param options.max   connections of its pool.
 */
export async function freshDatabase(options: { empty?: boolean; max?: number } = {}): Promise<Database> {
  const name = `spillway_test_${randomBytes(6).toString("hex")}`;
  const url = new URL(inject("templateUrl"));
  const template = options.empty ? "template0" : url.pathname.slice(1);
  await asAdmin(
    sql`create database ${sql.id(name)} template ${sql.id(template)} owner ${sql.id(url.username)}`,
  );
  url.pathname = `/${name}`;
  const inner = connect(url.href, { max: options.max ?? 10, applicationName: "spillway-test" });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    open.delete(database);
    await inner.close();
    await asAdmin(sql`drop database if exists ${sql.id(name)} with (force)`);
  };
  const database: Database = { ...inner, close: () => (closing ??= close()) };
  open.add(database);
  return database;
}
