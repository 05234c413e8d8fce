import { rowJob, searchJob } from "../jobs/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. */
export const transferTasks = {
  advance: rowJob("transfers.advance"),
  sweep: searchJob("transfers.sweep"),
  releaseOrphan: rowJob("transfers.release_orphan"),
  recheckEnded: searchJob("transfers.recheck_ended"),
  openWallet: rowJob("transfers.open_wallet"),
};
