import { z } from "zod";

/**
 * What a job is called and what it is told, apart from what it does: whoever enqueues it needs no more. A room lists its
 * kinds in its tasks.ts; where it hands over to a room above it, the kind is the lower room's and the upper one runs it.
 */
export interface JobKind<Payload extends object = object> {
  /** As the queue stores it: a name is never changed. */
  readonly name: string;
  readonly payload: z.ZodType<Payload>;
  /** What of a payload tells one job from another; all its values if absent. */
  readonly keyed?: (payload: Payload) => readonly string[];
}

/** A job about one row, named by its id. */
export type RowJob = JobKind<{ id: string }>;

export const jobKind = <Payload extends object>(
  name: string,
  payload: z.ZodType<Payload>,
  keyed?: (payload: Payload) => readonly string[],
): JobKind<Payload> => ({ name, payload, ...(keyed && { keyed }) });

export const rowJob = (name: string): RowJob => jobKind(name, z.object({ id: z.uuid() }));

/** A job that looks for its work itself. */
export type SearchJob = JobKind<Record<string, unknown>>;

/** As schedules start it: what they add to the payload is none of its business. */
export const searchJob = (name: string): SearchJob => jobKind(name, z.looseObject({}));

/** Jobs of one kind about the same are one job under this key: `payouts.advance:<id>`. */
export const keyOf = <Payload extends object>(kind: JobKind<Payload>, payload: Payload): string =>
  [kind.name, ...(kind.keyed?.(payload) ?? Object.values(payload))].join(":");
