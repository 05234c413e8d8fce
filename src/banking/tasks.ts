import { rowJob, searchJob } from "../jobs/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. */
export const bankingTasks = {
  advance: rowJob("banking.advance"),
  sweep: searchJob("banking.sweep"),
  compareFloats: searchJob("banking.compare_floats"),
};
