import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPaymentWorld } from "../../harness/index.ts";
import type { Sandbox } from "../../sandbox/index.ts";
import { freePort } from "../../sandbox/anvil.ts";
import { systemClock } from "../../src/clock.ts";
import { connect, migrate, sql, type Database } from "../../src/database/index.ts";
import { createApiKey } from "../../src/operators/index.ts";
import { startCrashingDatabase, type CrashingDatabase } from "./crashing-database.ts";
import { createEngineProcess, type EngineProcess, type Role } from "./engine-process.ts";
import { openFrontDoor } from "./front-door.ts";
import { createPatientClient, type PatientClient } from "./patient-client.ts";

/** A payment world, one PostgreSQL, and an engine that is many processes on it. */
export interface EngineWorld {
  readonly sandbox: Sandbox;
  readonly server: CrashingDatabase;
  /** Our own look into the engine's database; a query fails while the server is away. */
  readonly database: Database;
  readonly processes: readonly EngineProcess[];
  readonly environment: Readonly<Record<string, string>>;
  /** Where the processes' logs are. */
  readonly directory: string;
  /** The hot wallet's address. */
  readonly wallet: string;
  readonly client: PatientClient;
  /** Ends everything. @param keep leaves the directory, for whoever wants to know why. */
  stop(options?: { keep?: boolean }): Promise<void>;
}

export interface EngineWorldOptions {
  readonly apis: number;
  readonly workers: number;
  /** Further environment of every process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether a process that ends by itself is started again. */
  readonly supervised: boolean;
}

/**
 * What the operator puts into the hot wallet at first, base units: ether for gas, and of both what swaps cost that are
 * refunded less a fee, which is never the payees' loss.
 */
const floatOfEther = 10n ** 20n;
const floatOfUsdt = 10n ** 10n;
/** A supervisor waits a moment, or a server that is away would have it start processes without end. */
const restartAfterMs = 500;

/**
 * Prepares everything and starts no process of the engine.
 * @param signal ends what waits: a start that is due, a request under way.
 */
export async function createEngineWorld(
  options: EngineWorldOptions,
  signal: AbortSignal,
): Promise<EngineWorld> {
  const directory = await mkdtemp(join(tmpdir(), "spillway-processes-"));
  await chmod(directory, 0o755); // as root, PostgreSQL runs as another user
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async ({ keep = false } = {}): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
    if (!keep) await rm(directory, { recursive: true, force: true });
  };
  try {
    const server = await startCrashingDatabase({
      directory: join(directory, "database"),
      now: () => systemClock.now().getTime(),
      sleep: (ms) => sleep(ms),
    });
    stops.push(() => server.stop());
    const database = connect(server.url, { max: 4, applicationName: "spillway-simulator" });
    stops.push(() => database.close());
    await migrate(server.url);
    const { sandbox, wallet, ...outside } = await startPaymentWorld({
      directory,
      gas: floatOfEther,
      depositSeed: false,
      sandbox: { blocks: 0.5, paymentStepMs: 60, swapStepMs: 80, ipnRetryMs: 300 },
    });
    stops.push(() => sandbox.stop());
    await sandbox.fundWallet(wallet, "ethereum:USDT", floatOfUsdt);
    const ports = await Promise.all(Array.from({ length: options.apis }, () => freePort()));
    const door = await openFrontDoor(ports);
    stops.push(() => door.close());
    const environment = {
      ...outside.environment,
      DATABASE_URL: server.url,
      PUBLIC_URL: door.url,
      TRANSFER_POLL_MS: "300",
      SWAP_POLL_MS: "300",
      ...options.environment,
    };
    const processes = createProcesses({ ...options, ports, environment, directory, signal });
    stops.push(() => Promise.all(processes.map((one) => one.kill())));
    const { key } = await createApiKey(database.db, {
      name: "simulator",
      scopes: ["admin"],
      now: systemClock.now(),
    });
    const client = createPatientClient(door.url, key, signal);
    return { sandbox, server, database, processes, environment, directory, wallet, client, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function createProcesses(
  options: EngineWorldOptions & {
    ports: readonly number[];
    environment: Readonly<Record<string, string>>;
    directory: string;
    signal: AbortSignal;
  },
): EngineProcess[] {
  const create = (role: Role, index: number): EngineProcess => {
    const name = `${role}-${index + 1}`;
    const created: EngineProcess = createEngineProcess({
      name,
      role,
      environment: { ...options.environment, PORT: String(options.ports[index] ?? 0) },
      logFile: join(options.directory, `${name}.log`),
      onEnd: () => {
        if (options.supervised && !options.signal.aborted)
          void sleep(restartAfterMs, undefined, { signal: options.signal }).then(
            () => created.start(),
            () => undefined,
          );
      },
    });
    return created;
  };
  return [
    ...Array.from({ length: options.apis }, (_, index) => create("api", index)),
    ...Array.from({ length: options.workers }, (_, index) => create("worker", index)),
  ];
}

/** Waits until the operator's funds are booked: before that nothing is sent, and nothing should arrive. */
export async function awaitOpenWallet({ database }: EngineWorld, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from wallet where opened_at is not null`.execute(database.db);
    if (rows.length > 0) return;
    await sleep(100, undefined, { signal });
  }
}
