import type { FastifyInstance } from "fastify";
import { systemClock, type Clock } from "../clock.ts";
import type { Config } from "../config/index.ts";
import {
  assertSchemaCurrent,
  checkDatabase,
  migrate,
  openDatabase,
  type Database,
} from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { checkPricing, keepMetricsFresh, readinessChecks } from "../health/index.ts";
import { buildServer } from "../http/index.ts";
import { startWorker } from "../jobs/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { apiOf } from "./api.ts";
import { assemble, type Assembly } from "./assemble.ts";
import { allJobs, schedules } from "./jobs.ts";
import { checkPort, portRefusal } from "./port.ts";
import { warnAtStart } from "./start-warnings.ts";
import { beginDirect, openDirect, openHotKey, openSigners } from "./keys.ts";

async function listen(parts: Assembly): Promise<FastifyInstance> {
  const { config, db, clock, log, metrics } = parts;
  const server = await buildServer({
    db,
    clock,
    log,
    metrics,
    ...apiOf(parts),
    checks: readinessChecks(parts),
    publicUrl: config.publicUrl,
    trustedProxies: config.trustProxy ?? [],
    corsOrigins: config.corsOrigins ?? [],
    rateLimits: config.rateLimits,
  });
  await server.listen({ port: config.port, host: config.host }).catch((error: unknown) => {
    throw portRefusal(config, error);
  });
  return server;
}

/** What has no price or no second opinion is said at the start, not when a payer asks. */
function tellOfPricing({ log, prices }: Pick<Assembly, "log" | "prices">): void {
  try {
    log.info({ pricing: checkPricing(prices) }, "who tells prices");
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    log.error({ pricing: error.message }, "some assets are not offered: nobody tells their price");
  }
}

export interface Engine extends Assembly {
  readonly database: Database;
  /** Where the API listens; null in role "worker". */
  readonly url: string | null;
  /** Finishes what runs, hands back the rest, closes the database. */
  stop(): Promise<void>;
}

/**
 * Starts the engine in the roles its configuration names. What would stop it is found before a key is opened or a row written.
 * @throws {DomainError} with what to do: `port_unavailable`, `database_unreachable`, `database_in_use`, …
 */
export async function startEngine(config: Config, log: Logger, clock: Clock = systemClock): Promise<Engine> {
  if (config.role !== "worker") await checkPort(config);
  await checkDatabase(config);
  // Keys take a second each to open: the database is opened meanwhile.
  const opening = {
    direct: openDirect(config, log, { clock }),
    hotKey: config.role === "api" ? Promise.resolve([]) : openHotKey(config),
  };
  void Promise.allSettled([opening.direct, opening.hotKey]); // a refusal is told where it is waited for
  const database = await openDatabase({ ...config, log, max: 20 });
  const stops: (() => Promise<unknown>)[] = [() => database.close()];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    await migrate(database.url, log);
    await assertSchemaCurrent(database.db);
    const parts = assemble(config, database.db, log, { clock }, await opening.direct);
    tellOfPricing(parts);
    if (config.role !== "api") {
      const signers = await openSigners(parts, opening.hotKey);
      await beginDirect(parts);
      const jobs = allJobs(parts, signers);
      const concurrency = config.workerConcurrency;
      const worker = await startWorker({
        ...parts,
        database,
        jobs,
        schedules: schedules(config),
        concurrency,
      });
      stops.push(() => worker.stop());
    }
    let url: string | null = null;
    if (config.role !== "worker") {
      const server = await listen(parts);
      stops.push(() => server.close());
      const address = server.server.address();
      url = typeof address === "object" && address !== null ? `http://${config.host}:${address.port}` : null;
      stops.push(keepMetricsFresh(parts));
      stops.push(parts.currencies.start());
    }
    stops.push(warnAtStart(parts, database.embedded));
    log.info({ role: config.role, url, embedded_database: database.embedded }, "engine started");
    return { ...parts, database, url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
