import { fiatChain, type Asset } from "../money/index.ts";
import { findWallet } from "../transfers/index.ts";
import type { PayoutDeps } from "./deps.ts";
import type { PayoutRoute } from "./payout.ts";

/** How a balance in the settlement asset reaches a payee who wants an asset, or why it cannot. */
export type Payable =
  | { readonly route: PayoutRoute }
  | {
      readonly route: null;
      readonly reason: "not_offered" | "no_chain" | "no_wallet" | "no_price" | "no_provider";
      readonly because: string;
    };

/** Judges by what is configured; whether a provider takes the amount now is asked when a payout is planned. */
export async function payableIn(deps: PayoutDeps, settlement: Asset): Promise<(asset: Asset) => Payable> {
  const wallet = await findWallet(deps.db, settlement.chain);
  const no = (reason: Extract<Payable, { route: null }>["reason"], because: string): Payable => ({
    route: null,
    reason,
    because,
  });
  return (asset) => {
    if (!asset.offered) return no("not_offered", "it is deprecated, or not served yet");
    if (asset.chain === fiatChain)
      return [...deps.banks.values()].some((bank) => bank.serves(asset))
        ? { route: "bank" }
        : no("no_provider", "no bank provider that is configured pays this currency");
    if (!deps.chains.has(settlement.chain))
      return no("no_chain", `the settlement asset is on ${settlement.chain}, on which nothing is sent`);
    if (wallet === null) return no("no_wallet", `there is no hot wallet on ${settlement.chain} yet`);
    if (asset.id === settlement.id) return { route: "direct" };
    if (deps.prices.listedBy?.(asset).length === 0)
      return no("no_price", "no price source that is asked lists it");
    const pair = { source: settlement, target: asset };
    if (![...deps.swapProviders.values()].some((provider) => provider.knows(pair)))
      return no("no_provider", `no swap provider that is configured brings ${settlement.id} there`);
    return { route: "swap" };
  };
}
