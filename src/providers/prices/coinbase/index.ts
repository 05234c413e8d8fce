import type { Clock } from "../../../clock.ts";
import { ProviderError } from "../../../errors.ts";
import type { CircuitBreaker } from "../../circuit-breaker.ts";
import type { PriceObservation, PriceSource } from "../../port.ts";
import { createKeptPrices, type MarketPrice } from "../kept-prices.ts";
import { createCoinbaseClient, type CoinbaseClient } from "./client.ts";
import { toPrice } from "./mapping.ts";
import { products } from "./products.ts";

const name = "coinbase";

export interface CoinbaseOptions {
  readonly baseUrl: string;
  readonly clock: Clock;
  /** A last trade older than this is no price. Ten minutes unless said. */
  readonly maxAgeMs?: number;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}

/** One call a product, all at once: one that fails leaves the others their price. @throws when every one fails */
async function ask(
  client: CoinbaseClient,
  asked: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, MarketPrice | null>> {
  const prices = new Map<string, MarketPrice | null>();
  const failures: unknown[] = [];
  await Promise.all(
    asked.map(async (product) => {
      try {
        prices.set(product, toPrice(await client.ticker(product, signal)));
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        failures.push(error);
      }
    }),
  );
  if (prices.size === 0) throw failures[0];
  return prices;
}

/** Coinbase's exchange as a price source: its last trade in dollars, with the trade's time. */
export function createCoinbase(options: CoinbaseOptions): PriceSource {
  const { clock, maxAgeMs = 600_000 } = options;
  const client = createCoinbaseClient(options);
  const pricesOf = createKeptPrices({
    clock,
    maxAgeMs,
    ask: (asked, signal) => ask(client, asked, signal),
  });
  return {
    name,
    listedBy: ({ coingeckoId }) => (products.has(coingeckoId) ? [name] : []),
    async observe(assets, signal) {
      const listed = assets.flatMap((asset) => {
        const product = products.get(asset.coingeckoId);
        return product === undefined ? [] : [{ asset, product }];
      });
      const prices = await pricesOf(
        listed.map(({ product }) => product),
        signal,
      );
      const observations = new Map<string, PriceObservation>();
      for (const { asset, product } of listed) {
        const found = prices.get(product);
        if (!found) continue;
        const { price: usd, sourceTime, fetchedAt } = found;
        observations.set(asset.id, { asset, usd, source: name, sourceTime, fetchedAt });
      }
      return observations;
    },
  };
}
