import { sql } from "../database/index.ts";
import { type RoomDesk } from "../desk-port/index.ts";
import { waitingDesk, type OrphanKinds } from "../lifecycle/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import type { SwapDeps } from "./deps.ts";
import {
  abandonUnfundedSwap,
  acceptSwapDelivery,
  acceptSwapRefund,
  refuseDecision,
  refuseWriteOff,
  unknownSwap,
  writeOffSwap,
} from "./resolve-swap.ts";
import { swapLife, type Swap } from "./swap.ts";
import { swapTasks } from "./tasks.ts";

export const swapOrphans: OrphanKinds = {
  swap_without_owner: {
    thing: "swap",
    query: () => sql`
      select s.id, s.source_asset as asset, s.source_amount as amount from swap s
      left join conversion c on s.purpose = 'conversion' and c.id = s.purpose_id
      left join payout_attempt a on s.purpose = 'payout_attempt' and a.id = s.purpose_id
      where s.status not in ('delivered', 'refunded', 'expired', 'rejected', 'written_off')
        and coalesce(c.status, a.status, 'gone') not in ('claimed', 'swapping', 'sending')`,
    task: swapTasks.releaseOrphan,
  },
};

/** SQL: the other payouts that were paid, or are said to have been paid, by what the provider of a payout's swap names. */
const alsoNamedFor = sql`(
  select string_agg('payout ' || o.correlation_id || ' (' || o.target_asset || ' to ' || o.target_address || ', '
    || o.status || ')', ' and ' order by o.id)
  from swap o
  where swap.purpose = 'payout_attempt' and o.purpose = 'payout_attempt' and o.id <> swap.id
    and o.status not in ('refunded', 'expired', 'rejected')
    and split_part(o.target_asset, ':', 1) = split_part(swap.target_asset, ':', 1)
    and o.id in (select n.id from swap n where n.told_hash = swap.told_hash
      union all select d.swap_id from swap_delivery d
        where d.chain = split_part(swap.target_asset, ':', 1) and d.transaction_hash = swap.told_hash)) as also_named_for`;

/** Swaps that their provider holds, or that ended otherwise than it said. */
export const swapDesk = (deps: SwapDeps): RoomDesk =>
  waitingDesk<Swap & { readonly also_named_for: string | null }>({
    db: deps.db,
    watched: swapLife,
    unknown: unknownSwap,
    more: alsoNamedFor,
    show: ({
      told_hash,
      also_named_for,
      review_reason,
      waiting_reason,
      source_asset: asset,
      source_amount: amount,
      correlation_id,
    }) => ({
      reason: review_reason ?? waiting_reason,
      said: also_named_for === null ? null : `${told_hash} is named for this and for ${also_named_for}`,
      money: { asset, amount },
      partOf: correlation_id,
    }),
    actions: {
      check: { run: ({ id }) => enqueueOnce(deps.db, swapTasks.advance, { id }) },
      accept_delivery: {
        refuse: (swap) => refuseDecision(swap, "funded"),
        run: ({ id }, { by, input: { transactionHash }, signal }) =>
          acceptSwapDelivery(deps, id, { by, transactionHash }, signal),
      },
      accept_refund: {
        refuse: (swap) => refuseDecision(swap, "funded"),
        run: ({ id }, { by, input: { transactionHash }, signal }) =>
          acceptSwapRefund(deps, id, { by, transactionHash }, signal),
      },
      write_off: {
        refuse: refuseWriteOff,
        run: ({ id }, { by, signal }) => writeOffSwap(deps, id, { by }, signal),
      },
      abandon: {
        refuse: (swap) => refuseDecision(swap, "unfunded"),
        run: ({ id }, { by }) => abandonUnfundedSwap(deps, id, { by }),
      },
    },
  });
