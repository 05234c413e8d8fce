import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { freePort } from "../../sandbox/anvil.ts";
import { eventually } from "../support/index.ts";

export interface Pooler {
  /** Leads to the same database through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Debian's PgBouncer before one database, with its own defaults but for the mode and what `settings` says. */
export async function startPgbouncer(
  databaseUrl: string,
  mode: "session" | "transaction" | "statement",
  settings: Readonly<Record<string, string | number>> = {},
): Promise<Pooler> {
  const target = new URL(databaseUrl);
  const directory = await mkdtemp(join(tmpdir(), "spillway-pgbouncer-"));
  await chmod(directory, 0o755); // as root, the pooler runs as another user
  const [port, name] = [await freePort(), target.pathname.slice(1)];
  const { hostname, username, password } = target;
  const server = `host=${hostname} port=${target.port} dbname=${name} user=${username} password=${decodeURIComponent(password)}`;
  const file = join(directory, "pgbouncer.ini");
  const rest = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  await writeFile(
    file,
    [
      "[databases]",
      `${name} = ${server}`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${port}`,
      "unix_socket_dir =",
      "auth_type = any",
      `pool_mode = ${mode}`,
      ...rest,
      "",
    ].join("\n"),
  );
  // It refuses to be root.
  const asNobody = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn("pgbouncer", [...asNobody, file], {
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, "exit");
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  await eventually("a pooler that answers", async () => {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended: ${said}`);
    const client = new Client({ connectionString: url.href });
    client.on("error", () => undefined);
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  });
  return {
    url: url.href,
    async stop() {
      child.kill("SIGINT");
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
