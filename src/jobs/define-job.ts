import type { z } from "zod";
import type { Logger } from "../telemetry/index.ts";
import type { JobKind } from "./job-kind.ts";

export interface JobContext {
  /** Fires when the time is up or the worker is stopping: give up soon, another run will follow. */
  readonly signal: AbortSignal;
  /** 1 for the first run; runs that died with their process are not counted. */
  readonly attempt: number;
  readonly log: Logger;
}

export interface Job {
  readonly name: string;
  readonly payload: z.ZodType;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  run(payload: unknown, context: JobContext): Promise<void>;
}

interface JobWork<Payload extends object> {
  /** Failures before it becomes a dead letter; 25 if absent. */
  readonly maxAttempts?: number;
  /** After which `signal` fires; a minute if absent. */
  readonly timeoutMs?: number;
  run(payload: Payload, context: JobContext): Promise<void>;
}

/**
 * What a kind of job does. It may run twice, at the same time even, or die at any line, so it looks at the row its payload
 * names and does what that row needs now.
 */
export function defineJob<Payload extends object>(kind: JobKind<Payload>, work: JobWork<Payload>): Job;
export function defineJob<Payload extends z.ZodType<object>>(
  definition: { name: string; payload: Payload } & JobWork<z.output<Payload>>,
): Job;
export function defineJob<Payload extends object>(
  kind: JobKind<Payload> & Partial<JobWork<Payload>>,
  given?: JobWork<Payload>,
): Job {
  const work = given ?? (kind as JobKind<Payload> & JobWork<Payload>);
  return {
    name: kind.name,
    payload: kind.payload,
    maxAttempts: work.maxAttempts ?? 25,
    timeoutMs: work.timeoutMs ?? 60_000,
    run: (payload, context) => work.run(payload as Payload, context),
  };
}

/** Thrown by a job that found nothing wrong and nothing to do yet: it runs again after `ms`, uncounted. */
export class RetryLater extends Error {
  readonly ms: number;

  constructor(ms: number, reason: string) {
    super(reason);
    this.name = "RetryLater";
    this.ms = ms;
  }
}
