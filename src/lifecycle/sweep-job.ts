import type { Clock } from "../clock.ts";
import { inTransaction, type Db, type Tx } from "../database/index.ts";
import { InvariantViolation } from "../errors.ts";
import { defineJob, type Job } from "../jobs/index.ts";
import type { Life } from "./define-life.ts";

/** The scheduled job of a thing, which wakes what passed its check time: its job was lost, or used up its attempts. */
export function sweepJob(
  life: Life & { wakeDue(tx: Tx, now: Date): Promise<string[]> },
  { db, clock }: { readonly db: Db; readonly clock: Clock },
): Job {
  if (life.sweep === null)
    throw new InvariantViolation("no_sweep", `No schedule looks after a ${life.thing}.`);
  return defineJob(life.sweep, {
    run: async () => void (await inTransaction(db, (tx) => life.wakeDue(tx, clock.now()))),
  });
}
