import { expect, test } from "vitest";
import { fiatChain, registry } from "../money/index.ts";
import { readExplorerLink } from "./explorer-link.ts";
import { networks, type Network } from "./networks.ts";

/** CAIP-2, as the registry of assets has it. */
function idOf(network: Network): string {
  switch (network.family) {
    case "evm":
      return `eip155:${network.chainId}`;
    case "solana":
      return `solana:${network.genesisHash.slice(0, 32)}`;
    case "tron":
      return `tron:0x${network.genesisHash.slice(-8)}`;
    case "aptos":
      return `aptos:${network.chainId}`;
  }
}

test.each(networks)("$name: its assets are of the same network, and its coin is among them", (network) => {
  const assets = registry.all.filter(({ chain }) => chain === network.name);
  expect(assets.filter(({ contract }) => contract === null)).toHaveLength(1);
  expect([...new Set(assets.map(({ chainId }) => chainId))]).toEqual([idOf(network)]);
});

test.each(networks.flatMap(({ name, explorers }) => explorers.map((page) => ({ name, page }))))(
  "a link to $page is read as what it is",
  ({ name, page }) => {
    const hash = "0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060";
    const link = page.replace("{hash}", hash);
    expect(readExplorerLink(link)).toEqual({ kind: "transaction", chain: name, text: hash });
  },
);

test("every chain whose assets are offered is one of the networks, and no two share a name or a prefix", () => {
  const chains = new Set(
    registry.all.filter(({ offered, chain }) => offered && chain !== fiatChain).map(({ chain }) => chain),
  );
  expect(networks.map(({ name }) => name).toSorted()).toEqual([...chains].toSorted());
  expect(new Set(networks.map(({ prefix }) => prefix)).size).toBe(networks.length);
});
