import { access, constants, mkdir, stat } from "node:fs/promises";
import { Client } from "pg";
import { DomainError } from "../errors.ts";
import { sqlStateOf } from "./in-transaction.ts";

const answersWithinMs = 10_000;
const oldestVersion = 15;

const unreachable = (message: string, cause?: unknown): DomainError =>
  new DomainError("database_unreachable", message, {}, cause);

/**
 * Asks a server one question, before anything depends on its answers.
 * @throws {DomainError} `database_unreachable`, `transaction_pooling`: one sentence about DATABASE_URL, without its password.
 */
export async function reachServer(url: string): Promise<void> {
  const client = new Client({
    connectionString: url,
    application_name: "spillway-start",
    connectionTimeoutMillis: answersWithinMs,
    query_timeout: answersWithinMs,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(
      "select current_setting('server_version_num') as version",
    );
    const version = Math.floor(Number(rows[0]?.version) / 10_000);
    if (version < oldestVersion)
      throw unreachable(
        `DATABASE_URL leads to a PostgreSQL ${version}. Give it one of version ${oldestVersion} or newer.`,
      );
    await refuseTransactionPooling(client, url);
  } catch (error) {
    throw error instanceof DomainError ? error : unreachable(sentenceOf(error, client), error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const processOf = async (client: Client): Promise<number> =>
  (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]!.pid;

/**
 * Finds out by what it does whether a pooler gives each transaction whatever connection is free: then one of ours meets two
 * processes of the server, or two of ours meet the same one. Locks, notifications and prepared statements would be lost.
 * @throws {DomainError} `transaction_pooling`.
 */
async function refuseTransactionPooling(first: Client, url: string): Promise<void> {
  const second = new Client({
    connectionString: url,
    application_name: "spillway-start",
    connectionTimeoutMillis: answersWithinMs,
    query_timeout: answersWithinMs,
  });
  second.on("error", () => undefined);
  const met = { first: new Set<number>(), second: new Set<number>() };
  try {
    await second.connect();
    // A pooler that others use too may give the same one by chance: not so often.
    for (let round = 0; round < 5; round++) {
      met.first.add(await processOf(first));
      met.second.add(await processOf(second));
    }
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw unreachable(
      `A second connection to ${first.host}:${first.port}, where DATABASE_URL leads, got no answer within ${answersWithinMs / 1_000} seconds. A process needs up to 24 and WORKER_CONCURRENCY of them: raise default_pool_size of the pooler there.`,
      error,
    );
  } finally {
    await second.end().catch(() => undefined);
  }
  const { host, port } = first;
  if (met.first.size > 1 || met.second.size > 1 || [...met.first].some((pid) => met.second.has(pid)))
    throw new DomainError(
      "transaction_pooling",
      `At ${host}:${port}, where DATABASE_URL leads, is a pooler that shares one connection among transactions, which loses our locks and notifications. Use its session mode, or the port of PostgreSQL itself.`,
    );
}

function isTimeout(error: unknown): boolean {
  const { message, code } = error as { message?: string; code?: unknown };
  return /timeout|timed out/i.test(`${message} ${String(code)}`);
}

/** What to do about a refusal, by its code; the rest of them speak for themselves. */
function sentenceOf(error: unknown, { host, port, user, database }: Client): string {
  const place = `${host}:${port}`;
  const code = (error as { code?: unknown }).code;
  switch (sqlStateOf(error) ?? code) {
    case "ECONNREFUSED":
      return `Nothing listens at ${place}, where DATABASE_URL leads. Start PostgreSQL there, or correct the variable.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `No host is called ${host}, as DATABASE_URL says. Correct the variable, or the name service.`;
    case "28P01":
    case "28000":
      return `The server at ${place} does not let the user "${user}" of DATABASE_URL in. Correct its name and password there.`;
    case "3D000":
      return `The server at ${place} has no database "${database}", as DATABASE_URL says. Run \`create database ${database} owner ${user}\` there, or correct the variable.`;
    case "42501":
      return `The user "${user}" of DATABASE_URL may not use the database "${database}". Run \`alter database ${database} owner to ${user}\`.`;
    case "57P03":
      return `The server at ${place}, where DATABASE_URL leads, is starting or stopping. Try again in a moment.`;
    case "53300":
      return `The server at ${place}, where DATABASE_URL leads, has no connection left. Raise its max_connections, or end some.`;
  }
  const { message } = error as { message?: string };
  if (isTimeout(error))
    return `Nothing at ${place}, where DATABASE_URL leads, answered like PostgreSQL within ${answersWithinMs / 1_000} seconds. Correct its host and port, or let us through.`;
  return `The server at ${place}, where DATABASE_URL leads, cannot be used: ${message || String(code)}. Correct the variable.`;
}

/**
 * Makes the directory if it is not there, and asks whether we may write into it.
 * @throws {DomainError} `directory_not_writable`, naming DATA_DIRECTORY.
 */
export async function makeWritable(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    if (!(await stat(directory)).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT") throw error; // a full disk is told as such
    throw notWritable(directory, error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not",
  EPERM: "this user may not",
  EROFS: "its disk is read-only",
  ENOTDIR: "a file is where a directory should be",
  EEXIST: "a file is where a directory should be",
  ENOENT: "no directory can be made there",
};

/** What the file system says of a path, as a sentence about the variable that led there. */
export function notWritable(directory: string, error: unknown): DomainError {
  const { code = "", path } = error as NodeJS.ErrnoException;
  const at = path === undefined || path === directory ? "" : ` (${path})`;
  return new DomainError(
    "directory_not_writable",
    `${directory}, the DATA_DIRECTORY, cannot be written to${at}: ${reasons[code] ?? "the system says"} (${code}). ` +
      "Give this user a directory of its own, or set DATA_DIRECTORY to another one.",
    { directory },
    error,
  );
}
