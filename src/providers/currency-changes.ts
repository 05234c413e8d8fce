import type { Asset } from "../money/index.ts";
import type { CurrencyChange } from "./port.ts";
import { sameAddress } from "./swap-answer.ts";

/** A currency as a provider's own list names it. */
export interface ListedCurrency {
  /** What we ask for it by: "usdterc20", "usdt/eth". Letter case says nothing. */
  readonly name: string;
  readonly network: string | null;
  /** Null: it has none, or they do not say. */
  readonly contract: string | null;
}

/** An asset of ours and the name that our own table has for it. */
export interface KnownCurrency {
  readonly asset: Asset;
  readonly name: string;
  /** Our name of its network at them; null: they have flat names. */
  readonly network: string | null;
}

const isContractOf = (asset: Asset, listed: ListedCurrency): boolean =>
  asset.contract !== null && listed.contract !== null && sameAddress(asset, asset.contract, listed.contract);

/**
 * What a provider's list no longer says as our own table does. A token's likely new name is the one that has its contract; a native
 * coin's the only one without a contract, and without a name of ours, on the network that the chain's assets are on.
 */
export function changedCurrencies(
  known: readonly KnownCurrency[],
  listed: readonly ListedCurrency[],
): CurrencyChange[] {
  const byName = new Map(listed.map((one) => [one.name.toLowerCase(), one]));
  const names = new Set(known.map(({ name }) => name.toLowerCase()));
  const named = ({ asset, name }: KnownCurrency): ListedCurrency | undefined =>
    byName.get(name.toLowerCase()) ?? listed.find((one) => isContractOf(asset, one));
  const nativeNow = (chain: string): ListedCurrency | undefined => {
    const networks = new Set(
      known.flatMap((one) => (one.asset.chain === chain ? (named(one)?.network ?? one.network ?? []) : [])),
    );
    const strangers = listed.filter(
      (one) =>
        one.network !== null &&
        networks.has(one.network) &&
        one.contract === null &&
        !names.has(one.name.toLowerCase()),
    );
    return strangers.length === 1 ? strangers[0] : undefined;
  };
  return known.flatMap(({ asset, name }): CurrencyChange[] => {
    const found = byName.get(name.toLowerCase());
    const same = found !== undefined && (asset.contract === null || found.contract === null);
    if (same || (found !== undefined && isContractOf(asset, found))) return [];
    const now =
      asset.contract === null ? nativeNow(asset.chain) : listed.find((one) => isContractOf(asset, one));
    return [
      { asset, name, likelyName: now?.name ?? null, kind: found === undefined ? "gone" : "other_contract" },
    ];
  });
}
