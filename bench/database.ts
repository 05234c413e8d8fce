import { randomBytes } from "node:crypto";
import { startThrowawayServer, type ThrowawayServer } from "../harness/index.ts";
import { connect, migrate, sql, type Database } from "../src/database/index.ts";

export interface BenchServer {
  /** What the figures rest on, as the server itself says it. */
  readonly settings: { readonly version: string; readonly fsync: string; readonly synchronousCommit: string };
  /** A database of its own: migrated, or a copy of another one that nobody is connected to. */
  fresh(options: { max: number; copyOf?: string }): Promise<Database & { name: string }>;
  drop(name: string): Promise<void>;
  close(): Promise<void>;
}

/** The server of BENCH_DATABASE_URL (its user must be able to create databases), else an embedded one, durable as in production. */
export async function startBenchServer(): Promise<BenchServer> {
  const server = await startServer();
  const admin = connect(server.url, { max: 1, statementTimeoutMs: 0 });
  const { rows } = await sql<{ name: string; setting: string }>`
    select name, setting from pg_settings where name in ('server_version', 'fsync', 'synchronous_commit')`.execute(
    admin.db,
  );
  const setting = new Map(rows.map((row) => [row.name, row.setting]));
  const made = new Set<string>();
  const drop = async (name: string): Promise<void> => {
    made.delete(name);
    await sql`drop database if exists ${sql.id(name)} with (force)`.execute(admin.db);
  };
  return {
    settings: {
      version: setting.get("server_version") ?? "unknown",
      fsync: setting.get("fsync") ?? "unknown",
      synchronousCommit: setting.get("synchronous_commit") ?? "unknown",
    },
    async fresh({ max, copyOf }) {
      const name = `spillway_bench_${randomBytes(4).toString("hex")}`;
      await sql`create database ${sql.id(name)} template ${sql.id(copyOf ?? "template0")}`.execute(admin.db);
      made.add(name);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      if (copyOf === undefined) await migrate(url.href);
      return {
        ...connect(url.href, { max, applicationName: "spillway-bench", statementTimeoutMs: 0 }),
        name,
      };
    },
    drop,
    async close() {
      for (const name of made) await drop(name);
      await admin.close();
      await server.stop();
    },
  };
}

async function startServer(): Promise<ThrowawayServer> {
  const given = process.env["BENCH_DATABASE_URL"];
  return given ? { url: given, stop: async () => undefined } : startThrowawayServer({ durable: true });
}
