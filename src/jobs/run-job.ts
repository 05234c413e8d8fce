import { setTimeout as sleep } from "node:timers/promises";
import type { JobHelpers, Task } from "graphile-worker";
import { sql } from "kysely";
import type { Clock } from "../clock.ts";
import { inTransaction, type Db, type Tx } from "../database/index.ts";
import { describeError } from "../errors.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import { recordSuccess } from "./schedule-run.ts";
import { RetryLater, type Job } from "./define-job.ts";
import { addJob, type Envelope } from "./enqueue.ts";

export interface RunnerParts {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: Metrics;
  /** For jitter; Math.random unless given. */
  readonly random?: () => number;
}

const firstRetryMs = 1_000;
const longestRetryMs = 24 * 3_600_000;
/** How long a job whose signal fired may go on before we stop waiting for it. */
const graceMs = 5_000;

/**
 * How long to wait after a failure: up to 1 s after the first, doubling up to a day. Anything from half of that to all
 * of it, so that what failed together does not come back together.
 */
export function retryDelayMs(failures: number, random: number): number {
  const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1));
  return Math.round(ceiling * (0.5 + random / 2));
}

/** What the queue stored, if it is of our making. */
export function readEnvelope(stored: unknown): Envelope | null {
  if (typeof stored !== "object" || stored === null) return null;
  const { payload, failures, schedule } = stored as Partial<Envelope>;
  if (typeof failures !== "number" || !Number.isSafeInteger(failures) || failures < 0) return null;
  return { payload, failures, ...(schedule === true && { schedule }) };
}

/** Waits for the job, but not for ever: one that ignores its signal is left behind, and another run follows. */
async function runWithin(
  job: Job,
  payload: unknown,
  attempt: number,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  const running = job.run(payload, { signal, attempt, log });
  const finished = new AbortController();
  const abandoned = new Promise<never>((_, reject) => {
    const giveUp = (): void =>
      void sleep(graceMs, undefined, { signal: finished.signal }).then(
        () => reject(signal.reason instanceof Error ? signal.reason : new Error("the job was aborted")),
        () => undefined,
      );
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
  });
  try {
    await Promise.race([running, abandoned]);
  } finally {
    finished.abort();
    running.catch(() => undefined); // whatever an abandoned run still throws was already answered for
  }
}

/**
 * Takes our own row out of the queue. `null`: it is not ours any more, because we were thought dead and it was given to
 * somebody else; or a later job of its key took its place. Either way there is nothing to put back.
 */
async function takeBack(tx: Tx, { job }: JobHelpers): Promise<{ key: string | null } | null> {
  const { rows } = await sql<{ key: string | null }>`
    delete from graphile_worker._private_jobs where id = ${job.id} and locked_by = ${job.locked_by}
    returning key`.execute(tx);
  const row = rows[0];
  return row === undefined || (job.key !== null && row.key === null) ? null : row;
}

async function runAgain(
  parts: RunnerParts,
  helpers: JobHelpers,
  envelope: Envelope,
  delayMs: number,
): Promise<void> {
  const task = helpers.job.task_identifier;
  await inTransaction(parts.db, async (tx) => {
    const row = await takeBack(tx, helpers);
    // The queue's own clock decides what is due, so the delay counts from its time, or from ours where that is ahead.
    const { rows } = await sql<{ at: Date }>`
      select greatest(now(), ${parts.clock.now()}::timestamptz) + ${delayMs} * interval '1 millisecond' as at`.execute(
      tx,
    );
    if (row)
      await addJob(tx, task, envelope, { runAt: rows[0]!.at, ...(row.key !== null && { key: row.key }) });
  });
}

