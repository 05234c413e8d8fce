import type { Clock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import type { Asset, AssetRegistry } from "../../money/index.ts";
import { changedCurrencies } from "../currency-changes.ts";
import type { HttpRequest } from "../http-client.ts";
import { keepList } from "../kept-list.ts";
import type { CurrencyChange } from "../port.ts";
import { sameAddress } from "../swap-answer.ts";
import type { SimpleswapClient } from "./client.ts";
import { currenciesSchema, nativeTicker, networkOf, type Ticker } from "./mapping.ts";

export interface CurrencyList {
  /**
   * Their name of an asset. A token is found by its contract in their live list, never by its symbol.
   * @throws {ProviderError} `pair_inactive` they do not offer it; `currency_unconfirmed` the list is out of reach.
   */
  resolve(asset: Asset, operation: string, signal: AbortSignal): Promise<Ticker>;
  /** Native coins that the list names otherwise; null: it was never read. A token is found by its contract, whatever its name. */
  changes(signal: AbortSignal): Promise<readonly CurrencyChange[] | null>;
}

/** The whole list, some thousand rows with links to pictures. */
const maxBytes = 8_000_000;

interface Currency extends Ticker {
  readonly contract: string | null;
}

const keyOf = ({ ticker, network }: Ticker): string => `${ticker}/${network}`;

export function createCurrencyList(
  client: SimpleswapClient,
  { clock, registry }: { readonly clock: Clock; readonly registry: AssetRegistry },
): CurrencyList {
  const current = keepList(clock, async (signal): Promise<readonly Currency[]> => {
    const request: HttpRequest = {
      operation: "list_currencies",
      method: "GET",
      path: "/currencies",
      maxBytes,
    };
    const { result } = client.read(currenciesSchema, request, await client.ask(request, signal));
    return result.map(({ ticker, network, contractAddress }) => ({
      ticker: ticker.toLowerCase(),
      network: network.toLowerCase(),
      contract: contractAddress || null,
    }));
  });

  return {
    async resolve(asset, operation, signal) {
      const refuse = (reason: string, failure: "rejected" | "retryable"): ProviderError =>
        new ProviderError({ provider: "simpleswap", operation, failure, reason }, { asset: asset.id });
      const native = nativeTicker(asset);
      if (native !== null) return native;
      const network = networkOf(asset);
      const { contract } = asset;
      if (network === null || contract === null) throw refuse("pair_inactive", "rejected");
      const list = await current(signal);
      if (list === null) throw refuse("currency_unconfirmed", "retryable");
      const found = list.find(
        (one) =>
          one.network === network && one.contract !== null && sameAddress(asset, contract, one.contract),
      );
      if (found === undefined) throw refuse("pair_inactive", "rejected");
      return { ticker: found.ticker, network };
    },

    async changes(signal) {
      const list = await current(signal);
      if (list === null) return null;
      const natives = registry.all.flatMap((asset) => {
        const ticker = nativeTicker(asset);
        return ticker === null ? [] : [{ asset, name: keyOf(ticker), network: ticker.network }];
      });
      const listed = list.map((one) => ({ name: keyOf(one), network: one.network, contract: one.contract }));
      return changedCurrencies(natives, listed);
    },
  };
}
