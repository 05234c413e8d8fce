import { readFileSync } from "node:fs";
import { z } from "zod";
import { DomainError } from "../errors.ts";
import { fiatAssets, fiatChain } from "./fiat.ts";
import { suggestAssets, suggestChain } from "./suggest-asset.ts";

/** One row of the pinned registry. `id` is what everything else calls the asset: "ethereum:USDT". */
export interface Asset {
  readonly id: string;
  readonly symbol: string;
  readonly chain: string;
  /** CAIP-2. */
  readonly chainId: string;
  /** `null` for the chain's native coin, and for a currency. */
  readonly contract: string | null;
  readonly decimals: number;
  readonly coingeckoId: string;
  readonly kind: string;
  /** Known, but not offered to payers or payees: deprecated by its issuer, or a chain that comes later. */
  readonly offered: boolean;
}

export interface AssetRegistry {
  readonly all: readonly Asset[];
  /** The names of all chains that have assets; where currencies are is none. */
  readonly chains: readonly string[];
  /** @throws {DomainError} `unknown_asset` */
  get(id: string): Asset;
  find(id: string): Asset | null;
  /** The name of a chain that has assets. @throws {DomainError} `unknown_chain`, with the one that is probably meant */
  chain(name: string): string;
  native(chain: string): Asset;
  /** By contract address, in whatever letter case the chain's answer has it. */
  findByContract(chain: string, contract: string): Asset | null;
}

const rowSchema = z.object({
  symbol: z.string().min(1),
  chain: z.string().min(1),
  chainId: z.string().min(1),
  contract: z.string().nullable(),
  decimals: z.number().int().min(0).max(36),
  coingeckoId: z.string().min(1),
  kind: z.string(),
  standard: z.string().optional(),
  deprecated: z.boolean().optional(),
  later: z.boolean().optional(),
});

function toAsset(row: z.infer<typeof rowSchema>): Asset {
  // LayerZero's bridged coins on Aptos carry the symbols of Circle's and Tether's own; only the contract tells them apart.
  const bridgedCoin = row.chain === "aptos" && row.standard === "coin" && row.contract !== null;
  const symbol = bridgedCoin ? `lz${row.symbol}` : row.symbol;
  const { chain, chainId, contract, decimals, coingeckoId, kind } = row;
  const offered = row.deprecated !== true && row.later !== true;
  return { id: `${chain}:${symbol}`, symbol, chain, chainId, contract, decimals, coingeckoId, kind, offered };
}

/** @param rows the parsed content of `chains/assets.json`. @throws when two rows would share an id. */
export function buildRegistry(rows: unknown): AssetRegistry {
  const all = z.array(rowSchema).parse(rows).map(toAsset);
  const byId = new Map(all.map((asset) => [asset.id, asset]));
  if (byId.size !== all.length) throw new Error("two registry rows share an asset id");
  const byContract = new Map(
    all.flatMap((asset) =>
      asset.contract === null ? [] : [[`${asset.chain}/${asset.contract.toLowerCase()}`, asset] as const],
    ),
  );
  const chains = [...new Set(all.map(({ chain }) => chain))].filter((chain) => chain !== fiatChain);
  const unknownChain = (name: string): DomainError => {
    const meant = suggestChain(name.slice(0, 100), chains);
    const words = meant === null ? "." : `; did you mean ${meant}?`;
    return new DomainError("unknown_chain", `"${name.slice(0, 60)}" is not a chain we know${words}`);
  };
  return {
    all,
    chains,
    chain(name) {
      if (chains.includes(name)) return name;
      throw unknownChain(name);
    },
    find: (id) => byId.get(id) ?? null,
    get(id) {
      const asset = byId.get(id);
      if (asset) return asset;
      const meant = suggestAssets(id.slice(0, 100), all);
      const message = `"${id.slice(0, 60)}" is not an asset we know${meant}`;
      throw new DomainError("unknown_asset", message.endsWith("?") ? message : `${message}.`);
    },
    native(chain) {
      const asset = all.find((candidate) => candidate.chain === chain && candidate.contract === null);
      if (asset && chain !== fiatChain) return asset;
      throw unknownChain(chain);
    },
    findByContract: (chain, contract) => byContract.get(`${chain}/${contract.toLowerCase()}`) ?? null,
  };
}

/** The pinned registry, read once. It drives menu, validator, verifier, sender and ledger. */
export const registry: AssetRegistry = buildRegistry([
  ...z
    .array(z.unknown())
    .parse(JSON.parse(readFileSync(new URL("../../chains/assets.json", import.meta.url), "utf8"))),
  ...fiatAssets,
]);
