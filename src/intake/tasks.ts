import { searchJob } from "../jobs/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. Their names are from when payments held all of it. */
export const intakeTasks = {
  processEvents: searchJob("payments.process_events"),
  backfill: searchJob("payments.backfill"),
};
