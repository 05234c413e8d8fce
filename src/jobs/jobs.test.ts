import { EventEmitter, once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { eventually, freshDatabase, startProcess } from "../../tests/support/index.ts";
import { systemClock } from "../clock.ts";
import { inTransaction, sql } from "../database/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import {
  defineJob,
  defineSetJob,
  drainJobs,
  enqueueNamed,
  enqueueMany,
  jobKind,
  RetryLater,
  searchJob,
  startWorker,
  type Job,
} from "./index.ts";
import { retryDelayMs } from "./run-job.ts";

const database = await freshDatabase();
const { db } = database;
const payload = z.object({ id: z.string() });
const clock = systemClock;
const log = silentLogger;
const note = jobKind("test.note", payload);

let runs: { id: string; attempt: number }[] = [];
const stops: (() => Promise<void>)[] = [];

const job = (name: string, run: Job["run"] = async () => undefined, options: Partial<Job> = {}): Job =>
  defineJob(jobKind(name, payload), {
    ...options,
    run: async ({ id }, context) => {
      runs.push({ id, attempt: context.attempt });
      await run({ id }, context);
    },
  });

const drain = (jobs: Job[], includeFuture = false) =>
  drainJobs({ database, jobs, clock, log, includeFuture });

async function start(jobs: Job[], options: { finishWithinMs?: number } = {}) {
  const worker = await startWorker({ database, jobs, schedules: [], concurrency: 2, clock, log, ...options });
  stops.push(worker.stop);
  return worker;
}

/** A promise that a test opens. */
function gate(): { promise: Promise<void>; open: () => void } {
  const opened = new EventEmitter();
  return { promise: once(opened, "open").then(() => undefined), open: () => void opened.emit("open") };
}

async function queue() {
  const { rows } = await sql<{ task: string; payload: unknown; locked: boolean; delay_ms: number }>`
    select task.identifier as task, job.payload->'payload' as payload, (job.payload->>'failures')::int as failures,
      locked_at is not null as locked, round(extract(epoch from run_at - now()) * 1000)::int as delay_ms
    from graphile_worker._private_jobs job join graphile_worker._private_tasks task on task.id = task_id
    order by job.id`.execute(db);
  return rows;
}

async function deadLetters() {
  const { rows } = await sql<{ task: string; payload: unknown; attempts: number; error: string }>`
    select task, payload, attempts, error from job_dead_letter order by id`.execute(db);
  return rows;
}

beforeEach(async () => {
  runs = [];
  await sql`truncate graphile_worker._private_jobs, job_dead_letter, worker_heartbeat`.execute(db);
});
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

describe("a job exists if and only if its cause commits", () => {
  test("F11 F38: enqueued with a change that is rolled back, it is not there", async () => {
    const change = inTransaction(db, async (tx) => {
      await enqueueNamed(tx, "test.note", { id: "lost" });
      throw new Error("the change failed");
    });
    await expect(change).rejects.toThrow("the change failed");
    expect(await queue()).toEqual([]);
  });

  test("F11 F38: enqueued with a change that commits, it runs", async () => {
    await inTransaction(db, (tx) => enqueueNamed(tx, "test.note", { id: "kept" }));
    await inTransaction(db, (tx) =>
      enqueueMany(tx, note, [{ payload: { id: "a" } }, { payload: { id: "b" }, key: "b" }]),
    );
    expect(await drain([job("test.note")])).toBe(0);
    expect(runs.map(({ id }) => id).sort()).toEqual(["a", "b", "kept"]);
    expect(await queue()).toEqual([]);
  });

  test("a worker starts it within moments", async () => {
    await start([job("test.note")]);
    await enqueueNamed(db, "test.note", { id: "now" });
    await eventually("the job runs", () => runs.length === 1);
  });
});

