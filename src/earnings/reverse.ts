import { sql, type Tx } from "../database/index.ts";
import { type Cause } from "../lifecycle/index.ts";
import { earningLife } from "./earning.ts";
import type { Earning } from "./earning.ts";
import { earningsOf } from "./earning-store.ts";

/** The earnings of a payment, locked in order of ids. */
export async function lockEarningsOf(tx: Tx, paymentId: string): Promise<Earning[]> {
  await sql`select from earning where payment_id = ${paymentId} order by id for update`.execute(tx);
  return earningsOf(tx, paymentId);
}

/** Takes an earning back with its payment; what it means in the books is posted by the caller. @throws {StaleStatus} */
export const reverseEarning = (
  tx: Tx,
  { id, status }: Pick<Earning, "id" | "status">,
  { cause, now }: { cause: Cause; now: Date },
): Promise<void> => earningLife.advance(tx, { id, from: status, to: "reversed", cause, now });
