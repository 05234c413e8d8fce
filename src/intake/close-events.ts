import { sql, type Tx } from "../database/index.ts";

/** The events that put a payment into review wait for nobody any more, once it has left it. */
export async function closeEventsOf(tx: Tx, paymentId: string): Promise<void> {
  await sql`
    update processor_event set status = 'processed'
    where payment_id = ${paymentId}
      and (status = 'unmatched' or (status = 'in_review' and outcome in ('no_settled_amount', 'unknown_settled_asset')))`.execute(
    tx,
  );
}
