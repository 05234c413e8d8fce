import { sql } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import type { RoomDesk } from "../desk-port/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { waitingDesk } from "../lifecycle/index.ts";
import type { RefundDeps } from "./deps.ts";
import { refundLife, unsentRefunds, type Refund } from "./refund.ts";
import { unknownRefund } from "./refund-store.ts";
import { mayBeDecided, refuseDecision, resendRefund, takeBackRefund } from "./resolve-refund.ts";
import { refundTasks } from "./tasks.ts";

const inSuspense = sql`
  select debit_account as path, asset, amount from ${unsentRefunds} where debit_account like 'suspense:%'`;

type Shown = Refund & { readonly decidable: boolean };

/** What has no address yet, or has not set out, cannot be sent again. */
const refuseResend = (refund: Shown): DomainError | null =>
  refundLife.hasEnded(refund.status) || refund.status === "sending" || refund.status === "stopped"
    ? refuseDecision(refund)
    : new DomainError(
        "refund_not_set_out",
        "Nothing of this refund was sent yet. Name an address, or take it back.",
      );

/** Refunds that cannot be sent as they are. */
export const refundDesk = (deps: RefundDeps): RoomDesk =>
  waitingDesk<Shown>({
    db: deps.db,
    watched: refundLife,
    inSuspense,
    unknown: unknownRefund,
    complete: async (refund) => ({ ...refund, decidable: await mayBeDecided(deps.db, refund.id) }),
    show: ({ reason, asset, amount, subject_id: partOf }) => ({ reason, money: { asset, amount }, partOf }),
    actions: {
      check: { run: ({ id }) => enqueueOnce(deps.db, refundTasks.look, { id }) },
      resend: {
        refuse: refuseResend,
        run: ({ id: refundId }, { by }) => resendRefund(deps, { refundId, toAddress: null, by }),
      },
      refund: {
        needs: "address",
        refuse: refuseDecision,
        run: ({ id: refundId }, { input, by }) =>
          resendRefund(deps, { refundId, toAddress: input.address!, by }),
      },
      take_back: {
        refuse: refuseDecision,
        run: ({ id: refundId }, { by }) => takeBackRefund(deps, { refundId, by }),
      },
    },
  });