async function bury(
  parts: RunnerParts,
  helpers: JobHelpers,
  envelope: Envelope,
  error: string,
): Promise<void> {
  const task = helpers.job.task_identifier;
  await inTransaction(parts.db, async (tx) => {
    if (!(await takeBack(tx, helpers))) return;
    await insertDeadLetter(tx, {
      task,
      payload: envelope.payload,
      attempts: envelope.failures,
      error,
      at: parts.clock.now(),
    });
  });
  parts.log.error(
    { task, jobId: helpers.job.id, attempts: envelope.failures, error },
    "job became a dead letter",
  );
  parts.metrics?.failures.inc({ component: "jobs", reason: "dead_letter" });
}

export async function insertDeadLetter(
  db: Db | Tx,
  letter: { task: string; payload: unknown; attempts: number; error: string; at: Date },
): Promise<void> {
  await sql`
    insert into job_dead_letter (task, payload, attempts, error, failed_at)
    values (${letter.task}, ${JSON.stringify(letter.payload ?? null)}::jsonb, ${letter.attempts}, ${letter.error}, ${letter.at})`.execute(
    db,
  );
}

async function recordSchedule({ db, clock, metrics }: RunnerParts, task: string): Promise<void> {
  const now = clock.now();
  await recordSuccess(db, task, now);
  metrics?.scheduleLastSuccess.set({ task }, now.getTime() / 1000);
}

/** What to do about a run that threw. Returns the word the metrics use. */
async function answerFailure(
  parts: RunnerParts,
  run: { job: Job; helpers: JobHelpers; envelope: Envelope; stopping: boolean; error: unknown; log: Logger },
): Promise<string> {
  const { job, helpers, envelope, error, log } = run;
  if (error instanceof RetryLater) {
    await runAgain(parts, helpers, envelope, error.ms);
    log.debug({ reason: error.message, retryMs: error.ms }, "job waits");
    return "waits";
  }
  if (run.stopping) {
    await runAgain(parts, helpers, envelope, 0);
    log.info("job handed back: this worker is stopping");
    return "handed_back";
  }
  const failed = { ...envelope, failures: envelope.failures + 1 };
  if (failed.failures >= job.maxAttempts) {
    await bury(parts, helpers, failed, describeError(error));
    return "dead";
  }
  const retryMs = retryDelayMs(failed.failures, (parts.random ?? Math.random)());
  await runAgain(parts, helpers, failed, retryMs);
  log.warn({ error, attempt: failed.failures, retryMs }, "job failed and will run again");
  return "failed";
}

/**
 * Makes of a job what the queue runs. A failure is answered here, in one transaction that takes the row back and adds its
 * successor; the queue sees a success. If we die before that, the row is still there and runs again.
 */
export function toTask(job: Job, parts: RunnerParts): Task {
  return async (stored, helpers) => {
    const log = parts.log.child({ task: job.name, jobId: helpers.job.id });
    const stopTimer = parts.metrics?.jobSeconds.startTimer({ task: job.name });
    const outcome = await runStored(job, parts, stored, helpers, log);
    stopTimer?.();
    parts.metrics?.jobs.inc({ task: job.name, outcome });
  };
}

async function runStored(
  job: Job,
  parts: RunnerParts,
  stored: unknown,
  helpers: JobHelpers,
  log: Logger,
): Promise<string> {
  const envelope = readEnvelope(stored);
  const parsed = envelope && job.payload.safeParse(envelope.payload);
  if (!envelope || !parsed?.success) {
    // Running it again would not make it readable.
    const why = parsed
      ? `unreadable payload: ${parsed.error?.message}`
      : "unreadable payload: not in our envelope";
    await bury(parts, helpers, envelope ?? { payload: stored, failures: 0 }, why);
    return "unreadable";
  }
  const timeout = AbortSignal.timeout(job.timeoutMs);
  const stopping = helpers.abortSignal ?? new AbortController().signal;
  const signal = AbortSignal.any([timeout, stopping]);
  try {
    await runWithin(job, parsed.data, envelope.failures + 1, signal, log);
    if (envelope.schedule) await recordSchedule(parts, job.name);
    return "done";
  } catch (error) {
    return await answerFailure(parts, { job, helpers, envelope, stopping: stopping.aborted, error, log });
  }
}
