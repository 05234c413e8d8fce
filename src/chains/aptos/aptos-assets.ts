import type { Asset, AssetRegistry } from "../../money/index.ts";
import { fullAddress, fullType, pairedMetadataOf } from "./move-names.ts";

/** APT in both of its forms. The registry knows it as the native coin, without a contract. */
export const apt = { coinType: "0x1::aptos_coin::AptosCoin", metadata: fullAddress("0xa") } as const;

export interface AptosAssets {
  /** By coin type or metadata address in full length: one asset may have both. Never by symbol. */
  find(contract: string): Asset | null;
  /** Metadata addresses of all listed assets that can lie in a fungible store. */
  readonly metadata: readonly string[];
}

/** The registry's assets of this chain by every name that the chain has for them. */
export function createAptosAssets(registry: AssetRegistry): AptosAssets {
  const names = registry.all
    .filter(({ chain }) => chain === "aptos")
    .flatMap((asset) => {
      const { contract } = asset;
      if (contract === null)
        return [
          { asset, name: fullType(apt.coinType) },
          { asset, name: apt.metadata },
        ];
      if (!contract.includes("::")) return [{ asset, name: fullAddress(contract) }];
      return [
        { asset, name: fullType(contract) },
        { asset, name: pairedMetadataOf(contract) },
      ];
    });
  const byName = new Map(names.map(({ asset, name }) => [name, asset]));
  return {
    find: (contract) => byName.get(contract) ?? null,
    metadata: names.flatMap(({ name }) => (name.includes("::") ? [] : [name])),
  };
}
