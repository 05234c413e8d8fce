import { execFileSync } from "node:child_process";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, expect, test } from "vitest";
import { eventually, startProcess } from "../../tests/support/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { repairLinks } from "./embedded-files.ts";
import { attachOrOpen, connect, openDatabase, sql, startEmbedded, type Database } from "./index.ts";

const cleanups: (() => Promise<unknown>)[] = [];
/** Removed when all that runs on them is closed. */
const directories: string[] = [];
const isRoot = process.getuid?.() === 0;

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

async function newDirectory(mode = 0o755): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-embedded-"));
  await chmod(directory, mode);
  directories.push(directory);
  return join(directory, "data");
}

async function open(dataDirectory: string, how = openDatabase): Promise<Database> {
  const database = await how({ databaseUrl: null, dataDirectory, log: silentLogger });
  cleanups.push(() => database.close());
  return database;
}

async function words({ db }: Database): Promise<string[]> {
  const { rows } = await sql<{ word: string }>`select word from witness order by word`.execute(db);
  return rows.map(({ word }) => word);
}

async function postmasterPid(dataDirectory: string): Promise<number> {
  const pointer = await readFile(join(dataDirectory, "postgres-location"), "utf8").catch(() => "");
  const cluster = pointer.trim() || join(dataDirectory, "postgres");
  return Number.parseInt(await readFile(join(cluster, "postmaster.pid"), "utf8"), 10);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function write(database: Database, word: string): Promise<void> {
  await sql`create table if not exists witness (word text primary key)`.execute(database.db);
  await sql`insert into witness values (${word})`.execute(database.db);
}

test("what was written is there after a restart", async () => {
  const directory = await newDirectory();
  const first = await open(directory);
  await write(first, "one");
  await first.close();
  expect(await words(await open(directory))).toEqual(["one"]);
});

test("stopped as by a crash and started again on its port, it has all that was committed, for those who had its URL too", async () => {
  const dataDirectory = await newDirectory();
  const first = await startEmbedded({ dataDirectory, log: silentLogger });
  const database = connect(first.url);
  cleanups.push(() => database.close());
  await write(database, "committed");
  const client = await database.pool.connect();
  await client.query("begin");
  await client.query("insert into witness values ('never committed')");
  await first.stop("immediate");
  const port = Number.parseInt(new URL(first.url).port, 10);
  const second = await startEmbedded({ dataDirectory, log: silentLogger, port });
  cleanups.push(() => second.stop());
  expect(new URL(second.url).port).toBe(String(port));
  client.release(true);
  expect(await words(database)).toEqual(["committed"]);
});

test("a database that is gone is not replaced by an empty one", async () => {
  const directory = await newDirectory();
  await (await open(directory)).close();
  await rm(join(directory, "postgres"), { recursive: true });
  await expect(open(directory)).rejects.toMatchObject({ code: "embedded_database_gone" });
});

test("killed without warning, it takes its server along, and the next start has all that was committed", async () => {
  const directory = await newDirectory();
  const holder = startProcess("database-holder", directory, "committed");
  await holder.says("holding");
  const server = await postmasterPid(directory);
  expect(isRunning(server)).toBe(true);
  await holder.killHard();
  expect(await words(await open(directory))).toEqual(["committed"]);
  await eventually("the old server is gone", () => !isRunning(server));
});

test("killed together with its server, the next start recovers", async () => {
  const directory = await newDirectory();
  const holder = startProcess("database-holder", directory, "committed");
  await holder.says("holding");
  process.kill(await postmasterPid(directory), "SIGKILL");
  await holder.killHard();
  expect(await words(await open(directory))).toEqual(["committed"]);
});

test("nobody needs to start it again for its server to end", async () => {
  const directory = await newDirectory();
  const holder = startProcess("database-holder", directory, "x");
  await holder.says("holding");
  const server = await postmasterPid(directory);
  await holder.killHard();
  await eventually("the server ends by itself", () => !isRunning(server));
});

test("a second start on the same directory refuses, and the first goes on", async () => {
  const directory = await newDirectory();
  const first = await open(directory);
  await write(first, "mine");
  const second = openDatabase({ databaseUrl: null, dataDirectory: directory, log: silentLogger });
  await expect(second).rejects.toMatchObject({
    code: "database_in_use",
    message: expect.stringContaining("Another Spillway is already running"),
  });
  expect(await words(first)).toEqual(["mine"]);
});

test("a whole configuration may be passed: the port of the API in it is not the database's", async () => {
  const configuration = {
    databaseUrl: null,
    dataDirectory: await newDirectory(),
    port: 48_484,
    log: silentLogger,
  };
  const database = await openDatabase(configuration);
  cleanups.push(() => database.close());
  expect(new URL(database.url).port).not.toBe("48484");
});

test("of two that start at the same moment, one runs and the other is told", async () => {
  const directory = await newDirectory();
  const starts = await Promise.allSettled([open(directory), open(directory)]);
  const codes = starts.map((start) =>
    start.status === "fulfilled" ? "runs" : (start.reason as { code: string }).code,
  );
  expect(codes.sort()).toEqual(["database_in_use", "runs"]);
});

test("a short command joins the server that runs, and leaves it running", async () => {
  const directory = await newDirectory();
  const engine = await open(directory);
  await write(engine, "shared");
  const command = await open(directory, attachOrOpen);
  expect(await words(command)).toEqual(["shared"]);
  await command.close();
  expect(await words(engine)).toEqual(["shared"]);
});

test("a short command starts the server when none runs, and stops it again", async () => {
  const directory = await newDirectory();
  await expect(open(directory, attachOrOpen)).rejects.toMatchObject({ code: "no_database" });
  await (await open(directory)).close();
  const command = await open(directory, attachOrOpen);
  const server = await postmasterPid(directory);
  await command.close();
  expect(isRunning(server)).toBe(false);
  await open(directory);
});

test("a lock file whose process id belongs to somebody else by now does not keep it from starting", async () => {
  const directory = await newDirectory();
  const first = await open(directory);
  await write(first, "kept");
  const lock = join(directory, "postgres", "postmaster.pid");
  const lines = (await readFile(lock, "utf8")).split("\n");
  await first.close();
  await writeFile(lock, [String(process.pid), ...lines.slice(1)].join("\n"));
  expect(await words(await open(directory))).toEqual(["kept"]);
});

test("it asks for its password, which only the owner of the directory may read", async () => {
  const directory = await newDirectory();
  const { url } = await open(directory);
  const wrong = new URL(url);
  expect(wrong.hostname).toBe("127.0.0.1");
  wrong.password = "guess";
  const intruder = new Client({ connectionString: wrong.href });
  await expect(intruder.connect()).rejects.toThrow(/password authentication failed/);
  for (const name of ["postgres-password", "postgres.json"]) {
    expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
  }
});

if (isRoot) {
  test("as root, in a directory that others cannot enter, it runs, and its data stays found", async () => {
    const directory = await newDirectory(0o700);
    const first = await open(directory);
    await write(first, "private");
    await first.close();
    const location = (await readFile(join(directory, "postgres-location"), "utf8")).trim();
    directories.push(join(location, ".."));
    await chmod(join(directory, ".."), 0o755); // were the place chosen anew, it would be another one now
    expect(await words(await open(directory))).toEqual(["private"]);
  });

  test("as root, a data directory that was deleted and made anew starts with an empty database", async () => {
    const directory = await newDirectory(0o700);
    for (const word of ["old", "new"]) {
      const database = await open(directory);
      await write(database, word);
      expect(await words(database)).toEqual([word]);
      await database.close();
      const location = (await readFile(join(directory, "postgres-location"), "utf8")).trim();
      directories.push(join(location, ".."));
      await rm(directory, { recursive: true });
    }
  });

  test("as root, a cluster in a directory that others can no longer enter moves with its data", async () => {
    const directory = await newDirectory();
    const first = await open(directory);
    await write(first, "moved");
    await first.close();
    await chmod(join(directory, ".."), 0o700);
    expect(await words(await open(directory))).toEqual(["moved"]);
    const location = (await readFile(join(directory, "postgres-location"), "utf8")).trim();
    directories.push(join(location, ".."));
  });

  test("as root, the server runs as a user without rights", async () => {
    const directory = await newDirectory();
    await open(directory);
    const owner = execFileSync("stat", ["-c", "%u", `/proc/${await postmasterPid(directory)}`])
      .toString()
      .trim();
    expect(owner).not.toBe("0");
  });
}

if (existsSync("/dev/full"))
  test("a full disk is said as such, and leaves no server behind", async () => {
    const dataDirectory = await newDirectory();
    await (await open(dataDirectory)).close();
    const contact = join(dataDirectory, "postgres.json");
    await symlink("/dev/full", contact); // each write to it fails as on a full disk
    await expect(open(dataDirectory)).rejects.toMatchObject({
      code: "embedded_database_failed",
      message: expect.stringMatching(/The disk of .* is full.*DATA_DIRECTORY.*DATABASE_URL/),
    });
    await rm(contact);
    await open(dataDirectory); // nobody holds it
  });

test("with another password file it says so at once, and works again with the right one", async () => {
  const directory = await newDirectory();
  const first = await open(directory);
  await write(first, "locked");
  await first.close();
  const file = join(directory, "postgres-password");
  const password = await readFile(file, "utf8");
  await writeFile(file, "another");
  await expect(open(directory)).rejects.toMatchObject({ code: "embedded_database_password" });
  await writeFile(file, password);
  expect(await words(await open(directory))).toEqual(["locked"]);
});

test("links that an install without scripts did not make are made at the start", async () => {
  const directory = await newDirectory();
  await mkdir(join(directory, "native/lib"), { recursive: true });
  const links = [{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so" }];
  await writeFile(join(directory, "native/pg-symlinks.json"), JSON.stringify(links));
  await writeFile(join(directory, "native/lib/libpq.so.5.18"), "x");
  await repairLinks(directory);
  await repairLinks(directory);
  expect((await lstat(join(directory, "native/lib/libpq.so"))).isSymbolicLink()).toBe(true);
  expect(await readlink(join(directory, "native/lib/libpq.so"))).toBe("libpq.so.5.18");
});
