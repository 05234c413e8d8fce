import type { Clock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import type { Asset } from "../../money/index.ts";
import type { HttpRequest } from "../http-client.ts";
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
}

const keptMs = 3_600_000;
/** After a failure the list is not asked for again at once: each try would cost a whole timeout. */
const pauseAfterFailureMs = 60_000;
/** The whole list, about two thousand rows with links to pictures. */
const maxBytes = 8_000_000;

type Contracts = ReadonlyMap<string, string | null>;

const keyOf = (currency: { ticker: string; network: string }): string =>
  `${currency.ticker.toLowerCase()}/${currency.network.toLowerCase()}`;

export function createCurrencyList(client: ChangenowClient, clock: Clock, warn: Warn): CurrencyList {
  let contracts: Contracts | null = null;
  let freshUntil = 0;

  /** @returns the last list we have, or null: never had one. */
  async function current(signal: AbortSignal): Promise<Contracts | null> {
    if (clock.now().getTime() < freshUntil) return contracts;
    const request: HttpRequest = {
      operation: "list_currencies",
      method: "GET",
      path: "/exchange/currencies",
      query: { active: "true" },
      maxBytes,
    };
    try {
      const rows = client.read(currenciesSchema, request, await client.ask(request, signal));
      contracts = new Map(rows.map((row) => [keyOf(row), row.tokenContract || null]));
      freshUntil = clock.now().getTime() + keptMs;
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason === "aborted") throw error;
      freshUntil = clock.now().getTime() + pauseAfterFailureMs;
      warn("ChangeNOW's currency list is out of reach", {
        reason: error.reason,
        olderList: contracts !== null,
      });
    }
    return contracts;
  }

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
      const theirs = list.get(keyOf(ticker));
      if (theirs === undefined) throw refuse("pair_inactive", "rejected", ticker);
      const matches =
        asset.contract === null ? true : theirs !== null && sameAddress(asset, asset.contract, theirs);
      if (!matches) throw refuse("contract_mismatch", "rejected", { ours: asset.contract, theirs });
      return ticker;
    },
  };
}
