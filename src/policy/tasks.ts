import { rowJob, searchJob } from "../jobs/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. */
export const policyTasks = {
  expire: rowJob("policy.expire"),
  applyChange: rowJob("policy.apply_change"),
  sweep: searchJob("policy.sweep"),
};
