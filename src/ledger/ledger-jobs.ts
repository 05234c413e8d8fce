import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Db } from "../database/index.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { foldLedger } from "./fold.ts";
import { sealLedger } from "./seal.ts";

/** `ledger.fold` and `ledger.seal`, for a schedule: how often is only a matter of speed and of how soon tampering shows. */
export function ledgerJobs({ db, clock, log }: { db: Db; clock: Clock; log: Logger }): Job[] {
  const fold = defineJob({
    name: "ledger.fold",
    payload: z.object({}),
    maxAttempts: 5,
    async run(_payload, { signal }) {
      log.debug({ folded: await foldLedger(db, signal) }, "ledger folded");
    },
  });
  const seal = defineJob({
    name: "ledger.seal",
    payload: z.object({}),
    maxAttempts: 5,
    async run(_payload, { signal }) {
      log.debug(await sealLedger(db, clock, { signal }), "ledger sealed");
    },
  });
  return [fold, seal];
}
