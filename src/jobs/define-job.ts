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
  /** Set: a run takes further jobs of its kind along. */
  readonly along?: Along;
}

/** How a job that waits with others of its kind takes them along and does them together. */
export interface Along {
  /** How many one run does at most, its own among them. */
  readonly most: number;
  /** What the payloads of those that go together have in common with this one. */
  alike(payload: unknown): Readonly<Record<string, string>>;
  /**
   * Does them all. One that fails leaves the others done.
   * @returns for each, in the order given, what it would have thrown by itself; null: it is done.
   * @throws what each of them failed by.
   */
  run(payloads: readonly unknown[], context: JobContext): Promise<readonly (Error | null)[]>;
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

/**
 * The same for a kind of job that is done in sets: a run takes along what waits of its kind and is alike. One that failed before
 * runs alone, so that whatever is wrong with it is nobody else's trouble and is told of it alone.
 */
export const defineSetJob = <Payload extends object>(
  kind: JobKind<Payload>,
  work: Omit<JobWork<Payload>, "run"> & {
    readonly most: number;
    alike(payload: Payload): Readonly<Record<string, string>>;
    run(payloads: readonly Payload[], context: JobContext): Promise<readonly (Error | null)[]>;
  },
): Job => ({
  ...defineJob(kind, {
    ...work,
    async run(payload, context) {
      const [failure] = await work.run([payload], context);
      if (failure) throw failure;
    },
  }),
  along: {
    most: work.most,
    alike: (payload) => work.alike(payload as Payload),
    run: (payloads, context) => work.run(payloads as readonly Payload[], context),
  },
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
