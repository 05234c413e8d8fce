import { sql, type Db } from "../database/index.ts";
import { type RoomDesk } from "../desk-port/index.ts";
import { waitingDesk, type OrphanKinds } from "../lifecycle/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { transferLife, type Transfer } from "./transfer.ts";
import { transferTasks } from "./tasks.ts";

export const transferOrphans: OrphanKinds = {
  transfer_without_owner: {
    thing: "transfer",
    query: () => sql`
      select t.id, t.asset, t.amount from transfer t
      left join swap s on t.purpose = 'swap' and s.id = t.purpose_id
      left join payout_attempt a on t.purpose = 'payout_attempt' and a.id = t.purpose_id
      left join deposit_sweep g on t.purpose in ('sweep_gas', 'sweep') and g.id = t.purpose_id
      left join refund_attempt r on t.purpose = 'refund_attempt' and r.id = t.purpose_id
      where t.status not in ('final', 'reverted', 'displaced', 'cancelled')
        and t.purpose in ('swap', 'payout_attempt', 'sweep_gas', 'sweep', 'refund_attempt')
        and coalesce(s.status, a.status, g.status, case when r.outcome is null then r.to_address else 'failed' end, 'gone') in
          ('delivered', 'refunded', 'expired', 'rejected', 'written_off', 'succeeded', 'failed', 'swept', 'gone')`,
    task: transferTasks.releaseOrphan,
  },
};

/** Transfers that nothing is signed for, or that their chain does not end. */
export const transferDesk = ({ db }: { db: Db }): RoomDesk =>
  waitingDesk<Transfer>({
    db,
    watched: transferLife,
    show: ({ review_reason, waiting_reason, asset, amount, correlation_id }) => ({
      reason: review_reason ?? waiting_reason,
      money: { asset, amount },
      partOf: correlation_id,
    }),
    actions: {
      check: {
        run: ({ id }) => enqueueOnce(db, transferTasks.advance, { id }),
      },
    },
  });
