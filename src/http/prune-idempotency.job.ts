import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import { defineJob, searchJob, type Job } from "../jobs/index.ts";
import { pruneIdempotencyRecords } from "./idempotency.ts";

export const pruneIdempotency = searchJob("http.prune_idempotency");

const keptMs = 30 * 24 * 3_600_000;

/** Forgets answers to requests of a month ago: nobody repeats those. */
export const pruneIdempotencyJob = (deps: { db: Db; clock: Clock }): Job =>
  defineJob(pruneIdempotency, {
    run: async () =>
      void (await pruneIdempotencyRecords(deps.db, new Date(deps.clock.now().getTime() - keptMs))),
  });
