import { rowJob, searchJob } from "../jobs/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. */
export const refundTasks = {
  look: rowJob("refunds.look"),
  sweep: searchJob("refunds.sweep"),
  /** With the attempt's id: its transfer ended. */
  attemptEnded: rowJob("refunds.attempt_ended"),
};
