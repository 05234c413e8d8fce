import { existsSync } from "node:fs";
import { readFile, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { DomainError } from "../errors.ts";
import type { Logger } from "../telemetry/index.ts";
import { sqlStateOf } from "./in-transaction.ts";
import { keepPassword, prepareFiles, type EmbeddedFiles } from "./embedded-files.ts";
import { notWritable } from "./reach.ts";
import {
  createCluster,
  isAlive,
  launch,
  readPostmaster,
  removeStaleLock,
  stopOrphan,
  superuser,
  type Postmaster,
  type RunningServer,
  type StopHow,
} from "./embedded-process.ts";

const databaseName = "spillway";
/** The owner of a server holds this lock from a connection of its own: when it dies, however, the lock is free. */
const ownerLock = 7_202_611_200_001;
/** How long to wait for a server that is on its way up or down before giving up. */
const busyForMs = 20_000;
const readyWithinMs = 120_000;

export interface EmbeddedServer {
  readonly url: string;
  /** "immediate" writes nothing more, as in a crash: the next start recovers from the log. "fast" if absent. */
  stop(how?: StopHow): Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataDirectory: string;
  readonly log: Logger;
  readonly durable?: boolean;
  readonly port?: number;
}

/** What short commands need to reach a running server: written at start, gone after a clean stop. */
interface Contact {
  readonly port: number;
  readonly enginePid: number;
}

const contactFile = (dataDirectory: string): string => join(dataDirectory, "postgres.json");
const urlOf = (port: number, password: string, database = databaseName): string =>
  `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;

async function readContact(dataDirectory: string): Promise<Contact | null> {
  try {
    return JSON.parse(await readFile(contactFile(dataDirectory), "utf8")) as Contact;
  } catch {
    return null;
  }
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function tryConnect(url: string): Promise<Client | null> {
  const client = new Client({
    connectionString: url,
    application_name: "spillway-owner",
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    if (sqlStateOf(error) === "28P01") throw wrongPassword(error);
    return null;
  }
}

const wrongPassword = (cause: unknown): DomainError =>
  new DomainError(
    "embedded_database_password",
    "The embedded PostgreSQL refuses the password in the data directory's file postgres-password. Put the file back " +
      "that was made together with this database.",
    {},
    cause,
  );

async function takeOwnership(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [
    ownerLock,
  ]);
  return rows[0]?.taken === true;
}

const inUse = (dataDirectory: string): DomainError =>
  new DomainError(
    "database_in_use",
    `Another Spillway is already running on ${dataDirectory}. Stop it first, or give this one another data directory ` +
      "or a DATABASE_URL.",
    { dataDirectory },
  );

/** What is to be done about a server that already runs on our cluster. */
async function judge(
  files: EmbeddedFiles,
  running: Postmaster,
  password: string,
): Promise<"owned" | "orphan" | "busy"> {
  const client = running.port === null ? null : await tryConnect(urlOf(running.port, password, "postgres"));
  if (client === null) return "busy"; // starting or stopping
  try {
    if (!(await takeOwnership(client))) return "owned";
    // Between starting its server and taking the lock, an owner is known by its process alone.
    const contact = await readContact(files.dataDirectory);
    return contact && contact.enginePid !== process.pid && isProcessAlive(contact.enginePid)
      ? "busy"
      : "orphan";
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Makes way: stops an orphan, waits for one that is going away, removes the lock of a dead one. */
async function clearTheWay(files: EmbeddedFiles, password: string, log: Logger): Promise<void> {
  const deadline = performance.now() + busyForMs;
  let orphanSeen = 0;
  for (;;) {
    const running = await readPostmaster(files);
    if (running === null) return;
    if (!(await isAlive(files, running))) {
      await removeStaleLock(files);
      return;
    }
    const verdict = await judge(files, running, password);
    if (verdict === "owned" || performance.now() > deadline) throw inUse(files.dataDirectory);
    orphanSeen = verdict === "orphan" ? orphanSeen + 1 : 0;
    // An owner that has just started its server takes its lock within moments: an orphan stays one.
    if (orphanSeen >= 3) {
      log.warn({ pid: running.pid }, "stopping an embedded PostgreSQL whose engine is gone");
      await stopOrphan(files).catch((error: unknown) => log.debug({ error }, "it stopped by itself"));
    }
    await sleep(100 + Math.random() * 100); // jitter, or two that judge each other go on doing so
  }
}

/** The owner's connection, once the server answers; null if the server ended instead. */
async function waitUntilReady(server: RunningServer, password: string): Promise<Client | null> {
  const life = { over: false };
  void server.ended.then(() => (life.over = true));
  const deadline = performance.now() + readyWithinMs;
  while (!life.over && performance.now() < deadline) {
    const client = await tryConnect(urlOf(server.port, password, "postgres"));
    if (client) return client;
    await sleep(25);
  }
  return null;
}

async function launchUntilReady(
  files: EmbeddedFiles,
  options: { password: string; durable: boolean; port: number | undefined; log: Logger },
): Promise<{ server: RunningServer; owner: Client }> {
  const deadline = performance.now() + busyForMs;
  for (;;) {
    await clearTheWay(files, options.password, options.log);
    const server = await launch(files, options);
    const owner = await waitUntilReady(server, options.password).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    if (owner && (await takeOwnership(owner))) return { server, owner };
    await owner?.end().catch(() => undefined);
    await server.stop();
    const words = await server.lastWords();
    // Somebody else was quicker or took our server for an orphan's, the old server's last processes are not gone yet, or
    // the port was taken meanwhile.
    const contested = /lock file|shared memory block is still in use|shutdown request/.test(words);
    const passing = contested || /could not bind|Address already in use/.test(words);
    if (contested && performance.now() > deadline) throw inUse(files.dataDirectory);
    if (!passing || performance.now() > deadline) throw startFailure(files, words);
    await sleep(200 + Math.random() * 200);
  }
}

function startFailure(files: EmbeddedFiles, words: string): DomainError {
  const reason =
    words
      .split("\n")
      .filter((line) => /FATAL|ERROR|PANIC|not found|denied/.test(line))
      .at(-1) ?? words.slice(-300);
  return new DomainError(
    "embedded_database_failed",
    `The embedded PostgreSQL did not start: ${reason} See ${join(files.dataDirectory, "postgres.log")}, or set ` +
      "DATABASE_URL to a PostgreSQL 15 or newer.",
    { cluster: files.cluster },
  );
}

async function createDatabase(owner: Client): Promise<void> {
  const { rows } = await owner.query("select from pg_database where datname = $1", [databaseName]);
  if (rows.length === 0) await owner.query(`create database ${databaseName}`);
}

/**
 * Whether a start failed because its disk is full. Whoever meets that first says so in its own words: initdb, or our own
 * writing of a file. A server that cannot even write them into its log says nothing.
 */
async function isDiskFull(error: unknown, dataDirectory: string): Promise<boolean> {
  for (let at = error; at instanceof Error; at = at.cause)
    if (/no space left on device|disk quota exceeded/i.test(at.message)) return true;
  if (!(error instanceof DomainError) || error.code !== "embedded_database_failed") return false;
  const disk = await statfs(dataDirectory).catch(() => null);
  return disk !== null && disk.bavail * disk.bsize < 1_000_000;
}

const diskFull = (dataDirectory: string, cause: unknown): DomainError =>
  new DomainError(
    "embedded_database_failed",
    `The disk of ${dataDirectory} is full: an empty embedded PostgreSQL alone takes 100 MB. Free some space there, set ` +
      "DATA_DIRECTORY to another disk, or set DATABASE_URL to a PostgreSQL 15 or newer.",
    { dataDirectory },
    cause,
  );

const createdMarker = (dataDirectory: string): string => join(dataDirectory, "postgres-created");

/** A database that was here and is gone must not be replaced by an empty one: nobody would notice before money is missing. */
function refuseLostCluster({ dataDirectory, cluster }: EmbeddedFiles): void {
  if (existsSync(join(cluster, "PG_VERSION")) || !existsSync(createdMarker(dataDirectory))) return;
  throw new DomainError(
    "embedded_database_gone",
    `The database of ${dataDirectory} was in ${cluster} and is gone. Put its files back, or make another DATA_DIRECTORY of a backup: \`spillway restore\`.`,
  );
}

