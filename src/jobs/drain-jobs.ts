import { runOnce } from "graphile-worker";
import { sql } from "kysely";
import type { Clock } from "../clock.ts";
import { connect, type Database, type Db } from "../database/index.ts";
import type { Logger } from "../telemetry/index.ts";
import type { Job } from "./define-job.ts";
import { queueLogger, toTaskList } from "./start-worker.ts";

/** Makes jobs due that the passed clock, or the caller, says are due. Returns how many are due now. */
async function makeDue(db: Db, tasks: string[], now: Date, includeFuture: boolean): Promise<number> {
  const { rows } = await sql<{ due: number }>`
    with waiting as (
      select id, run_at from graphile_worker.jobs
      where locked_at is null and attempts < max_attempts and task_identifier = any (${tasks}::text[])
        and (${includeFuture} or run_at <= greatest(now(), ${now}::timestamptz))
    ), moved as (
      select from graphile_worker.reschedule_jobs(
        array(select id from waiting where run_at > now()), run_at => now())
    )
    select (select count(*) from waiting) + 0 * (select count(*) from moved) as due`.execute(db);
  return rows[0]?.due ?? 0;
}

/**
 * Runs every job that is due, and those they add, until none is. For tests and simulations, in place of a worker.
 * @param options.includeFuture jobs of any later time are due too: waiting is skipped.
 * @param options.maxRounds     rounds after which we stop although jobs are due, as of jobs that wait for the world outside.
 * @returns how many jobs are still due.
 */
export async function drainJobs(options: {
  database: Database;
  jobs: readonly Job[];
  clock: Clock;
  log: Logger;
  includeFuture?: boolean;
  maxRounds?: number;
  concurrency?: number;
}): Promise<number> {
  const { database, clock, log } = options;
  const taskList = toTaskList(options.jobs, { db: database.db, clock, log });
  const tasks = Object.keys(taskList);
  const own = connect(database.url, { max: 4, applicationName: "spillway-drain" });
  try {
    for (let round = 0; round < (options.maxRounds ?? 50); round++) {
      const due = await makeDue(own.db, tasks, clock.now(), options.includeFuture ?? false);
      if (due === 0) return 0;
      await runOnce({
        pgPool: own.pool,
        taskList,
        noHandleSignals: true,
        concurrency: options.concurrency ?? 4,
        logger: queueLogger(log),
      });
    }
    return await makeDue(own.db, tasks, clock.now(), options.includeFuture ?? false);
  } finally {
    await own.close();
  }
}
