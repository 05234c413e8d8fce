import { z } from "zod";
import { jobKind, rowJob, searchJob } from "../jobs/index.ts";

/** The jobs of this room, as whoever enqueues them needs them. */
export const paymentTasks = {
  follow: rowJob("payments.follow"),
  sweep: searchJob("payments.sweep"),
  reverseEarnings: rowJob("payments.reverse_earnings"),
};

/** Handed over to the orders: what customers paid for one has changed, or may have. */
export const ordersRefresh = jobKind(
  "orders.refresh",
  z.object({ id: z.uuid(), cause: z.string().optional() }),
);

/** Handed over to the payouts: somebody who is paid at once has something to be paid. */
export const payoutsPlan = searchJob("payouts.plan");

/** The same, of one of them: a refund took back something that it holds, and it may have gone nowhere yet. */
export const payoutsAdvance = rowJob("payouts.advance");
