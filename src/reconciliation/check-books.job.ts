import type { Db } from "../database/index.ts";
import { defineJob, searchJob, type Job } from "../jobs/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import { equityFinding, findFaults } from "./find-faults.ts";

export const checkBooks = searchJob("reconciliation.check_books");

/** Checks the books on a schedule; a promise that does not hold, and an asset in which more is owed than is held, is logged as an error and counted. */
export const checkBooksJob = (deps: { db: Db; log: Logger; metrics: Metrics }): Job =>
  defineJob(checkBooks, {
    async run() {
      for (const fault of await findFaults(deps.db)) {
        deps.metrics.failures.inc({ component: "reconciliation", reason: fault.check });
        const words = fault.check === equityFinding ? "more is owed than is held" : "the books do not agree";
        deps.log.error({ ...fault }, words);
      }
    },
  });
