import { sql } from "../database/index.ts";
import { type RoomDesk } from "../desk-port/index.ts";
import { waitingDesk } from "../lifecycle/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { liveRefundOf, mayBeDecided, refuseDecision, resendRefund, type Refund } from "../refunds/index.ts";
import { assignDeposit, refuseAssign, unknownDeposit } from "./assign-deposit.ts";
import type { DepositDeps } from "./deps.ts";
import { depositSuspense, type DepositRow, claimLife, depositLife } from "./deposit.ts";
import { refundDeposit, refuseRefund } from "./refund-deposit.ts";
import { depositTasks } from "./tasks.ts";

/** What stands in suspense for deposits in review, and dust. */
const inSuspense = sql`
  select ${`suspense:${depositSuspense}`}::text as path, d.asset, d.amount from deposit d
  where d.status = 'in_review' or (d.status = 'ignored' and d.reason = 'dust')`;

interface Refunding {
  readonly id: string;
  readonly status: Refund["status"];
  readonly decidable: boolean;
}

/** The refund of a deposit that cannot be sent as it is. */
async function refundingOf({ db }: DepositDeps, { id, status }: DepositRow): Promise<Refunding | null> {
  const refund = status === "refunded" ? await liveRefundOf(db, "deposit", id) : null;
  return refund?.status === "stopped" ? { ...refund, decidable: await mayBeDecided(db, refund.id) } : null;
}

/** Deposits that belong to no order's payment, and those that do not become final. */
export const depositDesk = (deps: DepositDeps): RoomDesk =>
  waitingDesk<DepositRow & { readonly refunding?: Refunding | null }>({
    db: deps.db,
    watched: depositLife,
    inSuspense,
    unknown: unknownDeposit,
    complete: async (row) => ({ ...row, refunding: await refundingOf(deps, row) }),
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
        // One that could not be sent goes elsewhere.
        refuse: (row) => (row.refunding ? refuseDecision(row.refunding) : refuseRefund(deps, row)),
        run: ({ id, refunding }, { input, by }) => {
          const toAddress = input.address!;
          return refunding
            ? resendRefund(deps, { refundId: refunding.id, toAddress, by })
            : refundDeposit(deps, { depositId: id, toAddress, by });
        },
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