/**
 * Starts the embedded PostgreSQL on a data directory, made if it is not there. It listens on 127.0.0.1 only, asks for a
 * random password, survives restarts and crashes, and ends when this process does, kill -9 included.
 * @param options.durable false gives up safety in a power cut for speed. Tests only.
 * @param options.port    to listen on, for whoever starts it again and has told others its URL; a free one if absent.
 * @throws {DomainError} `database_in_use`: another process runs on the same directory; `embedded_database_missing`;
 *   `embedded_database_failed`; `embedded_database_gone`: what was created here is not there any more.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  try {
    return await start(options);
  } catch (error) {
    if (await isDiskFull(error, options.dataDirectory)) throw diskFull(options.dataDirectory, error);
    const ofFiles = !(error instanceof DomainError) && (error as NodeJS.ErrnoException).syscall !== undefined;
    throw ofFiles ? notWritable(options.dataDirectory, error) : error;
  }
}

/** Whether a database was ever made in this directory. Nothing is written. */
export async function hasEmbedded(dataDirectory: string): Promise<boolean> {
  if (existsSync(createdMarker(dataDirectory))) return true;
  const location = await readFile(join(dataDirectory, "postgres-location"), "utf8").catch(() => "");
  return existsSync(join(location.trim() || join(dataDirectory, "postgres"), "PG_VERSION"));
}

async function start(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const durable = options.durable ?? true;
  const files = await prepareFiles(options.dataDirectory);
  const password = await keepPassword(files.dataDirectory);
  refuseLostCluster(files);
  await createCluster(files, password, durable);
  await writeFile(createdMarker(files.dataDirectory), "");
  const { log, port } = options;
  const { server, owner } = await launchUntilReady(files, { password, durable, port, log });
  const contact: Contact = { port: server.port, enginePid: process.pid };
  try {
    await writeFile(contactFile(files.dataDirectory), JSON.stringify(contact), { mode: 0o600 });
    await createDatabase(owner);
  } catch (error) {
    await owner.end().catch(() => undefined);
    await server.stop();
    throw error;
  }
  log.info({ port: server.port, pid: server.pid }, "embedded PostgreSQL started");

  let stopping: Promise<void> | undefined;
  const stop = async (how: StopHow): Promise<void> => {
    await rm(contactFile(files.dataDirectory), { force: true });
    await owner.end().catch(() => undefined);
    await server.stop(how);
  };
  void server.ended.then(() => {
    if (!stopping) log.error("the embedded PostgreSQL ended by itself: restart Spillway");
  });
  return { url: urlOf(server.port, password), stop: (how = "fast") => (stopping ??= stop(how)) };
}

/** The URL of the server that another process runs on this directory; null if none answers. */
export async function findEmbedded(dataDirectory: string): Promise<string | null> {
  const contact = await readContact(dataDirectory);
  const password = await readFile(join(dataDirectory, "postgres-password"), "utf8").catch(() => null);
  if (contact === null || password === null) return null;
  const url = urlOf(contact.port, password.trim());
  // Whoever answers on that port with another password is somebody else, after a crash of ours.
  const client = await tryConnect(url).catch(() => null);
  await client?.end();
  return client === null ? null : url;
}
