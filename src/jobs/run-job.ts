import { setTimeout as sleep } from "node:timers/promises";
import type { JobHelpers, Task } from "graphile-worker";
import { sql } from "kysely";
import type { Clock } from "../clock.ts";
import { inTransaction, isDatabaseAway, type Db, type Tx } from "../database/index.ts";
import { describeError } from "../errors.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import { recordSuccess } from "./schedule-run.ts";
import { RetryLater, type Job, type JobContext } from "./define-job.ts";
import { addJob, type Envelope } from "./enqueue.ts";

/** A row of the queue that is ours to run, as much of it as its answer needs. */
interface Taken {
  readonly job: {
    readonly id: string;
    readonly key: string | null;
    readonly task_identifier: string;
    readonly locked_by: string | null;
    /** How often it was taken, this time included: more than once, and it died with a process. */
    readonly attempts: number;
  };
}

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

/** Waits for a run, but not for ever: one that ignores its signal is left behind, and another run follows. */
async function within<Result>(running: Promise<Result>, signal: AbortSignal): Promise<Result> {
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
    return await Promise.race([running, abandoned]);
  } finally {
    finished.abort();
    running.catch(() => undefined); // whatever an abandoned run still throws was already answered for
  }
}

/**
 * Takes our own row out of the queue. `null`: it is not ours any more, because we were thought dead and it was given to
 * somebody else; or a later job of its key took its place. Either way there is nothing to put back.
 */
async function takeBack(tx: Tx, { job }: Taken): Promise<{ key: string | null } | null> {
  const { rows } = await sql<{ key: string | null }>`
    delete from graphile_worker._private_jobs where id = ${job.id} and locked_by = ${job.locked_by}
    returning key`.execute(tx);
  const row = rows[0];
  return row === undefined || (job.key !== null && row.key === null) ? null : row;
}

