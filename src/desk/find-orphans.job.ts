import type { Clock } from "../clock.ts";
import { inTransaction, type Db } from "../database/index.ts";
import { defineJob, enqueueOnce, searchJob, type Job } from "../jobs/index.ts";
import type { Logger } from "../telemetry/index.ts";
import type { Desk } from "./desk.ts";
import { findOrphans } from "./find-orphans.ts";

export const findOrphansTask = searchJob("reconciliation.find_orphans");

/**
 * Finds what nobody is under way for, and asks the room that owns its rows to release or finish it. What that room cannot
 * release safely stays an orphan, and the recovery desk shows it.
 */
export const findOrphansJob = (deps: {
  db: Db;
  clock: Clock;
  log: Logger;
  desk: Pick<Desk, "orphans">;
}): Job =>
  defineJob(findOrphansTask, {
    async run() {
      const orphans = await findOrphans(deps, deps.clock.now());
      if (orphans.length === 0) return;
      deps.log.warn({ orphans: orphans.slice(0, 20), count: orphans.length }, "orphans were found");
      await inTransaction(deps.db, async (tx) => {
        for (const { kind, id } of orphans) await enqueueOnce(tx, deps.desk.orphans[kind]!.task, { id });
      });
    },
  });
