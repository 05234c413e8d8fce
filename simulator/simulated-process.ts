import type { FastifyInstance } from "fastify";
import { loadConfig } from "../src/config/index.ts";
import { buildServer } from "../src/http/index.ts";
import { createStepper, releaseJobsOf, type Stepper } from "../src/jobs/index.ts";
import {
  allJobs,
  apiOf,
  assemble,
  beginDirect,
  openSigners,
  type Assembly,
  type Direct,
} from "../src/engine/index.ts";
import type { Logger } from "../src/telemetry/index.ts";
import type { Interleaver, Mortal } from "./fibers.ts";
import { openProcessDatabase, type Monitor, type ProcessDatabase } from "./process-database.ts";
import type { Random } from "./random.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface EngineParts {
  readonly databaseUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly interleaver: Interleaver;
  readonly monitor: Monitor;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly fetch: typeof globalThis.fetch;
  /** Of payers' addresses, opened once for all lives of all processes; null: nobody pays straight to us. */
  readonly depositKeys: NonNullable<Direct["keys"]> | null;
  readonly log: Logger;
  /** Jobs at once. */
  readonly slots: number;
}

interface Life {
  readonly database: ProcessDatabase;
  readonly parts: Assembly;
  readonly stepper: Stepper;
  server: Promise<FastifyInstance> | null;
}

/** One process of the engine: its own connections, memory and workers, and nothing of it outlives its death. */
export class SimulatedProcess implements Mortal {
  readonly name: string;
  dead = true;
  deaths = 0;
  private readonly engine: EngineParts;
  private database: ProcessDatabase | null = null;
  private life: Life | null = null;
  private busy = 0;

  constructor(name: string, engine: EngineParts) {
    this.name = name;
    this.engine = engine;
  }

  get ready(): boolean {
    return !this.dead && this.life !== null;
  }

  get freeSlots(): number {
    return this.ready ? this.engine.slots - this.busy : 0;
  }

  /** Starts as `spillway start` does. @throws {ProcessDied} it died on the way. */
  start(): Promise<void> {
    const { interleaver, databaseUrl, monitor } = this.engine;
    this.dead = false;
    this.life = null;
    this.busy = 0;
    const database = openProcessDatabase(databaseUrl, interleaver, monitor);
    this.database = database;
    return interleaver.spawn(this, "start", () => this.boot(database));
  }

  private async boot(database: ProcessDatabase): Promise<void> {
    const { environment, log, time, random, fetch, depositKeys } = this.engine;
    const { db } = database.database;
    // What a worker's heartbeat tells its successors, seconds after its death.
    await releaseJobsOf(db, `${this.name}.`);
    const outside = { clock: time, fetch, random: random.next };
    const parts = assemble(loadConfig(environment), db, log, outside, { keys: depositKeys });
    const jobs = allJobs(parts, await openSigners(parts));
    await beginDirect(parts);
    const stepper = createStepper(jobs, { db, clock: time, log, random: random.next });
    this.life = { database, parts, stepper, server: null };
  }

  /** Runs jobs until none is due, in one slot. */
  async work(): Promise<void> {
    const { interleaver } = this.engine;
    const { life } = this;
    if (life === null) return;
    this.busy += 1;
    const workerId = `${this.name}.${this.deaths}`;
    await interleaver.spawn(this, "worker", async () => {
      for (;;) {
        interleaver.rename("worker");
        const taken = await life.stepper.take(workerId);
        if (taken === null) break;
        interleaver.rename(`job ${taken.task}`);
        await life.stepper.run(taken);
      }
    });
    this.busy -= 1;
  }

  /** One HTTP request to this process. @throws {ProcessDied} no answer came. */
  request(
    activity: string,
    request: { method: "GET" | "POST" | "PUT"; path: string; body: string; headers: Record<string, string> },
  ): Promise<{ status: number; body: string }> {
    const { life } = this;
    if (life === null) return Promise.reject(new Error(`${this.name} does not answer`));
    const { interleaver } = this.engine;
    return interleaver.spawn(this, activity, async () => {
      const server = await interleaver.awaits((life.server ??= this.listen(life.parts)));
      const { method, path, body, headers } = request;
      const answer = await server.inject({
        method,
        url: path,
        headers: { "content-type": "application/json", ...headers },
        ...(method !== "GET" && { payload: body }),
      });
      return { status: answer.statusCode, body: answer.body };
    });
  }

  private listen(parts: Assembly): Promise<FastifyInstance> {
    return buildServer({ ...parts, ...apiOf(parts), checks: [] });
  }

  /** As SIGKILL: nothing is finished, nothing is said. */
  async die(): Promise<void> {
    this.dead = true;
    this.deaths += 1;
    this.life = null;
    await this.database?.cut();
  }

  get assembly(): Assembly | null {
    return this.life?.parts ?? null;
  }
}
