import { rowJob, searchJob } from "../jobs/index.ts";
import { payeeMoved } from "../payees/index.ts";
import { payoutsAdvance, payoutsPlan } from "../payments/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. */
export const payoutTasks = {
  plan: payoutsPlan,
  advance: payoutsAdvance,
  attemptEnded: rowJob("payouts.attempt_ended"),
  followDestination: payeeMoved,
  sweep: searchJob("payouts.sweep"),
  releaseOrphans: rowJob("payouts.release_orphans"),
};
