import { z } from "zod";
import {
  findPayout,
  recordPaidOutside,
  returnToEngine,
  takeOutside,
  type PayoutDeps,
} from "../../../payouts/index.ts";
import { defineRoute, type Route } from "../../route.ts";
import { amountSchema } from "../../schemas.ts";
import { outsideTimeoutMs, payoutView, presentPayout } from "./payouts.ts";

const params = z.object({ id: z.uuid() });

const byTransaction = z
  .strictObject({
    transaction_hash: z.string().min(1).max(500).describe("On the destination's chain, or a link to it"),
  })
  .meta({ id: "PaidByTransaction" });

const byWord = z
  .strictObject({
    reference: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .describe("What names the payment: a bank's reference, a hash"),
    amount: amountSchema.describe("What was paid, in whole units of the currency"),
    currency: z.string().trim().min(2).max(60).describe("A currency's code, or an asset's id"),
  })
  .meta({ id: "PaidByWord", description: "A payment that nobody here can look up: two persons must say it" });

/** Payouts that an operator pays elsewhere, with money that is not in our wallets. */
export const outsideRoutes = (deps: PayoutDeps): readonly Route[] => [
  defineRoute({
    method: "POST",
    path: "/v1/payouts/:id/pay-outside",
    operationId: "payPayoutOutside",
    scope: "payouts:outside",
    summary: "Take an approved payout to pay it elsewhere: the engine sends nothing for it any more",
    params,
    success: { status: 200, body: payoutView },
    problems: [
      "unknown_payout",
      "payee_paused",
      "paused_by_operator",
      "payout_not_approved",
      "payout_under_way",
      "payout_in_doubt",
      "payout_ended",
    ],
    async handle({ params: { id }, principal }, { db }) {
      await takeOutside(deps, { payoutId: id, by: principal.ref });
      return presentPayout((await findPayout(db, id))!);
    },
  }),
  defineRoute({
    method: "POST",
    path: "/v1/payouts/:id/paid-outside",
    operationId: "recordPaidOutside",
    scope: "payouts:outside",
    summary:
      "Record the payment of a payout that was paid elsewhere; its chain, or a second person, proves it",
    params,
    body: z.union([byTransaction, byWord]).meta({ id: "RecordPaidOutside" }),
    success: { status: 200, body: payoutView },
    problems: [
      "unknown_payout",
      "payout_not_outside",
      "payout_not_approved",
      "chain_not_read",
      "invalid_transaction_hash",
      "wrong_network",
      "payment_already_used",
      "payment_refused",
      "invalid_amount",
      "second_person_needed",
    ],
    async handle({ params: { id }, body, principal }, { db }) {
      const said =
        "reference" in body
          ? { reference: body.reference, amount: body.amount, currency: body.currency }
          : { transactionHash: body.transaction_hash };
      const input = { payoutId: id, said, by: principal.ref };
      await recordPaidOutside(deps, input, AbortSignal.timeout(outsideTimeoutMs));
      return presentPayout((await findPayout(db, id))!);
    },
  }),
  defineRoute({
    method: "POST",
    path: "/v1/payouts/:id/return-to-engine",
    operationId: "returnPayoutToEngine",
    scope: "payouts:outside",
    summary: "Give a payout back that was to be paid elsewhere: the engine pays it",
    params,
    success: { status: 200, body: payoutView },
    problems: ["unknown_payout", "payout_not_outside", "payout_under_way", "second_person_needed"],
    async handle({ params: { id }, principal }, { db }) {
      await returnToEngine(deps, { payoutId: id, by: principal.ref });
      return presentPayout((await findPayout(db, id))!);
    },
  }),
];
