import { loadConfig, loadDatabaseConfig, type Config } from "../config/index.ts";
import { assertSchemaCurrent, attachOrOpen, isDatabaseAway, type Database } from "../database/index.ts";
import { assemble, type Assembly } from "../engine/index.ts";
import { DomainError, EngineError } from "../errors.ts";
import { createLogger, type Logger } from "../telemetry/index.ts";

/** Commands answer on standard output; their own log goes to standard error and says only what is wrong. */
const commandLogger = (): Logger => createLogger({ level: "warn", destination: process.stderr });

type Opened = Database & { readonly embedded: boolean };

/**
 * Runs a short command on the database: that of a running engine, or the embedded one started for the command. Needs no
 * provider's keys.
 * @param options.create makes an embedded database where there is none. Its tables are the command's to make.
 * @throws {DomainError} `no_database`, `database_unreachable`, …
 */
export async function withAnyDatabase<T>(
  {
    create,
    environment = process.env,
  }: { readonly create: boolean; readonly environment?: NodeJS.ProcessEnv },
  run: (database: Opened, log: Logger) => Promise<T>,
): Promise<T> {
  const log = commandLogger();
  const database = await attachOrOpen({ ...loadDatabaseConfig(environment), log, max: 4, create });
  try {
    return await run(database, log);
  } catch (error) {
    if (error instanceof EngineError || !isDatabaseAway(error)) throw error;
    const message = "The database does not answer any more. Look whether it runs, then try again.";
    throw new DomainError("database_unreachable", message, {}, error);
  } finally {
    await database.close();
  }
}

/** The same on a database with our tables, of which it makes none. @throws {DomainError} `schema_outdated`, … */
export const withDatabase = <T>(
  run: (database: Opened, log: Logger) => Promise<T>,
  environment?: NodeJS.ProcessEnv,
): Promise<T> =>
  withAnyDatabase({ create: false, ...(environment && { environment }) }, async (database, log) => {
    await assertSchemaCurrent(database.db);
    return run(database, log);
  });

/** As `withDatabase`, with everything the rooms need joined: for commands that ask providers or chains. */
export async function withParts<T>(run: (parts: Assembly, config: Config) => Promise<T>): Promise<T> {
  const config = loadConfig({ ...process.env, ROLE: "api" });
  return withDatabase((database, log) => run(assemble(config, database.db, log), config));
}
