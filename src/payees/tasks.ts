import { rowJob } from "../jobs/index.ts";

/** Handed over to the payouts: this payee is paid elsewhere from now on. */
export const payeeMoved = rowJob("payouts.follow_destination");
