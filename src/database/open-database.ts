import type { Logger } from "../telemetry/index.ts";
import { connect } from "./connect.ts";
import { DomainError } from "../errors.ts";
import { findEmbedded, hasEmbedded, startEmbedded } from "./embedded.ts";
import { makeWritable, reachServer } from "./reach.ts";
import type { Database } from "./types.ts";

export interface OpenOptions {
  /** Null: the embedded server. */
  readonly databaseUrl: string | null;
  /** Where the embedded server keeps its files. */
  readonly dataDirectory: string;
  readonly log: Logger;
  /** Most connections of the pool. */
  readonly max?: number;
  /** Tests only: false gives up safety in a power cut for speed. */
  readonly durable?: boolean;
}

/**
 * Opens the engine's database: the one of `databaseUrl`, else the embedded one, which it starts and `close` stops.
 * The schema is as it was: `migrate` is the caller's next step.
 * @throws {DomainError} `database_in_use`, `embedded_database_missing`, `embedded_database_failed`.
 */
export async function openDatabase(options: OpenOptions): Promise<Database & { embedded: boolean }> {
  const { databaseUrl, dataDirectory, durable, log, max } = options;
  if (databaseUrl !== null) return { ...connect(databaseUrl, { max }), embedded: false };
  // Field by field: callers pass their whole configuration, whose `port` is not the database's.
  const server = await startEmbedded({ dataDirectory, durable, log });
  const database = connect(server.url, { max });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await database.close();
    await server.stop();
  };
  return { ...database, embedded: true, close: () => (closing ??= close()) };
}

/**
 * Finds out, in a moment and before anything else is begun, whether the engine can have its database.
 * @throws {DomainError} `database_unreachable` or `directory_not_writable`: a sentence that names the variable.
 */
export const checkDatabase = ({
  databaseUrl,
  dataDirectory,
}: Pick<OpenOptions, "databaseUrl" | "dataDirectory">): Promise<void> =>
  databaseUrl === null ? makeWritable(dataDirectory) : reachServer(databaseUrl);

/**
 * For a short command: joins the embedded server that an engine runs on the same directory, or starts it for itself.
 * @param options.create makes a database where there is none; whoever only reads finds nothing in an empty one.
 * @throws {DomainError} as `checkDatabase` and `openDatabase`; `no_database`.
 */
export async function attachOrOpen(
  options: OpenOptions & { readonly create?: boolean },
): Promise<Database & { embedded: boolean }> {
  const { databaseUrl, dataDirectory, create = false } = options;
  if (databaseUrl === null && !create && !(await hasEmbedded(dataDirectory)))
    throw new DomainError(
      "no_database",
      `There is no database in ${dataDirectory}. Run this in the directory of your .env, or set DATA_DIRECTORY or ` +
        "DATABASE_URL; `spillway start` makes a new one.",
      { dataDirectory },
    );
  await checkDatabase(options);
  if (databaseUrl === null) {
    const url = await findEmbedded(dataDirectory);
    if (url !== null) return { ...connect(url, { max: options.max ?? 4 }), embedded: true };
  }
  return openDatabase(options);
}
