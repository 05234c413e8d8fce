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
export const defineJob = <Payload extends object>(
  { name, payload }: JobKind<Payload>,
  { maxAttempts = 25, timeoutMs = 60_000, run }: JobWork<Payload>,
): Job => ({
  name,
  payload,
  maxAttempts,
  timeoutMs,
  run: (given, context) => run(given as Payload, context),
});

/** Thrown by a job that found nothing wrong and nothing to do yet: it runs again after `ms`, uncounted. */
export class RetryLater extends Error {
  readonly ms: number;

  constructor(ms: number, reason: string) {
    super(reason);
    this.name = "RetryLater";
    this.ms = ms;
  }
}
