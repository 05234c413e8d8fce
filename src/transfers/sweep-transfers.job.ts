import { z } from "zod";
import { inTransaction, sql } from "../database/index.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import type { TransferDeps } from "./deps.ts";
import { enqueueCheck } from "./transfer-store.ts";

/** Long enough that a job which is merely late is not doubled every minute. */
const graceMs = 5 * 60_000;

/** Wakes transfers whose check time passed: their job was lost, or used up its attempts. */
export const sweepTransfersJob = (deps: TransferDeps): Job =>
  defineJob({
    name: "transfers.sweep",
    payload: z.object({}).loose(),
    run: () =>
      inTransaction(deps.db, async (tx) => {
        const now = deps.clock.now();
        const { rows } = await sql<{ id: string }>`
          update transfer set next_check_at = ${new Date(now.getTime() + graceMs)}
          where id in (
            select id from transfer where next_check_at <= ${now}
            order by next_check_at limit 500 for no key update skip locked)
          returning id`.execute(tx);
        for (const { id } of rows) await enqueueCheck(tx, id);
      }),
  });
