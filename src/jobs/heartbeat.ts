import { setInterval as every } from "node:timers/promises";
import { sql } from "kysely";
import { inTransaction, type Db } from "../database/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { maxDeathsOfKeyed } from "./enqueue.ts";
import { insertDeadLetter, readEnvelope } from "./run-job.ts";
import type { Clock } from "../clock.ts";

export const heartbeatMs = 5_000;
export const deadAfterMs = 20_000;

/**
 * Says that a worker is alive. The database's clock is used on purpose, here and below: the workers compare their
 * times with each other, and their own clocks may differ by more than a heartbeat.
 */
export async function beat(db: Db, workerId: string): Promise<void> {
  await sql`
    insert into worker_heartbeat (worker_id, started_at, seen_at) values (${workerId}, now(), now())
    on conflict (worker_id) do update set seen_at = excluded.seen_at`.execute(db);
}

/** Gives the jobs of workers that stopped saying so back to the queue, which by itself waits four hours. */
export async function takeOverFromTheDead(db: Db, log: Logger): Promise<string[]> {
  const dead = await inTransaction(db, async (tx) => {
    const { rows } = await sql<{ id: string }>`
      with gone as (
        delete from worker_heartbeat where worker_id in (
          select worker_id from worker_heartbeat where seen_at < now() - ${deadAfterMs} * interval '1 millisecond'
          for update skip locked)
        returning worker_id
      )
      select worker_id as id from gone
      union
      -- It died between taking a job and its first heartbeat, or somebody else deleted the row and then died.
      select distinct locked_by from graphile_worker.jobs
      where locked_at < now() - ${deadAfterMs} * interval '1 millisecond'
        and not exists (select from worker_heartbeat where worker_id = locked_by)`.execute(tx);
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) await sql`select graphile_worker.force_unlock_workers(${ids}::text[])`.execute(tx);
    return ids;
  });
  if (dead.length > 0) log.warn({ workers: dead }, "workers died: their jobs run again");
  return dead;
}

/**
 * Jobs that took their process down with them once too often: they become dead letters instead of lying in the queue. One
 * whose key a later job took before its worker died is done with: that job does its work.
 */
export async function buryKillers(db: Db, clock: Clock, log: Logger): Promise<void> {
  await inTransaction(db, async (tx) => {
    const { rows } = await sql<{
      id: number;
      task: string;
      payload: unknown;
      attempts: number;
      last_error: string | null;
      followed: boolean;
    }>`
      delete from graphile_worker._private_jobs as job using graphile_worker._private_tasks as task
      where task.id = job.task_id and job.locked_at is null and job.attempts >= job.max_attempts
      returning job.id, task.identifier as task, job.payload, job.attempts, job.last_error,
        job.key is null and job.max_attempts = ${maxDeathsOfKeyed} as followed`.execute(tx);
    for (const row of rows.filter(({ followed }) => !followed)) {
      const error = row.last_error ?? "the worker died during every run";
      const payload = readEnvelope(row.payload)?.payload ?? row.payload;
      await insertDeadLetter(tx, { ...row, payload, error, at: clock.now() });
      log.error({ task: row.task, jobId: row.id, error }, "job became a dead letter");
    }
  });
}

/** Beats, and looks for the dead, until the signal fires. */
export async function keepBeating(
  parts: { db: Db; clock: Clock; log: Logger; workerId: () => string },
  signal: AbortSignal,
): Promise<void> {
  const { db, clock, log, workerId } = parts;
  try {
    for await (const _ of every(heartbeatMs, undefined, { signal })) {
      try {
        await beat(db, workerId());
        await takeOverFromTheDead(db, log);
        await buryKillers(db, clock, log);
      } catch (error) {
        log.warn({ error }, "heartbeat failed"); // the database is away; the next one tries again
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
