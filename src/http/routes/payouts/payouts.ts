import { z } from "zod";
import { readSettlementAsset } from "../../../conversions/index.ts";
import { DomainError } from "../../../errors.ts";
import { explainPayout } from "../../../explain/index.ts";
import { formatUsd, registry } from "../../../money/index.ts";
import {
  attemptsOf,
  cancelPayout,
  findPayout,
  listPayouts,
  listWaits,
  payoutKinds,
  payoutLife,
  planPayouts,
  plansOf,
  proofsOfPayout,
  requestPayout,
  resolvePayout,
  type Payout,
  type PayoutDeps,
  type PayoutPlan,
  type PayoutProof,
  type WeighedWay,
  type PayoutStatus,
} from "../../../payouts/index.ts";
import { payoutExplanationView } from "../../explanation-views.ts";
import { filterSchemas, listRoute } from "../../list-route.ts";
import { defineRoute, type Route } from "../../route.ts";
import {
  amountOf,
  amountSchema,
  assetId,
  destinationView,
  metadataSchema,
  metadataView,
  moneyView,
  presentMoney,
  presentTime,
  timestampView,
  usdView,
} from "../../schemas.ts";

export const payoutStatuses = Object.keys(payoutLife.statuses) as [PayoutStatus, ...PayoutStatus[]];

export const payoutView = z
  .object({
    id: z.uuid(),
    payee_id: z.uuid(),
    kind: z.enum(payoutKinds).describe("Who asked: the threshold, each payment, an operator, or the payee"),
    amount: moneyView,
    destination: destinationView,
    route: z.enum(["direct", "swap", "bank"]),
    status: z.enum(payoutStatuses),
    review_reason: z.string().nullable().describe("Why a person must decide; null: nobody must"),
    end_reason: z
      .string()
      .nullable()
      .describe("Of one that was rejected, cancelled or failed: why; null: it was not"),
    usd: z.string().nullable().describe("Worth when its way was planned; null: not planned, or no price"),
    least_net: moneyView.nullable().describe("No way that brings less is taken; null: not planned"),
    delivered: moneyView.nullable().describe("What reached the payee; null: not delivered yet"),
    transaction_hash: z.string().nullable().describe("Of the delivery; null: not delivered yet"),
    requested_by: z.string(),
    metadata: metadataView,
    created_at: timestampView,
    completed_at: timestampView.nullable().describe("null: not completed"),
  })
  .meta({ id: "Payout", description: "Money we send to a payee, by any route" });

export const presentPayout = (payout: Payout): z.output<typeof payoutView> => ({
  id: payout.id,
  payee_id: payout.payee_id,
  kind: payout.kind,
  amount: presentMoney(payout),
  destination: {
    asset: payout.destination_asset,
    address: payout.destination_address,
    memo: payout.destination_memo,
  },
  route: payout.route,
  status: payout.status,
  review_reason: payout.review_reason,
  end_reason: payout.end_reason,
  usd: payout.usd_micros === null ? null : formatUsd(payout.usd_micros),
  least_net:
    payout.least_net === null
      ? null
      : presentMoney({ asset: payout.destination_asset, amount: payout.least_net }),
  delivered:
    payout.delivered_amount === null
      ? null
      : presentMoney({ asset: payout.destination_asset, amount: payout.delivered_amount }),
  transaction_hash: payout.transaction_hash,
  requested_by: payout.requested_by,
  metadata: { ...payout.metadata },
  created_at: presentTime(payout.created_at),
  completed_at: payout.completed_at === null ? null : presentTime(payout.completed_at),
});

const params = z.object({ id: z.uuid() });
/** How long an answer waits for whoever is asked outside. */
export const outsideTimeoutMs = 25_000;

const list = listRoute({
  path: "/v1/payouts",
  operationId: "listPayouts",
  scope: "payouts:read",
  summary: "List payouts, newest first",
  filters: {
    status: z.enum(payoutStatuses).optional(),
    payee_id: filterSchemas.payee_id,
    asset: filterSchemas.asset.describe("Of the balance that it is of"),
    transaction_hash: filterSchemas.transaction_hash.describe("Of the delivery"),
    ...filterSchemas.created,
  },
  key: z.uuid(),
  item: payoutView,
  read: listPayouts,
  keyOf: ({ id }: Payout) => id,
  present: presentPayout,
});

const attemptView = z
  .object({
    seq: z.int(),
    route: z.string(),
    status: z.string(),
    outcome: z.string().nullable().describe("How it ended; null: it is under way"),
    created_at: timestampView,
  })
  .meta({ id: "PayoutAttempt", description: "One try of a payout by one route" });

const proofView = z
  .object({
    chain: z.string().nullable().describe("Which shows the transaction; null: two persons say it"),
    reference: z.string().describe("The transaction's hash, or what names the payment elsewhere"),
    amount: z.string().nullable().describe("As it was said; null: the chain says it"),
    currency: z.string().nullable().describe("Of that amount; null: the chain says it"),
    verdict: z
      .enum(["unknown", "proved", "refused"])
      .describe("unknown: it is looked at again, or needs a second person"),
    reason: z
      .string()
      .nullable()
      .describe("Why it is unknown or refused; null: it is neither, or nobody looked yet"),
    recorded_by: z.string(),
    confirmed_by: z.string().nullable().describe("The second person; null: there is none"),
    created_at: timestampView,
  })
  .meta({ id: "PayoutProof", description: "What an operator names as a payment made elsewhere" });

