import { EventEmitter } from "node:events";
import {
  Logger as WorkerLogger,
  parseCronItems,
  run,
  type TaskList,
  type WorkerEvents,
} from "graphile-worker";
import { sql } from "kysely";
import type { Clock } from "../clock.ts";
import { connect, type Database } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import type { Job } from "./define-job.ts";
import type { Envelope } from "./enqueue.ts";
import { beat, buryKillers, keepBeating, takeOverFromTheDead } from "./heartbeat.ts";
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
      options: { backfillPeriod: 0, jobKey: `schedule:${task}`, jobKeyMode: "replace" as const },
    })),
  );
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
  await takeOverFromTheDead(own.db, log);
  await buryKillers(own.db, clock, log);

  const events = new EventEmitter() as WorkerEvents;
  let workerId = "";
  events.on("pool:create", ({ workerPool }) => (workerId = workerPool.id));
  const runner = await run({
    pgPool: own.pool,
    taskList,
    parsedCronItems,
    events,
    concurrency: options.concurrency,
    pollInterval: 1_000,
    noHandleSignals: true,
    logger: queueLogger(log),
    preset: { worker: { gracefulShutdownAbortTimeout: options.finishWithinMs ?? defaultFinishWithinMs } },
  });
  runner.promise.catch((error: unknown) => log.error({ error }, "worker ended with an error"));
  await beat(own.db, workerId);
  const beating = new AbortController();
  const heart = keepBeating({ db: own.db, clock, log, workerId }, beating.signal);
  heart.catch((error: unknown) => log.error({ error }, "heartbeat ended"));

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await runner.stop().catch((error: unknown) => log.debug({ error }, "worker was stopped already"));
    await runner.promise.catch(() => undefined);
    beating.abort();
    await heart.catch(() => undefined);
    await sql`delete from worker_heartbeat where worker_id = ${workerId}`
      .execute(own.db)
      .catch(() => undefined);
    await own.close();
  };
  return { workerId, stop: () => (stopping ??= stop()) };
}
