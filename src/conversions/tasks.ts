import { rowJob, searchJob } from "../jobs/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. */
export const conversionTasks = {
  check: searchJob("conversions.check"),
  advance: rowJob("conversions.advance"),
  sweep: searchJob("conversions.sweep"),
  releaseOrphans: rowJob("conversions.release_orphans"),
};
