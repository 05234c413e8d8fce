import { sweepAddresses } from "../deposits/index.ts";
import { rowJob } from "../jobs/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. Their names are from when payments held all of it. */
export const gatheringTasks = {
  advance: rowJob("payments.advance_sweep"),
  sweepAddresses,
};
