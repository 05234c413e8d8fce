import { rowJob, searchJob } from "../jobs/index.ts";
import { payoutsPlan } from "../payments/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. */
export const payoutTasks = {
  plan: payoutsPlan,
  advance: rowJob("payouts.advance"),
  attemptEnded: rowJob("payouts.attempt_ended"),
  sweep: searchJob("payouts.sweep"),
  releaseOrphans: rowJob("payouts.release_orphans"),
};
