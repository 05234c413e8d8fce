import { networks } from "./networks.ts";

const hostOf = (address: string): string => new URL(address).host.replace(/^www\./, "");

/** Host, and the chain whose transactions it shows, as the registry names it. */
const explorers: ReadonlyMap<string, string> = new Map(
  networks.flatMap(({ name, explorers: pages }) => pages.map((page) => [hostOf(page), name] as const)),
);

/** What a link says. "other_network": a known explorer's page for a network that is none of ours, a test network above all. */
export type ExplorerLink =
  | { readonly kind: "transaction"; readonly chain: string; readonly text: string }
  | { readonly kind: "no_transaction"; readonly chain: string; readonly text: null }
  | { readonly kind: "other_network" | "unknown"; readonly chain: null; readonly text: null };

const nowhere = (kind: "other_network" | "unknown"): ExplorerLink => ({ kind, chain: null, text: null });

/** Reads an explorer's link, with or without https:// and www. Nothing is fetched; `text` is as the link has it, unchecked. */
export function readExplorerLink(text: string): ExplorerLink {
  const address = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(address)) return nowhere("unknown");
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") return nowhere("unknown");
  const host = hostOf(address);
  const chain = explorers.get(host);
  // sepolia.etherscan.io, nile.tronscan.org, optimistic.etherscan.io: a subdomain is always another network.
  if (chain === undefined) return nowhere(isBesideKnown(host) ? "other_network" : "unknown");
  const network = url.searchParams.get("cluster") ?? url.searchParams.get("network");
  if (network !== null && !/^mainnet/i.test(network)) return nowhere("other_network");
  // Tronscan keeps its path behind the #.
  const parts = `${url.pathname}/${url.hash}`.split(/[/?#]+/);
  const marker = parts.findIndex((part) => /^(?:tx|txn|transaction)$/i.test(part));
  const found = marker < 0 ? "" : (parts[marker + 1] ?? "");
  return found === ""
    ? { kind: "no_transaction", chain, text: null }
    : { kind: "transaction", chain, text: found };
}

const isBesideKnown = (host: string): boolean =>
  host.endsWith(".blockscout.com") || [...explorers.keys()].some((known) => host.endsWith(`.${known}`));
