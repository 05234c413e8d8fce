import { nearest } from "../nearest.ts";

/** What of an asset is compared. */
interface Named {
  readonly id: string;
  readonly chain: string;
  readonly symbol: string;
  readonly offered: boolean;
}

/** What people call networks. A wrong guess here would send coins astray, so these are said and not measured. */
const alsoCalled: Readonly<Record<string, string>> = {
  eth: "ethereum",
  erc20: "ethereum",
  mainnet: "ethereum",
  bsc: "bnb-smart-chain",
  bnb: "bnb-smart-chain",
  bep20: "bnb-smart-chain",
  binance: "bnb-smart-chain",
  matic: "polygon-pos",
  polygon: "polygon-pos",
  arb: "arbitrum-one",
  arbitrum: "arbitrum-one",
  trx: "tron",
  trc20: "tron",
  sol: "solana",
  apt: "aptos",
};

/** The chain that somebody probably meant, by its own name, what people call it, or nearly so; null: none is near. */
export function suggestChain(given: string, chains: readonly string[]): string | null {
  const name = given.trim().toLowerCase();
  const known = chains.find((chain) => chain === name) ?? alsoCalled[name.replace(/[^a-z0-9]/g, "")];
  if (known !== undefined) return chains.includes(known) ? known : null;
  // Short names are near to everything.
  return name.length < 4 ? null : nearest(name, chains);
}

/** How many assets of one symbol are named. */
const mostNamed = 8;

/** The ids that somebody probably meant, in words that go on after "is not an asset we know"; empty: none is near. */
export function suggestAssets(given: string, assets: readonly Named[]): string {
  const [chainGiven = "", symbolGiven] = given.split(":");
  const sameAs = (symbol: string) => (asset: Named) => asset.symbol.toLowerCase() === symbol.toLowerCase();
  if (symbolGiven === undefined) {
    const named = assets.filter(({ offered }) => offered).filter(sameAs(given.trim()));
    const ids = named.slice(0, mostNamed).map(({ id }) => id);
    return ids.length === 0 ? "" : `: name the chain too, as in ${ids.join(", ")}`;
  }
  const chain = suggestChain(chainGiven, [...new Set(assets.map((asset) => asset.chain))]);
  const there = assets.filter((asset) => asset.chain === chain);
  const symbol =
    there.find(sameAs(symbolGiven.trim()))?.symbol ??
    nearest(
      symbolGiven,
      there.map((asset) => asset.symbol),
    );
  return chain === null || symbol === null ? "" : `; did you mean ${chain}:${symbol}?`;
}
