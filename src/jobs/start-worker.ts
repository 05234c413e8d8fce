import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import {
  Logger as WorkerLogger,
  parseCronItems,
  run,
  type Runner,
  type TaskList,
  type WorkerEvents,
} from "graphile-worker";
import { sql } from "kysely";
import type { Clock } from "../clock.ts";
import { connect, type Database } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import type { Job } from "./define-job.ts";
import { maxDeathsOfKeyed, type Envelope } from "./enqueue.ts";
import { beat, buryKillers, keepBeating, takeOverFromTheDead } from "./heartbeat.ts";
import { makePatient } from "./patient-pool.ts";
import { toTask, type RunnerParts } from "./run-job.ts";

/** A job that starts by the clock, with an empty payload. */
export interface Schedule {
  readonly task: string;
  /** Five fields, UTC: minute, hour, day of month, month, day of week. */
  readonly cron: string;
}

const defaultFinishWithinMs = 10_000;

export function toTaskList(jobs: readonly Job[], parts: RunnerParts): TaskList {
  const twice = jobs.find((job, index) => jobs.findIndex(({ name }) => name === job.name) !== index);
  if (twice) throw new DomainError("job_defined_twice", `Two jobs are called ${twice.name}. Rename one.`);
  return Object.fromEntries(jobs.map((job) => [job.name, toTask(job, parts)]));
}

/** The queue's own words, for us only when something is wrong: our wrapper reports the rest, with redaction. */
export function queueLogger(log: Logger): WorkerLogger {
  return new WorkerLogger(() => (level, message) => {
    if (level === "error") log.error({ component: "queue" }, message);
    else if (level === "warning") log.warn({ component: "queue" }, message);
  });
}

function toCronItems(schedules: readonly Schedule[], jobs: readonly Job[]) {
  for (const { task } of schedules) {
    if (!jobs.some(({ name }) => name === task)) {
      throw new DomainError(
        "schedule_without_job",
        `The schedule ${task} names no job. Give one of that name to the worker.`,
      );
    }
  }
  return parseCronItems(
    schedules.map(({ task, cron }) => ({
      task,
      match: cron,
      identifier: `schedule:${task}`,
      payload: { payload: {}, failures: 0, schedule: true } satisfies Envelope,
      // One key: a run that is still waiting, or waiting for its next try, gives way to the one due now.
      options: {
        backfillPeriod: 0,
        jobKey: `schedule:${task}`,
        jobKeyMode: "replace" as const,
        maxAttempts: maxDeathsOfKeyed,
      },
    })),
  );
}

/** Starts a runner as soon as the database lets it. @throws when the worker is stopped meanwhile. */
async function startAgain(start: () => Promise<Runner>, signal: AbortSignal): Promise<Runner> {
  for (;;) {
    await sleep(1_000, undefined, { signal });
    try {
      return await start();
    } catch (error) {
      if (signal.aborted) throw error;
    }
  }
}

/**
 * Runs jobs until stopped: those of this process and those of workers that died, within seconds of their last sign.
 * @param options.concurrency jobs at once.
 * @param options.finishWithinMs how long running jobs have after `stop` before their signal fires; 10 s if absent.
 * @returns stop: takes no further jobs, lets the running ones finish, then aborts them and hands them back.
 */
export async function startWorker(options: {
  database: Database;
  jobs: readonly Job[];
  schedules: readonly Schedule[];
  concurrency: number;
  clock: Clock;
  log: Logger;
  metrics?: Metrics;
  finishWithinMs?: number;
}): Promise<{ readonly workerId: string; stop(): Promise<void> }> {
  const { database, jobs, clock, log, metrics } = options;
  const parts: RunnerParts = { db: database.db, clock, log, ...(metrics && { metrics }) };
  const taskList = toTaskList(jobs, parts);
  const parsedCronItems = toCronItems(options.schedules, jobs);
  // Connections of its own: jobs that use up the pool must not keep the queue from recording that they ended.
  const own = connect(database.url, { max: 4, applicationName: "spillway-worker" });
  const atOnce = Math.max(4, options.concurrency);
  const queue = connect(database.url, { max: atOnce, applicationName: "spillway-queue" });
  makePatient(queue.pool);
  await takeOverFromTheDead(own.db, log);
  await buryKillers(own.db, clock, log);

  const events = new EventEmitter() as WorkerEvents;
  let workerId = "";
  events.on("pool:create", ({ workerPool }) => (workerId = workerPool.id));
  const startRunner = (): Promise<Runner> =>
    run({
      pgPool: queue.pool,
      taskList,
      parsedCronItems,
      events,
      concurrency: options.concurrency,
      pollInterval: 1_000,
      noHandleSignals: true,
      logger: queueLogger(log),
      preset: { worker: { gracefulShutdownAbortTimeout: options.finishWithinMs ?? defaultFinishWithinMs } },
    });
  let runner = await startRunner();
  await beat(own.db, workerId);
  const ending = new AbortController();
  const running = (async () => {
    // A runner that ends by itself lost its database in a way it does not survive: the next one takes over its jobs.
    for (;;) {
      await runner.promise.catch((error: unknown) =>
        log.error({ error }, "the queue's runner ended with an error"),
      );
      if (ending.signal.aborted) return;
      log.error("the queue's runner ended by itself and is started again");
      runner = await startAgain(startRunner, ending.signal);
    }
  })();
  running.catch((error: unknown) => log.debug({ error }, "the queue's runner is not started again"));
  const heart = keepBeating({ db: own.db, clock, log, workerId: () => workerId }, ending.signal);
  heart.catch((error: unknown) => log.error({ error }, "heartbeat ended"));

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    ending.abort();
    await runner.stop().catch((error: unknown) => log.debug({ error }, "worker was stopped already"));
    await running.catch(() => undefined);
    await heart.catch(() => undefined);
    await sql`delete from worker_heartbeat where worker_id = ${workerId}`
      .execute(own.db)
      .catch(() => undefined);
    await queue.close();
    await own.close();
  };
  return { workerId, stop: () => (stopping ??= stop()) };
}
