import { z } from "zod";

/**
 * What a job is called and what it is told, apart from what it does: whoever enqueues it needs no more. A room lists its
 * kinds in its jobs.ts; where it hands over to a room above it, the kind is the lower room's and the upper one runs it.
 */
export interface JobKind<Payload extends object = object> {
  /** As the queue stores it: a name is never changed. */
  readonly name: string;
  readonly payload: z.ZodType<Payload>;
}

/** A job about one row, named by its id. */
export type RowJob = JobKind<{ id: string }>;

export const jobKind = <Payload extends object>(
  name: string,
  payload: z.ZodType<Payload>,
): JobKind<Payload> => ({ name, payload });

export const rowJob = (name: string): RowJob => jobKind(name, z.object({ id: z.uuid() }));

/** A job that looks for its work itself, as schedules start it: what they add to the payload is none of its business. */
export const searchJob = (name: string): JobKind<Record<string, unknown>> => jobKind(name, z.looseObject({}));

/** Jobs of one kind with the same payload are one job under this key: `payouts.advance:<id>`. */
export const keyOf = <Payload extends object>(kind: JobKind<Payload>, payload: Payload): string =>
  [kind.name, ...Object.values(payload)].join(":");
