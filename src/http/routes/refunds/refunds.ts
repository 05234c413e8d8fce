import { z } from "zod";
import { DomainError } from "../../../errors.ts";
import { historyOf } from "../../../lifecycle/index.ts";
import { findOrder } from "../../../orders/index.ts";
import { refundOrder, type PaymentDeps } from "../../../payments/index.ts";
import {
  attemptsOf,
  findRefund,
  listRefunds,
  refundLife,
  renewLink,
  takeBackRefund,
  unknownRefund,
  type NewLink,
  type Refund,
  type RefundDeps,
  type RefundStatus,
  type RefundSubject,
} from "../../../refunds/index.ts";
import { filterSchemas, listRoute } from "../../list-route.ts";
import { defineRoute, type Route } from "../../route.ts";
import { amountSchema, assetId, moneyView, presentMoney, presentTime, timestampView } from "../../schemas.ts";

const statuses = Object.keys(refundLife.statuses) as [RefundStatus, ...RefundStatus[]];

/** What is refunded, in the API's words. */
const kinds = {
  settled_payment: "payment",
  payment: "unmatched_payment",
  deposit: "deposit",
  surplus: "surplus",
} as const satisfies Record<RefundSubject, string>;

const refundView = z
  .object({
    id: z.uuid(),
    kind: z
      .enum(Object.values(kinds) as [string, ...string[]])
      .describe(
        "payment: of an order, or a part of it; unmatched_payment: of money that no order explains; surplus: what was paid beyond a price",
      ),
    subject_id: z.uuid().describe("Of the payment or deposit, or of the order of a surplus"),
    order_id: z.uuid().nullable().describe("null: no order is known"),
    amount: moneyView.describe("What goes back. The network's fee is ours"),
    share: moneyView
      .nullable()
      .describe("Of a payment: the part of it that this refunds. null: it is no payment"),
    fee: moneyView.nullable().describe("Our fee's part of that; null: it is no payment"),
    fee_kept: z
      .boolean()
      .describe("Whether that part stays with us, by `refund_terms` when it was asked for"),
    rate: z
      .enum(["original", "current"])
      .describe(
        "original: the units that came; current: what they were worth then, at the price of when it was asked for",
      ),
    to_address: z.string().nullable().describe("null: its payer has not said"),
    status: z.enum(statuses),
    waiting_reason: z
      .string()
      .nullable()
      .describe(
        "Why it waits, is stopped, or was given back, in our stable word; null: nothing is to be said",
      ),
    reason: z.string().nullable().describe("Why it is made, as given; null: nobody said"),
    transaction_hash: z.string().nullable().describe("That the payer has it by; null: not yet"),
    requested_by: z.string(),
    created_at: timestampView,
    updated_at: timestampView,
  })
  .meta({ id: "Refund", description: "What goes back to a payer" });

const presentRefund = (refund: Refund): z.output<typeof refundView> => {
  const { asset, share_amount: share } = refund;
  return {
    id: refund.id,
    kind: kinds[refund.subject],
    subject_id: refund.subject_id,
    order_id: refund.order_id,
    amount: presentMoney(refund),
    share: share === null ? null : presentMoney({ asset, amount: share }),
    fee: share === null ? null : presentMoney({ asset, amount: refund.fee_amount }),
    fee_kept: refund.fee_kept,
    rate: refund.rate,
    to_address: refund.to_address,
    status: refund.status,
    waiting_reason: refund.reason,
    reason: refund.why,
    transaction_hash: refund.transaction_hash,
    requested_by: refund.requested_by,
    created_at: presentTime(refund.created_at),
    updated_at: presentTime(refund.updated_at),
  };
};

