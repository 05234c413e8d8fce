import { z } from "zod";
import {
  claimMessages,
  readClaim,
  verifyPayment,
  type ClaimReason,
  type DepositDeps,
  type DepositRow,
  type PaymentClaim,
} from "../../../deposits/index.ts";
import { defineRoute, type Route } from "../../route.ts";
import { moneyView, presentMoney, presentTime, timestampView } from "../../schemas.ts";

const reasons = Object.keys(claimMessages) as [ClaimReason, ...ClaimReason[]];

const claimView = z
  .object({
    id: z.uuid(),
    order_id: z.uuid(),
    chain: z.string(),
    transaction_hash: z.string(),
    status: z.enum(["waiting", "accepted", "in_review", "rejected"]),
    reason: z.enum(reasons).describe("Stable: branch on this"),
    message: z.string().describe("One sentence for the payer"),
    payments: z.array(
      z
        .object({
          id: z.uuid().nullable().describe("The booked payment; null while it is not booked"),
          transfer_index: z.string().describe("Which of the transaction's transfers"),
          status: z.enum(["confirming", "credited", "in_review", "ignored", "reversed", "refunded"]),
          amount: moneyView,
          surplus: moneyView.describe("Of that, beyond the price: kept for the payer"),
          final: z.boolean().describe("The chain can no longer take it back"),
          block_time: timestampView,
        })
        .meta({ id: "ClaimedTransfer", description: "What the transaction brought us" }),
    ),
    created_at: timestampView,
    updated_at: timestampView,
  })
  .meta({ id: "PaymentClaim", description: "A payer's word that they paid, and how far it is true" });

function present({
  claim,
  deposits,
}: {
  claim: PaymentClaim;
  deposits: DepositRow[];
}): z.output<typeof claimView> {
  return {
    id: claim.id,
    order_id: claim.order_id,
    chain: claim.chain,
    transaction_hash: claim.transaction_hash,
    status: claim.status,
    reason: claim.reason,
    message: claimMessages[claim.reason],
    payments: deposits.map((row) => ({
      id: row.payment_id,
      transfer_index: row.transfer_index,
      status: row.status,
      amount: presentMoney(row),
      surplus: presentMoney({ asset: row.asset, amount: row.surplus_amount }),
      final: row.final,
      block_time: presentTime(row.block_time),
    })),
    created_at: presentTime(claim.created_at),
    updated_at: presentTime(claim.updated_at),
  };
}

/** The chain is asked for so long before the answer is "waiting"; a job goes on asking. */
const patienceMs = 8_000;

const verifyRoute = (deps: DepositDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/payments/verify",
    operationId: "verifyPayment",
    scope: "orders:write",
    summary: "Tell us the hash of a payment made on a chain; answers where it stands",
    body: z
      .strictObject({
        order_id: z.uuid(),
        chain: z.string().min(1).max(60).describe("As in the asset: bnb-smart-chain"),
        transaction_hash: z
          .string()
          .max(2_000)
          .describe("As the payer pasted it; an explorer's link will do"),
      })
      .meta({ id: "VerifyPayment" }),
    success: { status: 200, body: claimView },
    problems: [
      "unknown_order",
      "unsupported_chain",
      "chain_not_accepted",
      "invalid_transaction_hash",
      "wrong_network",
      "too_many_claims",
    ],
    async handle({ body }) {
      const told = { orderId: body.order_id, chain: body.chain, transactionHash: body.transaction_hash };
      return present(await verifyPayment(deps, told, AbortSignal.timeout(patienceMs)));
    },
  });

const readRoute = defineRoute({
  method: "GET",
  path: "/v1/payments/verify/:id",
  operationId: "getPaymentClaim",
  scope: "orders:read",
  summary: "Read where a payment that was told by its hash stands",
  params: z.object({ id: z.uuid() }),
  success: { status: 200, body: claimView },
  problems: ["not_found"],
  handle: async ({ params: { id } }, { db }) => present(await readClaim(db, id)),
});

export const verifyRoutes = (deps: DepositDeps): readonly Route[] => [verifyRoute(deps), readRoute];
