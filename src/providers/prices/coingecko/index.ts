import type { Clock } from "../../../clock.ts";
import type { CircuitBreaker } from "../../circuit-breaker.ts";
import type { PriceObservation, PriceSource } from "../../port.ts";
import { createKeptPrices, type MarketPrice } from "../kept-prices.ts";
import { createCoingeckoClient, type CoingeckoClient } from "./client.ts";
import { toPrice } from "./mapping.ts";

const name = "coingecko";

export interface CoingeckoOptions {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly clock: Clock;
  /** A price older than this, by the source's own time, is no price. Ten minutes unless said. */
  readonly maxAgeMs?: number;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}

const idsPerCall = 100;

async function ask(
  client: CoingeckoClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, MarketPrice | null>> {
  const prices = new Map<string, MarketPrice | null>();
  for (let start = 0; start < ids.length; start += idsPerCall) {
    const batch = ids.slice(start, start + idsPerCall);
    const answer = await client.prices(batch, signal);
    for (const id of batch) prices.set(id, toPrice(answer[id]));
  }
  return prices;
}

/** CoinGecko as a price source: the source's own decimal text, never a float. */
export function createCoingecko(options: CoingeckoOptions): PriceSource {
  const { clock, maxAgeMs = 600_000 } = options;
  const client = createCoingeckoClient(options);
  const pricesOf = createKeptPrices({ clock, maxAgeMs, ask: (ids, signal) => ask(client, ids, signal) });
  return {
    name,
    async observe(assets, signal) {
      const prices = await pricesOf(
        assets.map((asset) => asset.coingeckoId),
        signal,
      );
      const observations = new Map<string, PriceObservation>();
      for (const asset of assets) {
        const found = prices.get(asset.coingeckoId);
        if (!found) continue;
        const { price: usd, sourceTime, fetchedAt } = found;
        observations.set(asset.id, { asset, usd, source: name, sourceTime, fetchedAt });
      }
      return observations;
    },
  };
}
