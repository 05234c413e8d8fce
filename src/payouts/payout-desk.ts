import { inTransaction, sql } from "../database/index.ts";
import { type DeskAction, type RoomDesk } from "../desk-port/index.ts";
import { waitingDesk, type OrphanKinds } from "../lifecycle/index.ts";
import { wakePayout } from "./advance-payout.job.ts";
import { payoutWord } from "./authority.ts";
import type { PayoutDeps } from "./deps.ts";
import { type Payout, payoutLife } from "./payout.ts";
import { notApproved, refuseNotOutside, refuseOutside, returnToEngine, takeOutside } from "./pay-outside.ts";
import { recordPaidOutside } from "./prove-outside.ts";
import {
  payAgain,
  refusePayAgain,
  refuseResolution,
  resolvePayout,
  seeAttempts,
  type AttemptsSeen,
  type Resolution,
} from "./resolve-payout.ts";
import { unknownPayout } from "./refusals.ts";
import { payoutTasks } from "./tasks.ts";

export const payoutOrphans: OrphanKinds = {
  attempt_without_send: {
    thing: "payout_attempt",
    query: () => sql`
      select a.id, o.asset, o.amount from payout_attempt a join payout o on o.id = a.payout_id
      where a.status = 'sending' and (o.status = any(${payoutLife.ends}::text[])
        or not exists (select from transfer t where t.purpose = 'payout_attempt' and t.purpose_id = a.id)
          and not exists (select from swap s where s.purpose = 'payout_attempt' and s.purpose_id = a.id)
          and not exists (select from bank_transfer b where b.purpose = 'payout_attempt' and b.purpose_id = a.id)
          and a.route <> 'outside')`,
    task: payoutTasks.attemptEnded,
  },
  earning_of_ended_payout: {
    thing: "payout",
    query: () => sql`
      select e.payout_id as id, e.available_asset as asset, sum(e.available_amount) as amount
      from earning e left join payout o on o.id = e.payout_id
      where e.status = 'held' and coalesce(o.status = any(${payoutLife.ends}::text[]), true)
      group by e.payout_id, e.available_asset`,
    task: payoutTasks.releaseOrphans,
  },
};

type Row = Payout & { readonly seen?: AttemptsSeen; readonly mayLeave?: boolean };

const nothing: AttemptsSeen = { live: undefined, inDoubt: [] };

/** Payouts that a person must decide about, and those that take too long. */
export function payoutDesk(deps: PayoutDeps): RoomDesk {
  const { db } = deps;
  const resolve = (resolution: Resolution): DeskAction<Row> => ({
    refuse: (row) => refuseResolution(row, row.seen ?? nothing),
    run: ({ id: payoutId }, { by }) => resolvePayout(deps, { payoutId, resolution, by }),
  });
  return waitingDesk<Row>({
    db,
    watched: payoutLife,
    unknown: unknownPayout,
    complete: async (row) => {
      const looked = row.status === "in_review" || row.status === "sending";
      const seen = looked ? await seeAttempts(db, row) : nothing;
      if (refuseOutside(row, seen) !== null) return { ...row, seen };
      const word = await inTransaction(db, (tx) => payoutWord(tx, row, deps.clock.now()));
      return { ...row, seen, mayLeave: word.kind === "granted" };
    },
    show: ({ review_reason: reason, asset, amount }) => ({ reason, money: { asset, amount } }),
    actions: {
      check: { run: ({ id }) => inTransaction(db, (tx) => wakePayout(tx, id)) },
      retry: resolve("retry"),
      give_back: resolve("give_back"),
      pay_outside: {
        refuse: (row) => refuseOutside(row, row.seen ?? nothing) ?? (row.mayLeave ? null : notApproved()),
        run: ({ id: payoutId }, { by }) => takeOutside(deps, { payoutId, by }),
      },
      paid_outside: {
        needs: "transactionHash",
        refuse: refuseNotOutside,
        run: ({ id: payoutId }, { by, input, signal }) =>
          recordPaidOutside(
            deps,
            { payoutId, said: { transactionHash: input.transactionHash ?? "" }, by },
            signal,
          ),
      },
      return_to_engine: {
        refuse: refuseNotOutside,
        run: ({ id: payoutId }, { by }) => returnToEngine(deps, { payoutId, by }),
      },
      pay_again: {
        refuse: (row) => refusePayAgain(row, row.seen ?? nothing),
        run: ({ id: payoutId }, { by }) => payAgain(deps, { payoutId, by }),
      },
    },
  });
}
