import type { z } from "zod";
import type { Logger } from "../telemetry/index.ts";

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

/**
 * A kind of job. It may run twice, at the same time even, or die at any line, so it looks at the row its payload names
 * and does what that row needs now.
 * @param definition.maxAttempts failures before it becomes a dead letter; 25 if absent.
 * @param definition.timeoutMs   after which `signal` fires; a minute if absent.
 */
export function defineJob<Payload extends z.ZodType>(definition: {
  name: string;
  payload: Payload;
  maxAttempts?: number;
  timeoutMs?: number;
  run(payload: z.output<Payload>, context: JobContext): Promise<void>;
}): Job {
  return {
    name: definition.name,
    payload: definition.payload,
    maxAttempts: definition.maxAttempts ?? 25,
    timeoutMs: definition.timeoutMs ?? 60_000,
    run: (payload, context) => definition.run(payload as z.output<Payload>, context),
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
