import { z } from "zod";
import type { SendingChain } from "../../../chains/sending.ts";
import { formatUnits, registry } from "../../../money/index.ts";
import { walletOverview, type WalletAssetView } from "../../../transfers/index.ts";
import { defineRoute, type Route } from "../../route.ts";

const walletAsset = z
  .object({
    chain: z.string(),
    address: z.string(),
    asset: z.string(),
    booked: z.string(),
    on_chain: z
      .string()
      .nullable()
      .describe("null: the chain could not be read, which says nothing of the balance"),
    reserved: z.string().describe("Claimed by transfers planned or under way, fees included"),
    gas_lasts_for: z
      .string()
      .nullable()
      .describe(
        "For the native coin: how many more transfers its free part pays the gas of; null: for another, or unknown",
      ),
    problem: z
      .string()
      .nullable()
      .describe(
        "Why nothing is sent from this wallet now: paused, no usable key, or no usable chain. null: it sends",
      ),
  })
  .meta({ id: "WalletAsset", description: "One asset of one wallet of ours" });

/** @param view amounts in base units */
export function presentWallet(view: WalletAssetView): z.output<typeof walletAsset> {
  const decimal = (amount: bigint) => formatUnits(amount, registry.get(view.asset).decimals);
  return {
    chain: view.chain,
    address: view.address,
    asset: view.asset,
    booked: decimal(view.booked),
    on_chain: view.onChain === null ? null : decimal(view.onChain),
    reserved: decimal(view.reserved),
    gas_lasts_for: view.runway === null ? null : String(view.runway),
    problem: view.problem,
  };
}

/** Our own wallets: what they hold, how long their gas lasts, and why one does not send. */
export const walletRoutes = (chains: ReadonlyMap<string, SendingChain>): readonly Route[] => [
  defineRoute({
    method: "GET",
    path: "/v1/wallets",
    operationId: "listWallets",
    scope: "payouts:read",
    summary: "Every wallet of ours, asset by asset: balances, gas left, and why it does not send",
    success: { status: 200, body: z.object({ wallets: z.array(walletAsset) }) },
    problems: [],
    async handle(_request, { db }) {
      const views = await walletOverview(db, chains, AbortSignal.timeout(20_000));
      return { wallets: views.map(presentWallet) };
    },
  }),
];
