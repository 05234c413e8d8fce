import { loadConfig, loadDatabaseConfig, type Config } from "../config/index.ts";
import { assertSchemaCurrent, attachOrOpen, isDatabaseAway, type Database } from "../database/index.ts";
import { assemble, type Assembly } from "../engine/index.ts";
import { DomainError, EngineError } from "../errors.ts";
import { createLogger, type Logger } from "../telemetry/index.ts";

/** Commands answer on standard output; their own log goes to standard error and says only what is wrong. */
export const commandLogger = (): Logger => createLogger({ level: "warn", destination: process.stderr });

/**
 * Runs a short command on the database: that of a running engine, or the embedded one started for the command. Needs no
 * provider's keys, and makes neither a database nor its tables.
 * @throws {DomainError} `no_database`, `database_unreachable`, `schema_outdated`, …
 */
export async function withDatabase<T>(
  run: (database: Database & { readonly embedded: boolean }, log: Logger) => Promise<T>,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<T> {
  const log = commandLogger();
  const database = await attachOrOpen({ ...loadDatabaseConfig(environment), log, max: 4 });
  try {
    await assertSchemaCurrent(database.db);
    return await run(database, log);
  } catch (error) {
    if (error instanceof EngineError || !isDatabaseAway(error)) throw error;
    const message = "The database does not answer any more. Look whether it runs, then try again.";
    throw new DomainError("database_unreachable", message, {}, error);
  } finally {
    await database.close();
  }
}

/** As `withDatabase`, with everything the rooms need joined: for commands that ask providers or chains. */
export async function withParts<T>(run: (parts: Assembly, config: Config) => Promise<T>): Promise<T> {
  const config = loadConfig({ ...process.env, ROLE: "api" });
  return withDatabase((database, log) => run(assemble(config, database.db, log), config));
}
