import { sql } from "../database/index.ts";
import { type RoomDesk } from "../desk-port/index.ts";
import { waitingDesk } from "../lifecycle/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { assignDeposit, refuseAssign, unknownDeposit } from "./assign-deposit.ts";
import type { DepositDeps } from "./deps.ts";
import { depositSuspense, type DepositRow, claimLife, depositLife } from "./deposit.ts";
import { refundDeposit, refuseRefund } from "./refund-deposit.ts";
import { depositTasks } from "./tasks.ts";

/** What stands in suspense for deposits in review, dust, and refunds of them under way. */
const inSuspense = sql`
  select ${`suspense:${depositSuspense}`}::text as path, d.asset, d.amount from deposit d
  left join transfer t on t.purpose = 'deposit_refund' and t.purpose_id = d.id
  where d.status = 'in_review' or (d.status = 'ignored' and d.reason = 'dust')
    or (d.status = 'refunded' and t.status in ('planned', 'signed', 'broadcast', 'included', 'in_review'))`;

/** Deposits that belong to no order's payment, and those that do not become final. */
export const depositDesk = (deps: DepositDeps): RoomDesk =>
  waitingDesk<DepositRow>({
    db: deps.db,
    watched: depositLife,
    inSuspense,
    unknown: unknownDeposit,
    show: ({ reason, asset, amount, usd_micros: usdMicros }) => ({
      reason,
      money: { asset, amount },
      usdMicros,
    }),
    actions: {
      check: {
        run: ({ chain, transaction_hash: hash }) =>
          enqueueOnce(deps.db, depositTasks.follow, { chain, hash }),
      },
      assign: {
        needs: "orderId",
        refuse: refuseAssign,
        run: ({ id }, { input, by, signal }) =>
          assignDeposit(deps, { depositId: id, orderId: input.orderId!, by }, signal),
      },
      refund: {
        needs: "address",
        refuse: (row) => refuseRefund(deps, row),
        run: ({ id }, { input, by }) => refundDeposit(deps, { depositId: id, toAddress: input.address!, by }),
      },
    },
  });

/** Transactions that payers named and that prove nothing yet. */
export const claimDesk = ({ db }: Pick<DepositDeps, "db">): RoomDesk =>
  waitingDesk<{ id: string; reason: string | null }>({
    db,
    watched: claimLife,
    show: ({ reason }) => ({ reason }),
    actions: {
      check: {
        run: ({ id }) => enqueueOnce(db, depositTasks.checkClaim, { id }),
      },
    },
  });