const attemptView = z
  .object({
    seq: z.int(),
    to_address: z.string(),
    outcome: z.string().nullable().describe("How it ended; null: it is under way"),
    transfer_id: z.uuid().nullable().describe("null: none was planned"),
    transfer_status: z.string().nullable().describe("null: none was planned"),
    waiting_reason: z
      .string()
      .nullable()
      .describe("Why its transfer is not signed yet, such as awaiting_approval; null: it does not wait"),
    transaction_hash: z.string().nullable().describe("null: in no block yet"),
    asked_by: z.string(),
    created_at: timestampView,
    ended_at: timestampView.nullable().describe("null: it is under way"),
  })
  .meta({ id: "RefundAttempt", description: "One try of sending a refund, by a transfer of its own" });

const stepView = z
  .object({
    from: z.string().nullable().describe("null: it was made"),
    to: z.string(),
    cause: z.string().describe("Who or what: its kind and name"),
    note: z.string().nullable().describe("null: nothing was said"),
    at: timestampView,
  })
  .meta({ id: "RefundStep", description: "One step of a refund" });

const wholeRefundView = refundView
  .extend({ attempts: z.array(attemptView), history: z.array(stepView) })
  .meta({
    id: "RefundWithHistory",
    description: "A refund, every try of sending it, and every step it took",
  });

const linkView = z
  .object({
    url: z.string().nullable().describe("Where its payer says where to. null in a replay: it is not stored"),
    expires_at: timestampView,
  })
  .meta({ id: "RefundLink", description: "A link for the payer of a refund; this answer alone shows it" });

const newRefundView = refundView
  .extend({ link: linkView.nullable().describe("For its payer; null: an address was given") })
  .meta({ id: "NewRefund", description: "A refund that was just asked for" });

const list = listRoute({
  path: "/v1/refunds",
  operationId: "listRefunds",
  scope: "payments:read",
  summary: "List refunds to payers, newest first",
  filters: {
    status: z.enum(statuses).optional(),
    order_id: filterSchemas.order_id,
    subject_id: z.uuid().optional().describe("Of the payment or deposit, or of the order of a surplus"),
    transaction_hash: filterSchemas.transaction_hash,
    ...filterSchemas.created,
  },
  key: z.uuid(),
  item: refundView,
  read: listRefunds,
  keyOf: ({ id }: Refund) => id,
  present: presentRefund,
});

const params = z.object({ id: z.uuid() });

const getRoute = defineRoute({
  method: "GET",
  path: "/v1/refunds/:id",
  operationId: "getRefund",
  scope: "payments:read",
  summary: "Read a refund, with every try of sending it and every step it took",
  params,
  success: { status: 200, body: wholeRefundView },
  problems: ["unknown_refund"],
  async handle({ params: { id } }, { db }) {
    const refund = await findRefund(db, id);
    if (refund === null) throw unknownRefund(id);
    const attempts = (await attemptsOf(db, id)).map(({ attempt, transfer }) => ({
      seq: attempt.seq,
      to_address: attempt.to_address,
      outcome: attempt.outcome,
      transfer_id: transfer?.id ?? null,
      transfer_status: transfer?.status ?? null,
      waiting_reason: transfer?.waiting_reason ?? null,
      transaction_hash: transfer?.transaction_hash ?? null,
      asked_by: attempt.asked_by,
      created_at: presentTime(attempt.created_at),
      ended_at: attempt.ended_at === null ? null : presentTime(attempt.ended_at),
    }));
    const history = (await historyOf(db, { thing: "refund", id })).map(({ from, to, cause, at }) => ({
      from,
      to,
      cause: `${cause.kind} ${cause.ref}`,
      note: cause.note ?? null,
      at: presentTime(at),
    }));
    return { ...presentRefund(refund), attempts, history };
  },
});

interface Config {
  readonly publicUrl: string | null;
}

const noPublicUrl = (): DomainError =>
  new DomainError(
    "no_public_url",
    "PUBLIC_URL is empty, so no link would lead here. Set it and restart, or name the payer's address.",
  );

const presentLink = (publicUrl: string | null, { token, expiresAt }: NewLink) => ({
  url: `${publicUrl}/refund/${token}`,
  expires_at: presentTime(expiresAt),
});

const outsideTimeoutMs = 15_000;