const presentProof = (proof: PayoutProof): z.output<typeof proofView> => ({
  chain: proof.chain,
  reference: proof.reference,
  amount: proof.amount,
  currency: proof.currency,
  verdict: proof.proved_at !== null ? "proved" : proof.refused_at !== null ? "refused" : "unknown",
  reason: proof.proved_at !== null ? null : (proof.refused_because ?? proof.waits_for),
  recorded_by: proof.recorded_by,
  confirmed_by: proof.confirmed_by,
  created_at: presentTime(proof.created_at),
});

const bps = z.int().nullable();
export const weighedWayView = z
  .object({
    route: z.enum(["direct", "swap", "bank"]),
    provider: z.string().nullable().describe("Who would exchange it; null: nobody has to"),
    net: moneyView.nullable().describe("What would reach the payee; null: nobody says"),
    network_fee: moneyView
      .nullable()
      .describe("At most, of our own transfer, which we pay; null: nobody tells"),
    recipient: z
      .enum(["holder", "new_holder"])
      .nullable()
      .describe("Whether they hold the asset already, which makes the transfer cheaper; null: not asked"),
    fee_usd: usdView
      .nullable()
      .describe("All of it: network, provider, and what the rate loses; null: a price is missing"),
    fee_share_bps: bps.describe("Of the value; null: not known"),
    problem: z.string().nullable().describe("Why it would not be taken; null: it could be"),
  })
  .meta({ id: "WeighedWay", description: "One way by which a payout could go, with all that it costs" });

export function presentWeighedWay(
  way: WeighedWay,
  of: Pick<Payout, "asset" | "destination_asset">,
): z.output<typeof weighedWayView> {
  const native = registry.native(registry.get(of.asset).chain).id;
  const money = (asset: string, amount: string | null) =>
    amount === null ? null : presentMoney({ asset, amount: BigInt(amount) });
  return {
    route: way.route,
    provider: way.provider,
    net: money(of.destination_asset, way.net),
    network_fee: money(native, way.network_fee),
    recipient: way.recipient,
    fee_usd: way.fee_usd_micros === null ? null : formatUsd(BigInt(way.fee_usd_micros)),
    fee_share_bps: way.fee_share_bps,
    problem: way.problem,
  };
}

const planView = z
  .object({
    made_at: timestampView,
    ways: z.array(weighedWayView),
    best: z
      .int()
      .nullable()
      .describe("Which of the ways brings the payee most, from 0; null: none was to be had"),
    limit_bps: bps.describe("The most that fees could take of its value; null: no limit held"),
  })
  .meta({ id: "PayoutPlan", description: "What was weighed before anything was done for a payout" });

const presentPlan = (plan: PayoutPlan, payout: Payout): z.output<typeof planView> => ({
  made_at: presentTime(plan.made_at),
  ways: plan.ways.map((way) => presentWeighedWay(way, payout)),
  best: plan.best,
  limit_bps: plan.limit_bps,
});

const payoutWithAttemptsView = payoutView
  .extend({
    plans: z.array(planView).describe("What was weighed before it went, the oldest first"),
    attempts: z.array(attemptView),
    outside_payments: z.array(proofView).describe("What was recorded as paid elsewhere"),
  })
  .meta({ id: "PayoutWithAttempts", description: "A payout and every try of it" });

const getRoute = defineRoute({
  method: "GET",
  path: "/v1/payouts/:id",
  operationId: "getPayout",
  scope: "payouts:read",
  summary: "Read a payout with its attempts",
  params,
  success: { status: 200, body: payoutWithAttemptsView },
  problems: ["not_found"],
  async handle({ params: { id } }, { db }) {
    const payout = await findPayout(db, id);
    if (payout === null) throw new DomainError("not_found", `There is no payout ${id}.`);
    const attempts = (await attemptsOf(db, id)).map(({ seq, route, status, outcome, created_at }) => ({
      seq,
      route,
      status,
      outcome,
      created_at: presentTime(created_at),
    }));
    const outside_payments = (await proofsOfPayout(db, id)).map(presentProof);
    const plans = (await plansOf(db, id)).map((plan) => presentPlan(plan, payout));
    return { ...presentPayout(payout), plans, attempts, outside_payments };
  },
});

const explainRoute = defineRoute({
  method: "GET",
  path: "/v1/payouts/:id/explain",
  operationId: "explainPayout",
  scope: "payouts:read",
  summary: "Walk a payout back to its payments, with rates, fees and hashes",
  params,
  success: { status: 200, body: payoutExplanationView },
  problems: ["unknown_payout"],
  handle: ({ params: { id } }, { db }) => explainPayout(db, registry, id),
});

