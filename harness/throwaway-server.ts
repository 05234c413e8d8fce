import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, sql, startEmbedded } from "../src/database/index.ts";
import { silentLogger } from "../src/telemetry/index.ts";

/** A PostgreSQL of which nothing is kept. */
export interface ThrowawayServer {
  /** Its user may create databases. */
  readonly url: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/**
 * Whose databases live for seconds need no tidying up, nothing synced and nothing compiled. Most of a login is making the
 * password hard to guess, and an engine that dies and starts again logs in anew with every connection.
 */
async function makeQuick(url: string): Promise<void> {
  const admin = connect(url, { max: 1, applicationName: "spillway-harness" });
  await sql`alter system set autovacuum = off`.execute(admin.db);
  await sql`alter system set synchronous_commit = off`.execute(admin.db);
  await sql`alter system set jit = off`.execute(admin.db);
  await sql`select pg_reload_conf()`.execute(admin.db);
  const { username, password } = new URL(url);
  await admin.db.transaction().execute(async (tx) => {
    await sql`set local scram_iterations = 1`.execute(tx);
    await sql`alter role ${sql.id(username)} password ${sql.lit(decodeURIComponent(password))}`.execute(tx);
  });
  await admin.close();
}

/**
 * Starts an embedded server on a directory of its own.
 * @param options.durable true: it syncs and logs in as in production, for whoever measures that.
 */
export async function startThrowawayServer({ durable = false } = {}): Promise<ThrowawayServer> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-throwaway-"));
  await chmod(directory, 0o755); // as root, the server runs as another user
  const server = await startEmbedded({ dataDirectory: directory, log: silentLogger, durable });
  if (!durable) await makeQuick(server.url);
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
