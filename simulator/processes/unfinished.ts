import { conversionLife } from "../../src/conversions/index.ts";
import { sql, type Db } from "../../src/database/index.ts";
import { payoutLife } from "../../src/payouts/index.ts";
import { swapLife } from "../../src/swaps/index.ts";
import { transferLife } from "../../src/transfers/index.ts";
import type { PaymentView, Sandbox } from "../../sandbox/index.ts";

/** Whether the processor settled it to us. */
const settledThere = ({ payment_status: status }: PaymentView): boolean =>
  status === "finished" || status === "partially_paid";

/** What the processor settled, by its own account: the truth that the engine is held against. */
export const settledPayments = ({ nowpayments }: Sandbox): PaymentView[] =>
  nowpayments.payments().filter(settledThere);

/** The statuses that something can leave. */
const underWay = (transitions: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.keys(transitions).filter((status) => transitions[status]!.length > 0);

/** What is still on its way in the engine's book. Empty: nothing moves any more, and nothing waits for anybody. */
export async function findUnfinished(db: Db, sandbox: Sandbox): Promise<string[]> {
  const ids = settledPayments(sandbox).map((payment) => String(payment.payment_id));
  const { rows } = await sql<{ what: string }>`
    select 'payment ' || given.id || ' is ' || coalesce(p.status || ', its coins ' || p.arrival, 'unknown') as what
    from unnest(${ids}::text[]) as given(id) left join payment p on p.external_id = given.id
    where p.status is distinct from 'settled' or p.arrival <> 'seen'
    union all
    select 'event ' || id || ' is ' || status from processor_event where status not in ('processed', 'ignored')
    union all
    select 'conversion ' || id || ' is ' || status from conversion where status = any (${underWay(conversionLife.next)}::text[])
    union all
    select 'swap ' || id || ' is ' || status || coalesce(', ' || review_reason, ', ' || waiting_reason, '') from swap
    where status = any (${underWay(swapLife.next)}::text[])
    union all
    select 'transfer ' || id || ' is ' || status || coalesce(', ' || review_reason, ', ' || waiting_reason, '') from transfer
    where status = any (${underWay(transferLife.next)}::text[])
    union all
    select 'payout ' || id || ' is ' || status || coalesce(', ' || review_reason, '') from payout
    where status = any (${underWay(payoutLife.next)}::text[])`.execute(db);
  return rows.map(({ what }) => what);
}