describe("death", () => {
  test("F33: the jobs of a worker that was killed run on another within seconds", async () => {
    await enqueueNamed(db, "test.hang", { id: "orphan" });
    const victim = startProcess("hanging-worker", database.url);
    await victim.says("running");
    await victim.says("worker ");
    await start([job("test.hang")]);
    await victim.killHard();
    expect(runs).toEqual([]); // while it may still be alive, nobody else takes its job
    // Time passes: its last sign of life was long ago.
    await sql`update worker_heartbeat set seen_at = seen_at - interval '21 seconds'
      where worker_id = (select locked_by from graphile_worker.jobs)`.execute(db);
    await eventually("the survivor runs the job", () => runs.length === 1);
    await eventually("the queue is empty", async () => (await queue()).length === 0);
    expect(runs).toEqual([{ id: "orphan", attempt: 1 }]);
  });

  test("F33: a worker that died before its first sign of life is noticed too", async () => {
    await enqueueNamed(db, "test.note", { id: "orphan" });
    await sql`update graphile_worker._private_jobs set locked_by = 'pool-dead', locked_at = now() - interval '21 seconds'`.execute(
      db,
    );
    await start([job("test.note")]);
    await eventually("the job runs", () => runs.length === 1);
  });

  test("a worker that lives keeps its job, however long it takes", async () => {
    const { promise: long, open: finish } = gate();
    await start([job("test.long", () => long)]);
    await enqueueNamed(db, "test.long", { id: "slow" });
    await eventually("the job runs", () => runs.length === 1);
    await sql`update graphile_worker._private_jobs set locked_at = now() - interval '1 hour'`.execute(db);
    await start([job("test.long")]);
    await eventually("the second worker has looked around", async () => {
      const { rows } = await sql`select from worker_heartbeat`.execute(db);
      return rows.length === 2;
    });
    expect(runs).toHaveLength(1);
    finish();
  });

  test("a job that kills its worker every time becomes a dead letter", async () => {
    await enqueueNamed(db, "test.killer", { id: "poison" });
    await sql`update graphile_worker._private_jobs set attempts = max_attempts`.execute(db);
    await start([job("test.killer")]);
    expect(runs).toEqual([]);
    expect(await queue()).toEqual([]);
    expect(await deadLetters()).toMatchObject([{ task: "test.killer", attempts: 25 }]);
  });
});

describe("failure", () => {
  test("F45: delays double from a second up to a day, each with jitter", () => {
    expect(retryDelayMs(1, 1)).toBe(1_000);
    expect(retryDelayMs(1, 0)).toBe(500);
    expect(retryDelayMs(5, 1)).toBe(16_000);
    expect(retryDelayMs(18, 1)).toBe(86_400_000);
    expect(retryDelayMs(500, 0.5)).toBe(64_800_000);
  });

  test("F45: a failed job waits its turn in the queue, with its failures counted", async () => {
    const failing = job("test.fail", async () => {
      throw new Error("no luck");
    });
    await enqueueNamed(db, "test.fail", { id: "x" }, { key: "x" });
    await drain([failing]);
    expect(runs).toEqual([{ id: "x", attempt: 1 }]);
    const [waiting] = await queue();
    expect(waiting).toMatchObject({ task: "test.fail", payload: { id: "x" }, failures: 1, locked: false });
    expect(waiting!.delay_ms).toBeGreaterThan(0);
    expect(waiting!.delay_ms).toBeLessThanOrEqual(1_000);
  });

  test("F45 F46: after its last attempt a job becomes a dead letter and never runs again", async () => {
    const failing = job("test.fail", () => Promise.reject(new Error("no luck")), { maxAttempts: 3 });
    await enqueueNamed(db, "test.fail", { id: "x" });
    expect(await drain([failing], true)).toBe(0);
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(await queue()).toEqual([]);
    expect(await deadLetters()).toEqual([
      { task: "test.fail", payload: { id: "x" }, attempts: 3, error: "Error: no luck" },
    ]);
  });

  test("F46: a payload that cannot be read is a dead letter at once", async () => {
    await enqueueNamed(db, "test.note", { id: 7 });
    await sql`select graphile_worker.add_job('test.note', '["not an envelope"]'::json)`.execute(db);
    await drain([job("test.note")]);
    expect(runs).toEqual([]);
    expect(await queue()).toEqual([]);
    expect(await deadLetters()).toMatchObject([
      { payload: { id: 7 }, attempts: 0, error: expect.stringContaining("unreadable payload") },
      { payload: ["not an envelope"], attempts: 0 },
    ]);
  });

  test("a job that only waits is not counted as failed, however often", async () => {
    const waiting = job(
      "test.wait",
      async () => {
        if (runs.length < 6) throw new RetryLater(60_000, "not final yet");
      },
      { maxAttempts: 2 },
    );
    await enqueueNamed(db, "test.wait", { id: "x" });
    await drain([waiting]);
    expect((await queue())[0]!.delay_ms).toBeGreaterThan(55_000);
    await drain([waiting], true);
    expect(runs).toHaveLength(6);
    expect(runs.every(({ attempt }) => attempt === 1)).toBe(true);
    expect(await deadLetters()).toEqual([]);
  });

  test("a job that goes on after its time is up is left behind and runs again", async () => {
    let reason: unknown;
    const deaf = job(
      "test.deaf",
      (_, { signal }) => {
        signal.addEventListener("abort", () => (reason = signal.reason));
        return new Promise<void>(() => undefined);
      },
      { timeoutMs: 50 },
    );
    await enqueueNamed(db, "test.deaf", { id: "x" });
    await drain([deaf]);
    expect(reason).toMatchObject({ name: "TimeoutError" });
    expect(await queue()).toMatchObject([{ task: "test.deaf", failures: 1, locked: false }]);
  });
});