async function runAgain(
  parts: RunnerParts,
  helpers: Taken,
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

async function bury(parts: RunnerParts, helpers: Taken, envelope: Envelope, error: string): Promise<void> {
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
  run: { job: Job; helpers: Taken; envelope: Envelope; stopping: boolean; error: unknown; log: Logger },
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
  return async (stored, helpers: Taken & Pick<JobHelpers, "abortSignal">) => {
    const log = parts.log.child({ task: job.name, jobId: helpers.job.id });
    const stopTimer = parts.metrics?.jobSeconds.startTimer({ task: job.name });
    const outcomes = await runStored(job, parts, stored, helpers, log);
    stopTimer?.();
    for (const outcome of outcomes) parts.metrics?.jobs.inc({ task: job.name, outcome });
  };
}

/** One job of a run, as the queue has it. */
interface Member {
  readonly helpers: Taken;
  readonly envelope: Envelope;
  readonly payload: unknown;
}

/** What became of the job, and of those that it took along. */
async function runStored(
  job: Job,
  parts: RunnerParts,
  stored: unknown,
  helpers: Taken & Pick<JobHelpers, "abortSignal">,
  log: Logger,
): Promise<string[]> {
  const own = await readMember(job, parts, stored, helpers);
  if (own === null) return ["unreadable"];
  const timeout = AbortSignal.timeout(job.timeoutMs);
  const stopping = helpers.abortSignal ?? new AbortController().signal;
  const signal = AbortSignal.any([timeout, stopping]);
  const context: JobContext = { signal, attempt: own.envelope.failures + 1, log };
  const others = await takeAlong(job, parts, own);
  const members = [own, ...others];
  const failures = await failuresOf(job, parts, members, context);
  const outcomes: string[] = [];
  try {
    for (const [index, member] of members.entries()) {
      const error = failures[index] ?? null;
      const run = { ...member, job, stopping: stopping.aborted, error, log };
      outcomes.push(error === null ? "done" : await answerFailure(parts, run));
    }
    await forgetDone(
      parts.db,
      others.filter((_member, index) => outcomes[index + 1] === "done"),
    );
  } catch (error) {
    await giveBack(parts.db, others, stopping);
    throw error;
  }
  return outcomes;
}

async function readMember(
  job: Job,
  parts: RunnerParts,
  stored: unknown,
  helpers: Taken,
): Promise<Member | null> {
  const envelope = readEnvelope(stored);
  const parsed = envelope && job.payload.safeParse(envelope.payload);
  if (envelope && parsed?.success) return { helpers, envelope, payload: parsed.data };
  // Running it again would not make it readable.
  const why = parsed
    ? `unreadable payload: ${parsed.error?.message}`
    : "unreadable payload: not in our envelope";
  await bury(parts, helpers, envelope ?? { payload: stored, failures: 0 }, why);
  return null;
}

/** By member what it failed by; null: it is done. */
async function failuresOf(
  job: Job,
  parts: RunnerParts,
  members: readonly Member[],
  context: JobContext,
): Promise<readonly unknown[]> {
  const payloads = members.map(({ payload }) => payload);
  try {
    if (job.along && members.length > 1)
      return await within(job.along.run(payloads, context), context.signal);
    await within(job.run(payloads[0], context), context.signal);
    if (members[0]?.envelope.schedule) await recordSchedule(parts, job.name);
    return [null];
  } catch (error) {
    return members.map(() => error);
  }
}

/**
 * Takes what waits beside a job and is alike, as its worker's own: should that die, all of it runs again. What failed before, or
 * died with a process, is left to run by itself and takes nobody along.
 */
async function takeAlong(job: Job, parts: RunnerParts, own: Member): Promise<Member[]> {
  const { along } = job;
  if (along === undefined || own.envelope.failures > 0 || own.helpers.job.attempts > 1) return [];
  const { task_identifier: task, locked_by: worker } = own.helpers.job;
  const { rows } = await sql<{ id: string; key: string | null; payload: unknown }>`
    with beside as (
      select j.id from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
      where t.identifier = ${task} and j.is_available and j.run_at <= greatest(now(), ${parts.clock.now()}::timestamptz)
        and j.attempts = 0 and (j.payload->>'failures') = '0'
        and (j.payload->'payload')::jsonb @> ${JSON.stringify(along.alike(own.payload))}::jsonb
      order by j.priority, j.run_at, j.id limit ${along.most - 1} for update of j skip locked
    )
    update graphile_worker._private_jobs j set locked_at = now(), locked_by = ${worker}, attempts = j.attempts + 1
    from beside where j.id = beside.id
    returning j.id::text, j.key, j.payload`.execute(parts.db);
  const members: Member[] = [];
  for (const { id, key, payload } of rows) {
    const helpers = { job: { id, key, task_identifier: task, locked_by: worker, attempts: 1 } };
    const member = await readMember(job, parts, payload, helpers);
    if (member !== null) members.push(member);
  }
  return members;
}

/**
 * What became of a run could not be written: the queue waits for the database and has the run's own job again by itself, and
 * what was taken along is let go as soon as somebody can be told. A worker that stops or dies meanwhile is noticed by others.
 */
async function giveBack(db: Db, members: readonly Member[], stopping: AbortSignal): Promise<void> {
  if (members.length === 0) return;
  const ids = members.map(({ helpers }) => helpers.job.id);
  while (!stopping.aborted)
    try {
      await sql`
        update graphile_worker._private_jobs set locked_at = null, locked_by = null
        where locked_by = ${members[0]!.helpers.job.locked_by} and id = any(${ids}::bigint[])`.execute(db);
      return;
    } catch (error) {
      if (!isDatabaseAway(error)) return;
      await sleep(1_000, undefined, { signal: stopping }).catch(() => undefined);
    }
}

/** The queue takes the run's own row off by itself. */
async function forgetDone(db: Db, members: readonly Member[]): Promise<void> {
  if (members.length === 0) return;
  const worker = members[0]!.helpers.job.locked_by;
  await sql`
    delete from graphile_worker._private_jobs
    where locked_by = ${worker} and id = any(${members.map(({ helpers }) => helpers.job.id)}::bigint[])`.execute(
    db,
  );
}
