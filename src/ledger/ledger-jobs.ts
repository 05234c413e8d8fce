import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import { defineJob, searchJob, type Job } from "../jobs/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { foldLedger } from "./fold.ts";
import { sealLedger } from "./seal.ts";

export const ledgerTasks = { fold: searchJob("ledger.fold"), seal: searchJob("ledger.seal") };

/** `ledger.fold` and `ledger.seal`, for a schedule: how often is only a matter of speed and of how soon tampering shows. */
export function ledgerJobs({ db, clock, log }: { db: Db; clock: Clock; log: Logger }): Job[] {
  const fold = defineJob(ledgerTasks.fold, {
    maxAttempts: 5,
    async run(_payload, { signal }) {
      log.debug({ folded: await foldLedger(db, signal) }, "ledger folded");
    },
  });
  const seal = defineJob(ledgerTasks.seal, {
    maxAttempts: 5,
    async run(_payload, { signal }) {
      log.debug(await sealLedger(db, clock, { signal }), "ledger sealed");
    },
  });
  return [fold, seal];
}
