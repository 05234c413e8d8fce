import { z } from "zod";
import { readSettlementAsset } from "../../../conversions/index.ts";
import { registry } from "../../../money/index.ts";
import { previewPayout, payoutRoutes, type PayoutDeps, type PayoutPreview } from "../../../payouts/index.ts";
import { defineRoute, type Route } from "../../route.ts";
import {
  amountOf,
  amountSchema,
  assetId,
  moneyView,
  presentMoney,
  presentTime,
  presentUsd,
  timestampView,
  usdView,
} from "../../schemas.ts";
import { outsideTimeoutMs, presentWeighedWay, weighedWayView } from "./payouts.ts";

const verdictView = z
  .object({
    policy_version: z
      .int()
      .nullable()
      .describe("Of payout_policy; null: none can be read, or a draft was tried"),
    outcome: z.enum(["leaves", "needs_approval", "refused"]),
    approvers: z.int().nullable().describe("How many people must approve; null: it is refused"),
    because: z.array(z.string()).describe("Our stable words for why"),
    until: timestampView.nullable().describe("Until when it is refused; null: no date changes that"),
  })
  .meta({ id: "PolicyVerdict", description: "What the policy says of a payout" });

const previewView = z
  .object({
    amount: moneyView,
    available: moneyView,
    ways: z.array(
      z.object({
        route: z.enum(payoutRoutes as [string, ...string[]]),
        refused_because: z.string().nullable().describe("null: it would go this way"),
        usd: usdView.nullable().describe("null: there is no price"),
        least_net: moneyView.nullable().describe("The least that reaches the payee; null: not offered"),
        greatest_fee_bps: z
          .int()
          .nullable()
          .describe("The most that the way may cost the payee, of the value; null: not offered"),
      }),
    ),
    weighed: z.array(weighedWayView).describe("Each way that there is now, with all its fees"),
    policy: verdictView.nullable().describe("null: there is no way, so the policy is not asked"),
  })
  .meta({ id: "PayoutPreview", description: "What would happen to a payout, and why. Nothing is held" });

function presentVerdict(
  found: NonNullable<PayoutPreview["policy"]>,
  draft: boolean,
): z.output<typeof verdictView> {
  const { verdict } = found;
  const version = draft ? null : found.version;
  if (verdict.kind === "refused")
    return {
      policy_version: version,
      outcome: "refused",
      approvers: null,
      because: [verdict.reason],
      until: verdict.until && presentTime(verdict.until),
    };
  return {
    policy_version: version,
    outcome: verdict.approvers === 0 ? "leaves" : "needs_approval",
    approvers: verdict.approvers,
    because: [...verdict.because],
    until: null,
  };
}

const presentPreview = (preview: PayoutPreview, draft: boolean): z.output<typeof previewView> => ({
  amount: presentMoney(preview),
  available: presentMoney({ asset: preview.asset, amount: preview.available }),
  ways: preview.ways.map((way) => ({
    route: way.route,
    refused_because: way.refusedBecause,
    usd: way.usdMicros === null ? null : presentUsd(way.usdMicros),
    least_net:
      way.leastNet === null ? null : presentMoney({ asset: preview.destinationAsset, amount: way.leastNet }),
    greatest_fee_bps: way.greatestFeeBps,
  })),
  weighed: preview.weighed.map((way) =>
    presentWeighedWay(way, { asset: preview.asset, destination_asset: preview.destinationAsset }),
  ),
  policy: preview.policy && presentVerdict(preview.policy, draft),
});

const asked = {
  payee_id: z.uuid(),
  asset: assetId.optional().describe("The settlement asset if left out"),
  amount: amountSchema.optional().describe("In whole coins; all that is available if left out"),
};

async function previewOf(
  deps: PayoutDeps,
  body: { payee_id: string; asset?: string | undefined; amount?: string | undefined },
  policy?: unknown,
): Promise<PayoutPreview> {
  const asset = body.asset ?? (await readSettlementAsset(deps.db));
  const amount = amountOf(body.amount, registry.get(asset)) ?? null;
  const input = { payeeId: body.payee_id, asset, amount, ...(policy !== undefined && { policy }) };
  return previewPayout(deps, input, AbortSignal.timeout(outsideTimeoutMs));
}

const problems = [
  "unknown_payee",
  "nothing_to_pay",
  "unknown_asset",
  "invalid_amount",
  "provider_unavailable",
] as const;

export const previewRoutes = (deps: PayoutDeps): readonly Route[] => [
  defineRoute({
    method: "POST",
    path: "/v1/payouts/preview",
    operationId: "previewPayout",
    scope: "payouts:read",
    summary:
      "See which ways a payout has, what reaches the payee, and whether it needs approval; nothing is held",
    body: z.strictObject(asked).meta({ id: "PreviewPayout" }),
    success: { status: 200, body: previewView },
    problems,
    handle: async ({ body }) => presentPreview(await previewOf(deps, body), false),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/policy/preview",
    operationId: "previewPolicy",
    scope: "payouts:read",
    summary: "See what the policy, or one that you try, says of a payout",
    body: z
      .strictObject({
        ...asked,
        policy: z.unknown().describe("A whole payout_policy to try; the one in force if left out"),
      })
      .meta({ id: "PreviewPolicy" }),
    success: { status: 200, body: previewView },
    problems: [...problems, "invalid_setting"],
    handle: async ({ body }) =>
      presentPreview(await previewOf(deps, body, body.policy), body.policy !== undefined),
  }),
];
