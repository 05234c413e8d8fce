import { sql } from "kysely";
import type { Db, Tx } from "../database/index.ts";
import { keyOf, type JobKind } from "./job-kind.ts";

export interface EnqueueOptions {
  /** Not before this time; at once if absent. */
  readonly runAt?: Date;
  /** Jobs of one key are one job: a later one replaces a waiting one, and follows a running one. */
  readonly key?: string;
}

/** What the queue stores: the payload as given, and how often a run of it has failed. */
export interface Envelope {
  readonly payload: unknown;
  readonly failures: number;
  /** Set on what a schedule started: its success is recorded. */
  readonly schedule?: true;
}

/** How often a job may die with its process before it is a dead letter: something in it kills us. */
const maxDeaths = 25;
/**
 * The same for a job with a key. A later job of that key takes the key from one that runs and marks all its attempts as
 * used; this number then still tells that one, which had a key, from one that never had any and killed its workers.
 */
export const maxDeathsOfKeyed = maxDeaths + 1;

const maxDeathsOf = (key: string | undefined): number => (key === undefined ? maxDeaths : maxDeathsOfKeyed);

/**
 * Adds a job in the caller's transaction: it exists if and only if the change that caused it commits.
 * @param options.runAt not before this time; at once if absent.
 */
export async function enqueue<Payload extends object>(
  tx: Db | Tx,
  kind: JobKind<Payload>,
  payload: NoInfer<Payload>,
  options: Pick<EnqueueOptions, "runAt"> = {},
): Promise<void> {
  await enqueueNamed(tx, kind.name, payload, options);
}

/**
 * The same for a job of which one is enough: it replaces a waiting one of its kind and payload, and follows a running one.
 * What must happen now is enqueued without: a later appointment would take its place.
 */
export async function enqueueOnce<Payload extends object>(
  tx: Db | Tx,
  kind: JobKind<Payload>,
  payload: NoInfer<Payload>,
  options: Pick<EnqueueOptions, "runAt"> = {},
): Promise<void> {
  await enqueueNamed(tx, kind.name, payload, { ...options, key: keyOf(kind, payload) });
}

/** For names that were stored: of whoever asked to be told, of a schedule, of a dead letter. */
export async function enqueueNamed(
  tx: Db | Tx,
  name: string,
  payload: object,
  options: EnqueueOptions = {},
): Promise<void> {
  await addJob(tx, name, { payload, failures: 0 }, options);
}

export async function addJob(
  tx: Db | Tx,
  name: string,
  envelope: Envelope,
  options: EnqueueOptions,
): Promise<void> {
  await sql`
    select from graphile_worker.add_job(
      ${name}, ${JSON.stringify(envelope)}::json, run_at => ${options.runAt ?? null}::timestamptz,
      job_key => ${options.key ?? null}::text, max_attempts => ${maxDeathsOf(options.key)}::integer)`.execute(
    tx,
  );
}

/** Adds jobs of one kind in one round trip; otherwise as `enqueue`. Keys must differ within one call. */
export async function enqueueMany<Payload extends object>(
  tx: Db | Tx,
  { name }: JobKind<Payload>,
  jobs: readonly (EnqueueOptions & { readonly payload: NoInfer<Payload> })[],
): Promise<void> {
  if (jobs.length === 0) return;
  if (jobs.every(({ runAt, key }) => runAt === undefined && key === undefined)) {
    await enqueuePlain(
      tx,
      name,
      jobs.map(({ payload }) => payload),
    );
    return;
  }
  const specs = jobs.map(({ payload, runAt, key }) => ({
    payload: { payload, failures: 0 } satisfies Envelope,
    run_at: runAt?.toISOString() ?? null,
    key: key ?? null,
    max_attempts: maxDeathsOf(key),
  }));
  await sql`
    select from graphile_worker.add_jobs((
      select array_agg(row(${name}::text, spec.payload, null, spec.run_at, spec.max_attempts, spec.key, null, null)
        ::graphile_worker.job_spec)
      from json_to_recordset(${JSON.stringify(specs)}::json) as spec(payload json, run_at timestamptz, key text, max_attempts integer)))`.execute(
    tx,
  );
}

/** What needs neither a key nor a time goes past the queue's own function, which is ten times as dear. */
async function enqueuePlain(tx: Db | Tx, name: string, payloads: readonly object[]): Promise<void> {
  const envelopes = payloads.map((payload): Envelope => ({ payload, failures: 0 }));
  await sql`
    select job_add(${name}, array(select json_array_elements(${JSON.stringify(envelopes)}::json)), ${maxDeaths}),
      ${sql.raw(wakeWorkers)}`.execute(tx);
}

/** A job as `graphile_worker.add_job` takes it, for SQL that adds it in the same statement as its cause. */
export function jobArguments(payload: object): { readonly payload: string; readonly maxAttempts: number } {
  return { payload: JSON.stringify({ payload, failures: 0 } satisfies Envelope), maxAttempts: maxDeaths };
}

/**
 * SQL, the text of an expression: wakes the workers when the caller's transaction commits, for jobs put into the queue's table by
 * SQL. Without it they look within a second. Transactions that wake commit one after the other, so hot paths do it once for many
 * jobs.
 */
export const wakeWorkers = "pg_notify('jobs:insert', json_build_object('r', random(), 'count', 1)::text)";
