import type { JobHelpers } from "graphile-worker";
import { sql } from "kysely";
import type { Db } from "../database/index.ts";
import type { Job } from "./define-job.ts";
import { toTask, type RunnerParts } from "./run-job.ts";

interface Taken {
  id: string;
  key: string | null;
  payload: unknown;
  task: string;
  locked_by: string;
  attempts: number;
}

/** A worker that takes one job when it is told to, by the clock it is given: for a simulation that owns time. */
export interface Stepper {
  /** Takes the first job that is due; null when none is. */
  take(workerId: string): Promise<Taken | null>;
  /** Runs it as a worker would, failures and retries included, and takes it off the queue. */
  run(taken: Taken): Promise<void>;
}

export function createStepper(jobs: readonly Job[], parts: RunnerParts): Stepper {
  const tasks = new Map(jobs.map((job) => [job.name, toTask(job, parts)]));
  const names = [...tasks.keys()];
  return {
    async take(workerId) {
      const { rows } = await sql<Taken>`
        update graphile_worker._private_jobs as j
        set locked_at = now(), locked_by = ${workerId}, attempts = j.attempts + 1
        from graphile_worker._private_tasks t, (
          select n.id from graphile_worker._private_jobs n join graphile_worker._private_tasks nt on nt.id = n.task_id
          where n.is_available and n.run_at <= greatest(now(), ${parts.clock.now()}::timestamptz)
            and nt.identifier = any (${names}::text[])
          order by n.priority, n.run_at, n.id limit 1 for update of n skip locked) as next
        where j.id = next.id and t.id = j.task_id
        returning j.id::text, j.key, j.payload, t.identifier as task, j.locked_by, j.attempts`.execute(
        parts.db,
      );
      return rows[0] ?? null;
    },
    async run(taken) {
      const { id, key, payload, task, locked_by, attempts } = taken;
      // What the wrapper of a job asks of the queue, no more.
      const helpers = { job: { id, key, task_identifier: task, locked_by, attempts } };
      await tasks.get(task)!(payload, helpers as unknown as JobHelpers);
      await sql`
        delete from graphile_worker._private_jobs where id = ${id} and locked_by = ${locked_by}`.execute(
        parts.db,
      );
    },
  };
}

/** Gives back what workers of these names had taken when they died. */
export async function releaseJobsOf(db: Db, workerPrefix: string): Promise<void> {
  await sql`
    update graphile_worker._private_jobs set locked_at = null, locked_by = null
    where starts_with(locked_by, ${workerPrefix})`.execute(db);
}

/** How many jobs are due by this time, and when the first of all is; null when none waits. What somebody runs does not count. */
export async function lookAtQueue(db: Db, now: Date): Promise<{ due: number; next: Date | null }> {
  const { rows } = await sql<{ due: number; next: Date | null }>`
    select count(*) filter (where run_at <= greatest(now(), ${now}::timestamptz)) as due, min(run_at) as next
    from graphile_worker._private_jobs where is_available`.execute(db);
  return rows[0]!;
}
