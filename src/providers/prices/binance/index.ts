import type { Clock } from "../../../clock.ts";
import { ProviderError } from "../../../errors.ts";
import type { Asset } from "../../../money/index.ts";
import type { CircuitBreaker } from "../../circuit-breaker.ts";
import type { PriceObservation, PriceSource } from "../../port.ts";
import { createKeptPrices, type KeptPrice, type MarketPrice } from "../kept-prices.ts";
import { multiplyPrices, priceText, readPrice } from "../price-units.ts";
import { createBinanceClient, type BinanceClient } from "./client.ts";
import { toPrice } from "./mapping.ts";
import { symbols } from "./symbols.ts";

const name = "binance";

export interface BinanceOptions {
  /** Their base endpoint, without a path. */
  readonly baseUrl: string;
  /** USDT, which they count in, and who tells its price in dollars: sources that do not ask Binance. */
  readonly usdt: { readonly asset: Asset; readonly prices: PriceSource };
  readonly clock: Clock;
  /** A price older than this, by the source's own time, is no price. Ten minutes unless said. */
  readonly maxAgeMs?: number;
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly circuit?: CircuitBreaker;
}

async function ask(
  client: BinanceClient,
  asked: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, MarketPrice | null>> {
  const rows = new Map((await client.tickers(asked, signal)).map((row) => [row.symbol, row]));
  return new Map(asked.map((symbol) => [symbol, toPrice(rows.get(symbol))]));
}

const earlier = (left: Date, right: Date): Date => (left < right ? left : right);

/** What USDT is worth in dollars. It is never taken for exactly one. @throws {ProviderError} nobody can tell */
async function dollarsOf(
  { asset, prices }: BinanceOptions["usdt"],
  signal: AbortSignal,
): Promise<PriceObservation> {
  const dollars = (await prices.observe([asset], signal)).get(asset.id);
  if (dollars) return dollars;
  throw new ProviderError({
    provider: name,
    operation: "observe",
    failure: "retryable",
    reason: "usdt_without_price",
    message: "Binance counts in USDT, and USDT has no price in dollars now.",
  });
}

/** The price in USDT times that of USDT, rounded down at 36 digits; as old as the older of the two. Null: no price. */
function toObservation(asset: Asset, found: KeptPrice, usdt: PriceObservation): PriceObservation | null {
  const [price, dollars] = [readPrice(found.price), readPrice(usdt.usd)];
  if (price === null || dollars === null) return null;
  const usd = multiplyPrices(price, dollars);
  if (usd === 0n) return null;
  return {
    asset,
    usd: priceText(usd),
    source: name,
    sourceTime: usdt.sourceTime && earlier(found.sourceTime, usdt.sourceTime),
    fetchedAt: earlier(found.fetchedAt, usdt.fetchedAt),
  };
}

/** Binance as a price source: its last price in USDT, in dollars by what others say USDT is worth. */
export function createBinance(options: BinanceOptions): PriceSource {
  const { clock, maxAgeMs = 600_000, usdt } = options;
  const client = createBinanceClient(options);
  const pricesOf = createKeptPrices({
    clock,
    maxAgeMs,
    ask: (asked, signal) => ask(client, asked, signal),
  });
  return {
    name,
    listedBy: ({ coingeckoId }) => (symbols.has(coingeckoId) ? [name] : []),
    async observe(assets, signal) {
      const observations = new Map<string, PriceObservation>();
      const listed = assets.flatMap((asset) => {
        const symbol = symbols.get(asset.coingeckoId);
        return symbol === undefined ? [] : [{ asset, symbol }];
      });
      if (listed.length === 0) return observations;
      const [prices, dollars] = await Promise.all([
        pricesOf(
          listed.map(({ symbol }) => symbol),
          signal,
        ),
        dollarsOf(usdt, signal),
      ]);
      for (const { asset, symbol } of listed) {
        const found = prices.get(symbol);
        const observation = found ? toObservation(asset, found, dollars) : null;
        if (observation) observations.set(asset.id, observation);
      }
      return observations;
    },
  };
}
