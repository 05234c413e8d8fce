import type { DeskAction } from "../desk-port/index.ts";
import { enqueueOnce } from "../jobs/index.ts";
import { assignPayment, refuseAssign } from "./assign-payment.ts";
import { refundUnmatched, refuseRefund } from "./refund-unmatched.ts";
import { askProcessor } from "./sweep-payments.job.ts";
import { paymentTasks, type Payment, type PaymentDeps } from "../payments/index.ts";

/** What may be done to a payment by whoever asks its processor first. */
export const processorActions = (deps: PaymentDeps): Readonly<Record<string, DeskAction<Payment>>> => ({
  check: {
    async run(payment, { signal }) {
      await askProcessor(deps, payment, signal);
      await enqueueOnce(deps.db, paymentTasks.follow, { id: payment.id });
    },
  },
  assign: {
    needs: "orderId",
    refuse: refuseAssign,
    run: ({ id }, { input, by, signal }) =>
      assignPayment(deps, { paymentId: id, orderId: input.orderId!, by }, signal),
  },
  refund: {
    needs: "address",
    refuse: refuseRefund,
    run: ({ id }, { input, by, signal }) =>
      refundUnmatched(deps, { paymentId: id, toAddress: input.address!, by }, signal),
  },
});
