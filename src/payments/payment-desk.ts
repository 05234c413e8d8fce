import { sql, type RawBuilder } from "../database/index.ts";
import type { DeskAction, RoomDesk } from "../desk-port/index.ts";
import { waitingDesk, type OrphanKinds } from "../lifecycle/index.ts";
import { acceptShortSettlement, refuseAcceptShort, unknownPayment } from "./accept-short-settlement.ts";
import type { PaymentDeps } from "./deps.ts";
import type { Payment } from "./payment-store.ts";
import { paymentLife } from "./payment.ts";
import { paymentTasks } from "./tasks.ts";

export const paymentOrphans: OrphanKinds = {
  earning_of_refunded_payment: {
    thing: "payment",
    query: () => sql`
      select p.id, e.asset, sum(e.amount) as amount from payment p join earning e on e.payment_id = p.id
      where p.status = 'refunded' and e.status in ('pending', 'available', 'paid') group by p.id, e.asset`,
    task: paymentTasks.reverseEarnings,
  },
};

/** What stands in suspense for payments without an order. */
const inSuspense = sql`
  select 'suspense:unmatched' as path, settled_asset as asset, settled_amount as amount from payment
  where status = 'in_review' and review_reason = 'unknown_order'`;

interface Beyond {
  /** What may be done to a payment by whoever asks its processor first. */
  readonly processorActions: Readonly<Record<string, DeskAction<Payment>>>;
  /** SQL about a `payment`: why its coins are not gathered, where they lie at a payer's address. */
  readonly whyNotGathered: RawBuilder<unknown>;
}

/** Payments that nobody can book, and those whose coins do not come. */
export const paymentDesk = (deps: PaymentDeps, { processorActions, whyNotGathered }: Beyond): RoomDesk =>
  waitingDesk<Payment & { not_gathered: string | null }>({
    db: deps.db,
    watched: paymentLife,
    more: sql`${whyNotGathered} as not_gathered`,
    inSuspense,
    unknown: unknownPayment,
    show: ({
      review_reason,
      not_gathered,
      settled_asset: asset,
      settled_amount: amount,
      settled_usd_micros,
    }) => ({
      reason: review_reason ?? not_gathered,
      money: asset === null || amount === null ? null : { asset, amount },
      usdMicros: settled_usd_micros,
    }),
    actions: {
      ...processorActions,
      accept_short: {
        refuse: refuseAcceptShort,
        run: ({ id }, { signal }) => acceptShortSettlement(deps, { paymentId: id }, signal),
      },
    },
  });
