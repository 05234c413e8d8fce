import type { Logger } from "../telemetry/index.ts";
import { connect } from "./connect.ts";
import { findEmbedded, startEmbedded } from "./embedded.ts";
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
 * For a short command: joins the embedded server that an engine runs on the same directory, or starts it for itself.
 * @throws {DomainError} as `openDatabase`.
 */
export async function attachOrOpen(options: OpenOptions): Promise<Database & { embedded: boolean }> {
  if (options.databaseUrl === null) {
    const url = await findEmbedded(options.dataDirectory);
    if (url !== null) return { ...connect(url, { max: options.max ?? 4 }), embedded: true };
  }
  return openDatabase(options);
}
