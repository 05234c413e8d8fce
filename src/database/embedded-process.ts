import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, readdir, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { DomainError } from "../errors.ts";
import { giveTo, type EmbeddedFiles } from "./embedded-files.ts";

export const superuser = "spillway";
const stopWithinMs = 20_000;
const logLimitBytes = 20_000_000;

/** PostgreSQL's own lock file. `port` is null while the server is starting. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number | null;
}

/** Fast: sessions are ended, everything is written. Immediate: as a crash. */
export type StopHow = "fast" | "immediate";

export interface RunningServer {
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(how?: StopHow): Promise<void>;
}

const environment = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
const programIn = ({ binaries }: EmbeddedFiles, name: string): string =>
  join(binaries, "bin", process.platform === "win32" ? `${name}.exe` : name);

/** Runs a program of PostgreSQL's as the server's user, to its end. */
async function runProgram(files: EmbeddedFiles, name: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(programIn(files, name), args, { ...files.user, cwd: "/", env: environment });
  } catch (cause) {
    const { stderr, message } = cause as Error & { stderr?: string };
    throw new DomainError(
      "embedded_database_failed",
      `The embedded PostgreSQL's ${name} failed: ${(stderr || message).trim().split("\n").slice(-3).join(" ")} ` +
        "Correct the cause, or set DATABASE_URL to a PostgreSQL 15 or newer.",
      { program: name },
      cause,
    );
  }
}

/** Makes the cluster, whole or not at all. Of two processes at once, one wins and the other uses its cluster. */
export async function createCluster(files: EmbeddedFiles, password: string, durable: boolean): Promise<void> {
  if (existsSync(join(files.cluster, "PG_VERSION"))) return;
  const parent = dirname(files.cluster);
  await removeAbandoned(parent);
  const partial = join(parent, `postgres-init-${randomBytes(4).toString("hex")}`);
  const passwordFile = `${partial}.pw`;
  await mkdir(partial, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  await giveTo(files.user, partial, passwordFile);
  try {
    await runProgram(files, "initdb", [
      `--pgdata=${partial}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--no-locale",
      ...(durable ? [] : ["--no-sync"]),
    ]);
    await rename(partial, files.cluster).catch((error: unknown) => {
      if (!existsSync(join(files.cluster, "PG_VERSION"))) throw error;
    });
  } finally {
    await rm(passwordFile, { force: true });
    await rm(partial, { recursive: true, force: true });
  }
}

/** Leftovers of a creation that was killed. Younger ones may belong to a process that is at work. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of (await readdir(parent)).filter((entry) => entry.startsWith("postgres-init-"))) {
    const path = join(parent, name);
    const made = await stat(path).catch(() => null);
    if (made && Date.now() - made.mtimeMs > 600_000) await rm(path, { recursive: true, force: true });
  }
}

export async function readPostmaster({ cluster }: EmbeddedFiles): Promise<Postmaster | null> {
  const text = await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => "");
  const lines = text.split("\n");
  const pid = Number.parseInt(lines[0] ?? "", 10);
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  const port = Number.parseInt(lines[3] ?? "", 10);
  return { pid, port: Number.isSafeInteger(port) && port > 0 ? port : null };
}

/** Whether the process of that id is a PostgreSQL server of this cluster, not just a process that got its id later. */
export async function isAlive(files: EmbeddedFiles, { pid }: Postmaster): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  if (process.platform === "linux") {
    // Empty for a zombie: dead, but not yet collected by its parent.
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    return command.includes(files.cluster);
  }
  if (process.platform === "win32") return true;
  const { stdout } = await promisify(execFile)("ps", ["-o", "args=", "-p", String(pid)]).catch(() => ({
    stdout: "",
  }));
  return stdout.includes(files.cluster);
}

/** Removes the lock file of a server that is dead. */
export async function removeStaleLock({ cluster }: EmbeddedFiles): Promise<void> {
  await rm(join(cluster, "postmaster.pid"), { force: true });
}

/** Stops a server that nobody owns any more. */
export async function stopOrphan(files: EmbeddedFiles): Promise<void> {
  await runProgram(files, "pg_ctl", [
    "stop",
    `--pgdata=${files.cluster}`,
    "--mode=fast",
    "--wait",
    "--timeout=30",
  ]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once("error", fail).listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise<void>((done) => server.close(() => done()));
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

/**
 * Becomes the server, after leaving behind a watcher on descriptor 3, whose other end we hold. When we end in whatever
 * way, kill -9 included, the pipe closes and the watcher asks the server for a fast shutdown. A line in the pipe says
 * that the server ended first, and that its process id may belong to somebody else by now. The watcher is nobody's
 * child: PostgreSQL takes the end of a child it does not know for a crash.
 */
const startWatched =
  '( (if read -r _ <&3; then exit 0; fi; kill -INT "$$") >/dev/null 2>&1 & ); exec "$@" 3<&-';

function settings(port: number, durable: boolean): string[] {
  const values = {
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "100",
    shared_buffers: "128MB",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    ...(!durable && { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function openLog(file: string): Promise<{ fd: number; from: number; close(): Promise<void> }> {
  const size = (await stat(file).catch(() => null))?.size ?? 0;
  if (size > logLimitBytes) await truncate(file);
  const handle = await open(file, "a", 0o600);
  return { fd: handle.fd, from: (await handle.stat()).size, close: () => handle.close() };
}

/** Starts the server's process. It may still refuse: then `ended` resolves soon, and the reason is in its log. */
export async function launch(
  files: EmbeddedFiles,
  options: { durable: boolean; port?: number },
): Promise<RunningServer & { lastWords(): Promise<string> }> {
  const port = options.port ?? (await freePort());
  const logFile = join(files.dataDirectory, "postgres.log");
  const log = await openLog(logFile);
  const args = ["-D", files.cluster, ...settings(port, options.durable)];
  const program = programIn(files, "postgres");
  const [command, commandArgs] =
    process.platform === "win32"
      ? [program, args]
      : ["/bin/sh", ["-c", startWatched, "sh", program, ...args]];
  // Its own session: an interrupt from the keyboard goes to us, and we stop the server when we are done with it.
  const child = spawn(command, commandArgs, {
    ...files.user,
    cwd: "/",
    env: environment,
    detached: true,
    stdio: ["ignore", log.fd, log.fd, "pipe"],
  });
  const ended = new Promise<void>((done) => {
    child.once("error", () => done());
    child.once("exit", () => done());
  });
  await log.close();
  const watch = child.stdio[3] as Writable & { unref?(): void };
  watch.on("error", () => undefined);
  void ended.then(() => watch.end("ended\n"));
  child.unref();
  watch.unref?.();
  return {
    port,
    pid: child.pid ?? 0,
    ended,
    stop: (how = "fast") => stopChild(child, ended, how),
    lastWords: async () => (await readFile(logFile)).subarray(log.from).toString("utf8").trim(),
  };
}

async function stopChild(child: ChildProcess, ended: Promise<void>, how: StopHow): Promise<void> {
  child.ref(); // we wait for it now
  child.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
  const impatient = new AbortController();
  const late = sleep(stopWithinMs, undefined, { signal: impatient.signal }).then(
    () => child.kill("SIGQUIT"),
    () => undefined,
  );
  await ended;
  impatient.abort();
  await late;
}
