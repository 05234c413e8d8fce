import { rowJob, searchJob } from "../jobs/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. */
export const swapTasks = {
  advance: rowJob("swaps.advance"),
  sweep: searchJob("swaps.sweep"),
  releaseOrphan: rowJob("swaps.release_orphan"),
  findSurplus: searchJob("swaps.find_surplus"),
  followLosses: searchJob("swaps.follow_losses"),
};
