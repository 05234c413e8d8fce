import { z } from "zod";
import { jobKind, rowJob, searchJob } from "../jobs/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. Their names are from when payments held all of it. */
export const depositTasks = {
  follow: jobKind(
    "payments.follow_deposits",
    z.object({ chain: z.string(), hash: z.string(), found_at: z.iso.datetime().optional() }),
    ({ chain, hash }) => [chain, hash],
  ),
  sweep: searchJob("payments.sweep_deposits"),
  checkClaim: rowJob("payments.check_claim"),
  compareBalances: searchJob("deposits.compare_balances"),
  watch: jobKind("payments.watch", z.object({ chain: z.string() })),
};

/** Handed over to the gathering: coins may lie somewhere, for good. */
export const sweepAddresses = searchJob("payments.sweep_addresses");