describe("keys", () => {
  test("a later job replaces a waiting one of its key", async () => {
    await enqueueNamed(
      db,
      "test.note",
      { id: "first" },
      { key: "k", runAt: new Date(Date.now() + 3_600_000) },
    );
    await enqueueNamed(db, "test.note", { id: "second" }, { key: "k" });
    await drain([job("test.note")]);
    expect(runs).toEqual([{ id: "second", attempt: 1 }]);
  });

  test("a job enqueued during a run of its key follows it, and a failure of that run does not bring the old one back", async () => {
    const self = job("test.note", async () => {
      if (runs.length > 1) return;
      await enqueueNamed(db, "test.note", { id: "second" }, { key: "k" });
      throw new Error("too late");
    });
    await enqueueNamed(db, "test.note", { id: "first" }, { key: "k" });
    expect(await drain([self], true)).toBe(0);
    expect(runs.map(({ id }) => id)).toEqual(["first", "second"]);
  });
});

describe("keys and dead workers", () => {
  const dieHolding = (task: string, attempts: number) =>
    sql`
    update graphile_worker._private_jobs as job set attempts = ${attempts}, locked_by = 'pool-dead', locked_at = now() - interval '21 seconds'
    from graphile_worker._private_tasks as kind where kind.id = job.task_id and kind.identifier = ${task}`.execute(
      db,
    );

  test("F45 F46: a run whose worker died after a later job took its key is done with, and no dead letter", async () => {
    await enqueueNamed(db, "test.note", { id: "first" }, { key: "k" });
    await dieHolding("test.note", 1);
    await enqueueMany(db, note, [{ payload: { id: "second" }, key: "k" }]);
    await start([job("test.note")]);
    await eventually("only the later one runs", async () => (await queue()).length === 0);
    expect(runs).toEqual([{ id: "second", attempt: 1 }]);
    expect(await deadLetters()).toEqual([]);
  });

  test("a job with a key that kills its worker every time becomes a dead letter all the same", async () => {
    await enqueueNamed(db, "test.killer", { id: "poison" }, { key: "k" });
    await dieHolding("test.killer", 26);
    await start([job("test.killer")]);
    await eventually("it is out of the queue", async () => (await queue()).length === 0);
    expect(runs).toEqual([]);
    expect(await deadLetters()).toMatchObject([{ task: "test.killer", payload: { id: "poison" } }]);
  });
});

describe("jobs that are done in sets", () => {
  let sets: string[][] = [];
  beforeEach(() => void (sets = []));

  const kind = jobKind("test.set", z.object({ id: z.string(), group: z.string() }));
  const setJob = (outcome: (id: string) => Error | null, most = 100): Job =>
    defineSetJob(kind, {
      most,
      maxAttempts: 2,
      alike: ({ group }) => ({ group }),
      run: (payloads) => {
        sets.push(payloads.map(({ id }) => id).toSorted());
        return Promise.resolve(payloads.map(({ id }) => outcome(id)));
      },
    });
  const enqueueSet = (group: string, ids: readonly string[]) =>
    enqueueMany(
      db,
      kind,
      ids.map((id) => ({ payload: { id, group }, key: `${group}:${id}` })),
    );
  const drainOne = (one: Job) =>
    drainJobs({ database, jobs: [one], clock, log, concurrency: 1, includeFuture: true });

  test("what waits and is alike is done together, no more at once than it says, and each once", async () => {
    const ids = Array.from({ length: 25 }, (_, index) => `a${index}`);
    await enqueueSet("a", ids);
    await enqueueSet("b", ["b0", "b1"]);
    await drainOne(setJob(() => null, 10));
    expect(sets.map((set) => set.length).toSorted()).toEqual([10, 10, 2, 5].toSorted());
    expect(sets).toContainEqual(["b0", "b1"]);
    expect(sets.flat().toSorted()).toEqual([...ids, "b0", "b1"].toSorted());
    expect(await queue()).toEqual([]);
  });

  test("one that fails leaves the others done, runs alone from then on, and is a dead letter alone", async () => {
    await enqueueSet("a", ["good", "poison", "fine"]);
    await drainOne(setJob((id) => (id === "poison" ? new Error("no luck") : null)));
    expect(sets).toEqual([["fine", "good", "poison"], ["poison"]]);
    expect(await queue()).toEqual([]);
    expect(await deadLetters()).toMatchObject([
      { payload: { id: "poison" }, attempts: 2, error: "Error: no luck" },
    ]);
  });

  test("one that waits is looked at again together with others", async () => {
    await enqueueSet("a", ["one", "two"]);
    await drainOne(setJob(() => (sets.length === 1 ? new RetryLater(60_000, "not yet") : null)));
    expect(sets).toEqual([
      ["one", "two"],
      ["one", "two"],
    ]);
    expect(await deadLetters()).toEqual([]);
  });

  test("a run that throws fails all of them, and then each is tried alone", async () => {
    await enqueueSet("a", ["one", "two"]);
    const failing = setJob(() => {
      if (sets.length === 1) throw new Error("all of it");
      return null;
    });
    await drainOne(failing);
    expect(sets[0]).toEqual(["one", "two"]);
    expect(sets.slice(1).toSorted()).toEqual([["one"], ["two"]]);
  });

  test("a job enqueued during the run of one that was taken along follows it", async () => {
    await enqueueSet("a", ["one", "two"]);
    let again = false;
    const done = setJob(() => null);
    const run = done.along!.run;
    await drainOne({
      ...done,
      along: {
        ...done.along!,
        async run(payloads, context) {
          if (!again) await enqueueSet("a", ["one", "two"]);
          again = true;
          return run(payloads, context);
        },
      },
    });
    expect(sets.flat().toSorted()).toEqual(["one", "one", "two", "two"]);
    expect(await queue()).toEqual([]);
  });

  test("F33: a worker that dies lets go of all that it had taken, and each runs alone: one of them may have killed it", async () => {
    await enqueueSet("a", ["one", "two"]);
    await sql`
      update graphile_worker._private_jobs
      set attempts = 1, locked_by = 'pool-dead', locked_at = now() - interval '21 seconds'`.execute(db);
    await start([setJob(() => null)]);
    await eventually("both run", async () => (await queue()).length === 0);
    expect(sets.toSorted()).toEqual([["one"], ["two"]]);
  });
});

