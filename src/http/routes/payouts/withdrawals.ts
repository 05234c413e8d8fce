import { z } from "zod";
import { readSettlementAsset } from "../../../conversions/index.ts";
import type { Db } from "../../../database/index.ts";
import { DomainError } from "../../../errors.ts";
import { registry } from "../../../money/index.ts";
import { createApiKey } from "../../../operators/index.ts";
import { findPayee } from "../../../payees/index.ts";
import {
  cancelPayout,
  findPayout,
  listPayouts,
  requestPayout,
  type Payout,
  type PayoutDeps,
} from "../../../payouts/index.ts";
import { listRoute } from "../../list-route.ts";
import { defineRoute, type Principal, type Route } from "../../route.ts";
import { assetId, amountOf, amountSchema, timestampSchema } from "../../schemas.ts";
import { newApiKeyView, presentApiKey } from "../operators/api-keys.ts";
import { payoutStatuses, payoutView, presentPayout, requestProblems } from "./payouts.ts";

/** The payee whose key asks. @throws {DomainError} `payees_key_needed`: it is an operator's. */
export function own({ payeeId }: Principal): string {
  if (payeeId !== null) return payeeId;
  throw new DomainError(
    "payees_key_needed",
    "This is for a payee's own key. Operators use /v1/payouts, or make a key: POST /v1/payees/{id}/withdrawal-keys.",
  );
}

/** A payout of the payee's who asks: another's is as if it were not there. */
async function ownPayout(db: Db, id: string, principal: Principal): Promise<Payout> {
  const payout = await findPayout(db, id);
  if (payout === null || payout.payee_id !== own(principal))
    throw new DomainError("unknown_payout", `There is no withdrawal ${id}.`);
  return payout;
}

const longestMs = 366 * 24 * 3_600_000;

const keyRoute = defineRoute({
  method: "POST",
  path: "/v1/payees/:id/withdrawal-keys",
  operationId: "createWithdrawalKey",
  scope: "payees:write",
  summary: "Create a key by which a payee withdraws their own balance; it is shown in this answer only",
  params: z.object({ id: z.uuid() }),
  body: z
    .strictObject({ expires_at: timestampSchema.describe("From then on it is refused; a year at most") })
    .meta({ id: "CreateWithdrawalKey" }),
  success: { status: 201, body: newApiKeyView },
  problems: ["not_found", "invalid_expiry"],
  storedAnswer: (body) => ({ ...body, key: null }),
  async handle({ params: { id }, body, principal }, { db, clock }) {
    const payee = await findPayee(db, id);
    if (payee === null) throw new DomainError("not_found", `There is no payee ${id}.`);
    const now = clock.now();
    if (body.expires_at.getTime() > now.getTime() + longestMs)
      throw new DomainError(
        "invalid_expiry",
        "A payee's key holds for a year at most: name an earlier moment.",
      );
    const { apiKey, key } = await createApiKey(db, {
      name: `withdrawals of ${payee.name}`.slice(0, 100),
      scopes: ["withdrawals:own"],
      payeeId: id,
      expiresAt: body.expires_at,
      mode: principal.mode,
      createdBy: principal.ref,
      now,
    });
    return { ...presentApiKey(apiKey), key };
  },
});

const list = listRoute({
  path: "/v1/withdrawals",
  operationId: "listWithdrawals",
  scope: "withdrawals:own",
  summary: "List what was and is paid to the payee whose key asks, newest first",
  filters: { status: z.enum(payoutStatuses).optional() },
  problems: ["payees_key_needed"],
  key: z.uuid(),
  item: payoutView,
  read: (db, page) =>
    listPayouts(db, { ...page, filters: { ...page.filters, payee_id: own(page.principal) } }),
  keyOf: ({ id }: Payout) => id,
  present: presentPayout,
});

const params = z.object({ id: z.uuid() });

const getRoute = defineRoute({
  method: "GET",
  path: "/v1/withdrawals/:id",
  operationId: "getWithdrawal",
  scope: "withdrawals:own",
  summary: "Read a withdrawal of the payee whose key asks",
  params,
  success: { status: 200, body: payoutView },
  problems: ["unknown_payout", "payees_key_needed"],
  handle: async ({ params: { id }, principal }, { db }) => presentPayout(await ownPayout(db, id, principal)),
});

/** The engine's own doors for payees. */
export const withdrawalRoutes = (deps: PayoutDeps): readonly Route[] => [
  keyRoute,
  list,
  getRoute,
  defineRoute({
    method: "POST",
    path: "/v1/withdrawals",
    operationId: "withdraw",
    scope: "withdrawals:own",
    summary: "Ask for the payee's own balance, or an exact part of it: held at once, paid when it may leave",
    body: z
      .strictObject({
        asset: assetId.optional().describe("The settlement asset if left out"),
        amount: amountSchema.optional().describe("In whole coins; all that is available if left out"),
      })
      .meta({ id: "Withdraw" }),
    success: { status: 201, body: payoutView },
    problems: ["payees_key_needed", ...requestProblems],
    async handle({ body, principal }, { db }) {
      const payeeId = own(principal);
      const asset = body.asset ?? (await readSettlementAsset(db));
      const id = await requestPayout(deps, {
        payeeId,
        kind: "withdrawal",
        asset,
        amount: amountOf(body.amount, registry.get(asset)),
        requestedBy: principal.ref,
      });
      return presentPayout((await findPayout(db, id))!);
    },
  }),
  defineRoute({
    method: "POST",
    path: "/v1/withdrawals/:id/cancel",
    operationId: "cancelWithdrawal",
    scope: "withdrawals:own",
    summary: "Take back a withdrawal of which nothing was done outside yet",
    params,
    success: { status: 200, body: payoutView },
    problems: ["unknown_payout", "payees_key_needed", "payout_under_way", "payout_ended"],
    async handle({ params: { id }, principal }, { db }) {
      await ownPayout(db, id, principal);
      await cancelPayout(deps, { payoutId: id, by: principal.ref });
      return presentPayout((await findPayout(db, id))!);
    },
  }),
];
