import { z } from "zod";
import { readConversionTrigger, readSettlementAsset } from "../../conversions/index.ts";
import { readDepositPolicy } from "../../deposits/index.ts";
import { formatUsd, registry, type Asset } from "../../money/index.ts";
import { whyNotAccepted, type OrderDeps } from "../../orders/index.ts";
import {
  payableIn,
  readInstantMinimumUsdMicros,
  type Payable,
  type PayoutDeps,
} from "../../payouts/index.ts";
import { defineRoute, type Route } from "../route.ts";
import { usdView } from "../schemas.ts";

const whyNot = {
  reason: z
    .enum(["not_offered", "no_chain", "no_wallet", "no_price", "no_provider"])
    .nullable()
    .describe("Why it is not offered, to branch on; null: it is"),
  because: z.string().nullable().describe("The same in words; null: it is offered"),
};

const assetView = z
  .object({
    id: z.string(),
    chain: z.string(),
    symbol: z.string(),
    decimals: z.int(),
    contract: z.string().nullable().describe("null: the chain's own coin"),
    accept: z
      .object({
        offered: z.boolean().describe("Whether an order may name it in accept_assets"),
        shared_address: z.boolean().describe("One address for all orders: only exact amounts are told apart"),
        ...whyNot,
      })
      .describe("Payments straight on its chain"),
    pay_out: z
      .object({
        offered: z.boolean().describe("Whether a payee's balance can reach them in it"),
        route: z.enum(["direct", "swap", "bank"]).nullable().describe("null: it is not offered"),
        ...whyNot,
      })
      .describe("Balances in the settlement asset, to a payee who wants this one"),
  })
  .meta({ id: "Asset", description: "One asset, what it is offered for here, and why not" });

const assetsView = z
  .object({
    settlement_asset: z.string().describe("What earnings are converted into, and balances wait in"),
    minimums: z
      .object({
        payment_usd: usdView.describe("What comes straight on a chain and is worth less is not credited"),
        conversion_usd: usdView.describe("Earnings wait until so much of an asset is pending"),
        instant_payout_usd: usdView.describe("Earnings of instant payees gather until they are worth this"),
      })
      .meta({
        id: "Minimums",
        description: "A swap provider's own minimum may be higher; it is asked when it matters",
      }),
    data: z.array(assetView),
  })
  .meta({ id: "Assets" });

function present(
  { direct }: OrderDeps,
  payable: (asset: Asset) => Payable,
  asset: Asset,
): z.output<typeof assetView> {
  const refused = whyNotAccepted({ direct }, asset);
  const payout = payable(asset);
  return {
    id: asset.id,
    chain: asset.chain,
    symbol: asset.symbol,
    decimals: asset.decimals,
    contract: asset.contract,
    accept: {
      offered: refused === null,
      shared_address: direct.sharedAddresses.has(asset.chain),
      reason: refused?.reason ?? null,
      because: refused?.because ?? null,
    },
    pay_out: {
      offered: payout.route !== null,
      route: payout.route,
      reason: payout.route === null ? payout.reason : null,
      because: payout.route === null ? payout.because : null,
    },
  };
}

const readers = ["orders:read", "payees:read", "payouts:read", "orders:write", "payees:write"] as const;

/** What is offered, for what, from which value on, and why not. */
export const assetRoute = (orders: OrderDeps, payouts: PayoutDeps): Route =>
  defineRoute({
    method: "GET",
    path: "/v1/assets",
    operationId: "listAssets",
    scope: readers[0],
    scopeByPath: { scopes: readers, of: () => readers },
    summary: "What is offered for payments and payouts, from which value on, and why not",
    success: { status: 200, body: assetsView },
    problems: [],
    async handle(_request, { db }) {
      const settlement = registry.get(await readSettlementAsset(db));
      const payable = await payableIn(payouts, settlement);
      return {
        settlement_asset: settlement.id,
        minimums: {
          payment_usd: formatUsd((await readDepositPolicy(db)).minimumUsdMicros),
          conversion_usd: formatUsd((await readConversionTrigger(db)).minimumUsdMicros),
          instant_payout_usd: formatUsd(await readInstantMinimumUsdMicros(db)),
        },
        data: registry.all.map((asset) => present(orders, payable, asset)),
      };
    },
  });