describe("stopping", () => {
  test("a running job may finish", async () => {
    const { promise: long, open: finish } = gate();
    let done = false;
    const worker = await start([job("test.long", () => long.then(() => void (done = true)))]);
    await enqueueNamed(db, "test.long", { id: "x" });
    await eventually("the job runs", () => runs.length === 1);
    const stopped = worker.stop();
    finish();
    await stopped;
    expect(done).toBe(true);
    expect(await queue()).toEqual([]);
  });

  test("a job that cannot finish in time is handed back, due and uncounted", async () => {
    const obedient = job(
      "test.long",
      (_, { signal }) =>
        new Promise((_done, fail) => signal.addEventListener("abort", () => fail(signal.reason as Error))),
    );
    const worker = await start([obedient], { finishWithinMs: 200 });
    await enqueueNamed(db, "test.long", { id: "x" });
    await eventually("the job runs", () => runs.length === 1);
    await worker.stop();
    expect(await queue()).toMatchObject([
      { task: "test.long", payload: { id: "x" }, failures: 0, locked: false },
    ]);
    await drain([job("test.long")]);
    expect(runs).toEqual([
      { id: "x", attempt: 1 },
      { id: "x", attempt: 1 },
    ]);
    const { rows } = await sql`select from worker_heartbeat`.execute(db);
    expect(rows).toEqual([]);
  });
});

describe("schedules", () => {
  test("a schedule's success is recorded, its failure is not", async () => {
    const tick = (task: string) =>
      sql`select graphile_worker.add_job(${task}, '{"payload":{},"failures":0,"schedule":true,"_cron":{"ts":"x"}}'::json)`.execute(
        db,
      );
    const good = defineJob(searchJob("test.good"), { run: async () => undefined });
    const bad = defineJob(searchJob("test.bad"), { run: () => Promise.reject(new Error("no")) });
    await Promise.all([tick("test.good"), tick("test.bad")]);
    await drain([good, bad]);
    const { rows } = await sql<{ task: string }>`select task from schedule_run`.execute(db);
    expect(rows).toEqual([{ task: "test.good" }]);
  });

  test("a schedule must name a job, and is known to the queue once a worker runs", async () => {
    const parts = { database, concurrency: 1, clock, log };
    const schedules = [{ task: "test.note", cron: "*/15 * * * *" }];
    await expect(startWorker({ ...parts, jobs: [], schedules })).rejects.toMatchObject({
      code: "schedule_without_job",
    });
    const worker = await startWorker({ ...parts, jobs: [job("test.note")], schedules });
    stops.push(worker.stop);
    await eventually("the schedule is registered", async () => {
      const { rows } = await sql`
        select from graphile_worker._private_known_crontabs where identifier = 'schedule:test.note'`.execute(
        db,
      );
      return rows.length === 1;
    });
  });
});
