import type { Clock } from "../../../clock.ts";
import type { CircuitBreaker } from "../../circuit-breaker.ts";
import type { PriceObservation, PriceSource } from "../../port.ts";
import { createCoingeckoClient } from "./client.ts";
import { toPrice, type CoinPrice } from "./mapping.ts";

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

/** They renew their answers every 20 seconds at best, and every call counts. */
const cachedMs = 20_000;
const idsPerCall = 100;
/** Two clocks never agree; a price from further ahead than this has a wrong time. */
const clockSkewMs = 120_000;

interface Cached {
  readonly price: CoinPrice | null;
  readonly fetchedAt: Date;
}

/** CoinGecko as a price source: the source's own decimal text, never a float. */
export function createCoingecko(options: CoingeckoOptions): PriceSource {
  const { clock, maxAgeMs = 600_000 } = options;
  const client = createCoingeckoClient(options);
  const cache = new Map<string, Cached>();

  const isCached = (id: string): boolean => {
    const cached = cache.get(id);
    return cached !== undefined && clock.now().getTime() - cached.fetchedAt.getTime() < cachedMs;
  };

  async function refresh(ids: readonly string[], signal: AbortSignal): Promise<void> {
    for (let start = 0; start < ids.length; start += idsPerCall) {
      const batch = ids.slice(start, start + idsPerCall);
      const prices = await client.prices(batch, signal);
      const fetchedAt = clock.now();
      for (const id of batch) cache.set(id, { price: toPrice(prices[id]), fetchedAt });
    }
  }

  function isUsable(price: CoinPrice): boolean {
    const ageMs = clock.now().getTime() - price.sourceTime.getTime();
    return ageMs <= maxAgeMs && ageMs >= -clockSkewMs;
  }

  return {
    name,
    async observe(assets, signal) {
      const ids = [...new Set(assets.map((asset) => asset.coingeckoId))].sort();
      await refresh(
        ids.filter((id) => !isCached(id)),
        signal,
      );
      const observations = new Map<string, PriceObservation>();
      for (const asset of assets) {
        const cached = cache.get(asset.coingeckoId);
        if (!cached?.price || !isUsable(cached.price)) continue;
        const { usd, sourceTime } = cached.price;
        observations.set(asset.id, { asset, usd, source: name, sourceTime, fetchedAt: cached.fetchedAt });
      }
      return observations;
    },
  };
}