/** Why a payee's own balance cannot be asked for, by whoever asks. */
export const requestProblems = [
  "payee_paused",
  "destination_cooldown",
  "nothing_to_pay",
  "insufficient_balance",
  "below_minimum",
  "amount_not_divisible",
  "unknown_asset",
  "invalid_amount",
] as const;

const createRoute = (deps: PayoutDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/payouts",
    operationId: "requestPayout",
    scope: "payouts:write",
    summary: "Ask for what a payee has available, or an exact part of it, below the threshold too",
    body: z
      .strictObject({
        payee_id: z.uuid(),
        asset: assetId.optional().describe("The settlement asset if left out"),
        amount: amountSchema.optional().describe("In whole coins; all that is available if left out"),
        metadata: metadataSchema,
      })
      .meta({ id: "RequestPayout" }),
    success: { status: 201, body: payoutView },
    problems: ["unknown_payee", ...requestProblems],
    async handle({ body, principal }, { db }) {
      const asset = body.asset ?? (await readSettlementAsset(db));
      const { payee_id: payeeId, metadata } = body;
      const amount = amountOf(body.amount, registry.get(asset));
      const input = { payeeId, asset, amount, metadata, requestedBy: principal.ref };
      const id = await requestPayout(deps, input);
      const payout = await findPayout(db, id);
      if (payout === null) throw new DomainError("not_found", `There is no payout ${id}.`);
      return presentPayout(payout);
    },
  });

const planRoute = (deps: PayoutDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/payout-plans",
    operationId: "planPayouts",
    scope: "payouts:write",
    summary: "Plan payouts now, instead of at the next scheduled check",
    success: {
      status: 200,
      body: z.object({ payout_ids: z.array(z.uuid()) }).meta({ id: "PlannedPayouts" }),
    },
    problems: ["provider_unavailable"],
    handle: async () => ({ payout_ids: await planPayouts(deps, AbortSignal.timeout(outsideTimeoutMs)) }),
  });

const cancelRoute = (deps: PayoutDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/payouts/:id/cancel",
    operationId: "cancelPayout",
    scope: "payouts:write",
    summary: "Take back a payout of which nothing was done outside yet: the balance is the payee's again",
    params,
    success: { status: 200, body: payoutView },
    problems: ["unknown_payout", "payout_under_way", "payout_ended"],
    async handle({ params: { id }, principal }, { db }) {
      await cancelPayout(deps, { payoutId: id, by: principal.ref });
      return presentPayout((await findPayout(db, id))!);
    },
  });

const resolveRoute = (deps: PayoutDeps): Route =>
  defineRoute({
    method: "POST",
    path: "/v1/payouts/:id/resolve",
    operationId: "resolvePayout",
    scope: "payouts:write",
    summary: "Decide about a payout in review: another attempt, or the balance back to the payee",
    params,
    body: z.strictObject({ resolution: z.enum(["retry", "give_back"]) }).meta({ id: "ResolvePayout" }),
    success: { status: 200, body: payoutView },
    problems: ["unknown_payout", "payout_not_in_review", "payout_under_way", "payout_in_doubt"],
    async handle({ params: { id }, body, principal }, { db }) {
      await resolvePayout(deps, { payoutId: id, resolution: body.resolution, by: principal.ref });
      return presentPayout((await findPayout(db, id))!);
    },
  });

const waitsRoute = defineRoute({
  method: "GET",
  path: "/v1/payout-waits",
  operationId: "listPayoutWaits",
  scope: "payouts:read",
  summary: "Why balances that are due are not paid yet",
  success: {
    status: 200,
    body: z.object({
      data: z.array(
        z
          .object({
            payee_id: z.uuid(),
            asset: z.string(),
            reason: z.string(),
            since: timestampView,
            fee_share_bps: bps.describe("What fees would take of the value; null: that is not why"),
            limit_bps: bps.describe("The most that they may take; null: that is not why"),
            pays_from: moneyView
              .nullable()
              .describe("From which balance on it is paid; null: no amount changes it"),
            pays_by: timestampView
              .nullable()
              .describe("When it is paid whatever the fees; null: never by time alone"),
          })
          .meta({ id: "PayoutWait" }),
      ),
    }),
  },
  problems: [],
  handle: async (_request, { db }) => ({
    data: (await listWaits(db)).map(({ payee_id, asset, reason, fee_share_bps, limit_bps, ...wait }) => ({
      payee_id,
      asset,
      reason,
      fee_share_bps,
      limit_bps,
      since: presentTime(wait.since),
      pays_from: wait.pays_from === null ? null : presentMoney({ asset, amount: wait.pays_from }),
      pays_by: wait.pays_by === null ? null : presentTime(wait.pays_by),
    })),
  }),
});

/** They need nothing but the database. */
export const payoutReads: readonly Route[] = [list, getRoute, explainRoute, waitsRoute];

export const payoutRoutes = (deps: PayoutDeps): readonly Route[] => [
  ...payoutReads,
  createRoute(deps),
  planRoute(deps),
  cancelRoute(deps),
  resolveRoute(deps),
];
