import { rowJob, searchJob } from "../jobs/index.ts";

/** The jobs of this room. */
export const noticeTasks = {
  look: rowJob("notifications.look"),
  sweep: searchJob("notifications.sweep"),
};
