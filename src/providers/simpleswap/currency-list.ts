import type { Clock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import type { Asset } from "../../money/index.ts";
import type { HttpRequest } from "../http-client.ts";
import { sameAddress } from "../swap-answer.ts";
import type { SimpleswapClient } from "./client.ts";
import { currenciesSchema, nativeTicker, networkOf, type Ticker } from "./mapping.ts";

export interface CurrencyList {
  /**
   * Their name of an asset. A token is found by its contract in their live list, never by its symbol.
   * @throws {ProviderError} `pair_inactive` they do not offer it; `currency_unconfirmed` the list is out of reach.
   */
  resolve(asset: Asset, operation: string, signal: AbortSignal): Promise<Ticker>;
}

const keptMs = 3_600_000;
/** After a failure the list is not asked for again at once: each try would cost a whole timeout. */
const pauseAfterFailureMs = 60_000;
/** The whole list, some thousand rows with links to pictures. */
const maxBytes = 8_000_000;

interface Token extends Ticker {
  readonly contract: string;
}

export function createCurrencyList(client: SimpleswapClient, clock: Clock): CurrencyList {
  let tokens: readonly Token[] | null = null;
  let freshUntil = 0;

  /** @returns the last list we have, or null: never had one. */
  async function current(signal: AbortSignal): Promise<readonly Token[] | null> {
    if (clock.now().getTime() < freshUntil) return tokens;
    const request: HttpRequest = {
      operation: "list_currencies",
      method: "GET",
      path: "/currencies",
      maxBytes,
    };
    try {
      const { result } = client.read(currenciesSchema, request, await client.ask(request, signal));
      tokens = result.flatMap(({ ticker, network, contractAddress: contract }) =>
        contract ? [{ ticker: ticker.toLowerCase(), network: network.toLowerCase(), contract }] : [],
      );
      freshUntil = clock.now().getTime() + keptMs;
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason === "aborted") throw error;
      freshUntil = clock.now().getTime() + pauseAfterFailureMs;
    }
    return tokens;
  }

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
        (token) => token.network === network && sameAddress(asset, contract, token.contract),
      );
      if (found === undefined) throw refuse("pair_inactive", "rejected");
      return { ticker: found.ticker, network };
    },
  };
}