const requestBody = z
  .strictObject({
    payment_id: z.uuid().optional().describe("Needed only where the order was paid by several payments"),
    share: z
      .strictObject({ asset: assetId, amount: amountSchema })
      .optional()
      .describe(
        "The part of what came that is refunded, in the asset that came; all that is left if left out",
      ),
    rate: z
      .enum(["original", "current"])
      .default("original")
      .describe(
        "original: the units that came; current: as many as are worth now what those were then, and never more units than came",
      ),
    to_address: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("The payer's; left out, the answer has a link by which they say it"),
    reason: z.string().trim().min(1).max(500).describe("Why; kept with it"),
  })
  .meta({ id: "RefundOrder" });

const createRoute = (deps: PaymentDeps, { publicUrl }: Config): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/orders/:id/refunds",
    operationId: "refundOrder",
    tag: "refunds",
    scope: "refunds:write",
    summary: "Give a payment of an order back to its payer, whole or a part of it",
    description:
      "In the asset that came to us, to an address that you name or that its payer confirms by a link. The shares of its payees go back in proportion. Whether somebody must approve it first is the policy's to say.",
    params,
    body: requestBody,
    success: { status: 201, body: newRefundView },
    problems: [
      "unknown_order",
      "unknown_payment",
      "payment_ambiguous",
      "nothing_to_refund",
      "refund_above_paid",
      "refund_not_sendable",
      "invalid_amount",
      "unknown_asset",
      "price_unavailable",
      "invalid_address",
      "secret_pasted",
      "no_public_url",
    ],
    storedAnswer: (body) => ({ ...body, link: body.link === null ? null : { ...body.link, url: null } }),
    async handle({ params: { id }, body, principal }, { db }) {
      const toAddress = body.to_address ?? null;
      if (toAddress === null && publicUrl === null) throw noPublicUrl();
      if ((await findOrder(db, id)) === null)
        throw new DomainError("unknown_order", `There is no order ${id}.`);
      const { refundId, link } = await refundOrder(
        deps,
        {
          orderId: id,
          paymentId: body.payment_id ?? null,
          share: body.share ?? null,
          rate: body.rate,
          toAddress,
          why: body.reason,
          by: principal.ref,
          cause: { kind: "api", ref: principal.ref, note: body.reason },
        },
        AbortSignal.timeout(outsideTimeoutMs),
      );
      return {
        ...presentRefund((await findRefund(db, refundId))!),
        link: link === null ? null : presentLink(publicUrl, link),
      };
    },
  });

const linkRoute = ({ publicUrl }: Config): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/refunds/:id/link",
    operationId: "renewRefundLink",
    scope: "refunds:write",
    summary: "Make a new link for the payer of a refund that has no address; an earlier one is good no more",
    params,
    success: { status: 201, body: linkView },
    problems: ["unknown_refund", "refund_ended", "refund_has_address", "no_public_url"],
    storedAnswer: (body) => ({ ...body, url: null }),
    async handle({ params: { id: refundId }, principal }, deps) {
      if (publicUrl === null) throw noPublicUrl();
      const { link } = await renewLink(deps, { refundId, by: principal.ref });
      return presentLink(publicUrl, link);
    },
  });

const cancelRoute = (deps: RefundDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/refunds/:id/cancel",
    operationId: "cancelRefund",
    scope: "refunds:write",
    summary: "Send nothing: what was to be refunded is where it was. Not once a transfer of it was signed",
    params,
    success: { status: 200, body: refundView },
    problems: ["unknown_refund", "refund_ended", "refund_under_way"],
    async handle({ params: { id }, principal }, { db }) {
      await takeBackRefund(deps, { refundId: id, by: principal.ref });
      return presentRefund((await findRefund(db, id))!);
    },
  });

/** They need nothing but the database. */
export const refundReads: readonly Route[] = [list, getRoute];

export const refundRoutes = (
  { payments, refunds }: { readonly payments: PaymentDeps; readonly refunds: RefundDeps },
  config: Config,
): readonly Route[] => [
  createRoute(payments, config),
  ...refundReads,
  linkRoute(config),
  cancelRoute(refunds),
];
