import type { Clock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import type { Asset, AssetRegistry } from "../../money/index.ts";
import { changedCurrencies, type KnownCurrency } from "../currency-changes.ts";
import type { HttpRequest } from "../http-client.ts";
import { keepList } from "../kept-list.ts";
import type { CurrencyChange } from "../port.ts";
import { sameAddress } from "../swap-answer.ts";
import type { ChangenowClient } from "./client.ts";
import { currenciesSchema, tickerOfAsset, type Ticker } from "./mapping.ts";

/** Told when something is done on less proof than usual. */
export type Warn = (message: string, details: Readonly<Record<string, unknown>>) => void;

export interface CurrencyList {
  /**
   * Their name of an asset, once their live list has shown the contract we would send.
   * @throws {ProviderError} `pair_inactive` they do not offer it; `contract_mismatch` theirs is another token.
   */
  resolve(asset: Asset, operation: string, signal: AbortSignal): Promise<Ticker>;
  /** Those of our pinned table that the list names otherwise; null: it was never read. */
  changes(signal: AbortSignal): Promise<readonly CurrencyChange[] | null>;
}

/** The whole list, about two thousand rows with links to pictures. */
const maxBytes = 8_000_000;

const keyOf = (currency: { ticker: string; network: string }): string =>
  `${currency.ticker.toLowerCase()}/${currency.network.toLowerCase()}`;

export function createCurrencyList(
  client: ChangenowClient,
  { clock, registry, warn }: { readonly clock: Clock; readonly registry: AssetRegistry; readonly warn: Warn },
): CurrencyList {
  const current = keepList(
    clock,
    async (signal) => {
      const request: HttpRequest = {
        operation: "list_currencies",
        method: "GET",
        path: "/exchange/currencies",
        query: { active: "true" },
        maxBytes,
      };
      const rows = client.read(currenciesSchema, request, await client.ask(request, signal));
      return new Map(
        rows.map((row) => [keyOf(row), { contract: row.tokenContract || null, network: row.network }]),
      );
    },
    ({ reason }, olderList) => warn("ChangeNOW's currency list is out of reach", { reason, olderList }),
  );

  return {
    async resolve(asset, operation, signal) {
      const refuse = (reason: string, failure: "rejected" | "retryable", details = {}): ProviderError =>
        new ProviderError(
          { provider: "changenow", operation, failure, reason },
          { asset: asset.id, ...details },
        );
      const ticker = tickerOfAsset(asset);
      if (ticker === null) throw refuse("pair_inactive", "rejected");
      if (asset.contract === null && ticker.trust === "pinned") return ticker;

      const list = await current(signal);
      if (list === null) {
        if (ticker.trust === "live") throw refuse("currency_unconfirmed", "retryable");
        warn("A token is used on the pinned table alone", { asset: asset.id, ...ticker });
        return ticker;
      }
      const theirs = list.get(keyOf(ticker))?.contract;
      if (theirs === undefined) throw refuse("pair_inactive", "rejected", ticker);
      const matches =
        asset.contract === null ? true : theirs !== null && sameAddress(asset, asset.contract, theirs);
      if (!matches) throw refuse("contract_mismatch", "rejected", { ours: asset.contract, theirs });
      return ticker;
    },

    async changes(signal) {
      const list = await current(signal);
      if (list === null) return null;
      const listed = [...list].map(([name, { contract, network }]) => ({ name, contract, network }));
      return changedCurrencies(seenAssets(registry), listed);
    },
  };
}

/** What was seen in their list once. Whatever only the live list can confirm may never have been theirs. */
function seenAssets(registry: AssetRegistry): KnownCurrency[] {
  return registry.all.flatMap((asset) => {
    const ticker = tickerOfAsset(asset);
    return ticker?.trust === "pinned" ? [{ asset, name: keyOf(ticker), network: ticker.network }] : [];
  });
}
