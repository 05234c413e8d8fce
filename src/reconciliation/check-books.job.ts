import type { Db } from "../database/index.ts";
import { defineJob, searchJob, type Job } from "../jobs/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import { checkInvariants } from "./check-invariants.ts";
import { shortfalls } from "./equity-desk.ts";

export const checkBooks = searchJob("reconciliation.check_books");

/** Checks the books on a schedule; a promise that does not hold, and an asset in which more is owed than is held, is logged as an error and counted. */
export const checkBooksJob = (deps: { db: Db; log: Logger; metrics: Metrics }): Job =>
  defineJob(checkBooks, {
    async run() {
      const differences = await checkInvariants(deps.db);
      for (const difference of differences) {
        deps.metrics.failures.inc({ component: "reconciliation", reason: difference.check });
        deps.log.error({ ...difference }, "the books do not agree");
      }
      for (const { asset, amount } of await shortfalls(deps.db)) {
        deps.metrics.failures.inc({ component: "reconciliation", reason: "platform_equity" });
        deps.log.error({ asset, amount: amount.toString() }, "more is owed than is held");
      }
    },
  });
