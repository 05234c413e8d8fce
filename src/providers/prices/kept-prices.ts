import type { Clock } from "../../clock.ts";
import { isFresh } from "./freshness.ts";

/** What a source says of one thing: decimal text above zero, in the currency it quotes, and when that was so. */
export interface MarketPrice {
  readonly price: string;
  readonly sourceTime: Date;
}

export interface KeptPrice extends MarketPrice {
  readonly fetchedAt: Date;
}

export interface KeptPricesOptions {
  readonly clock: Clock;
  /** A price older than this, by the source's own time, is no price. */
  readonly maxAgeMs: number;
  /**
   * Asks the source. `null`: it has no usable price of that key. A key left out was not answered, and is asked for again
   * the next time. @throws {ProviderError}
   */
  readonly ask: (
    keys: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, MarketPrice | null>>;
}

/** Sources renew their answers every few seconds at best, and every call counts. */
const keptMs = 20_000;

/** @throws {ProviderError} */
type PricesOf = (keys: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, KeptPrice>>;

/**
 * Prices by the source's own key, asked for in one go and kept for 20 seconds. What has no price, or one that has grown
 * too old meanwhile, is missing.
 */
export function createKeptPrices({ clock, maxAgeMs, ask }: KeptPricesOptions): PricesOf {
  interface Entry {
    readonly price: MarketPrice | null;
    readonly fetchedAt: Date;
  }
  const kept = new Map<string, Entry>();

  const isKept = ({ fetchedAt }: Entry): boolean => clock.now().getTime() - fetchedAt.getTime() < keptMs;

  async function askAnew(keys: readonly string[], signal: AbortSignal): Promise<[string, Entry][]> {
    if (keys.length === 0) return [];
    const answered = await ask(keys, signal);
    const fetchedAt = clock.now();
    const entries = [...answered].map(([key, price]): [string, Entry] => [key, { price, fetchedAt }]);
    for (const [key, entry] of entries) kept.set(key, entry);
    return entries;
  }

  return async (keys, signal) => {
    const unique = [...new Set(keys)].sort();
    // Read before anything is waited for: another caller's question may replace or outdate them meanwhile.
    const atHand = unique.flatMap((key): [string, Entry][] => {
      const entry = kept.get(key);
      return entry && isKept(entry) ? [[key, entry]] : [];
    });
    const known = new Set(atHand.map(([key]) => key));
    const asked = await askAnew(
      unique.filter((key) => !known.has(key)),
      signal,
    );
    const found = new Map<string, KeptPrice>();
    for (const [key, { price, fetchedAt }] of [...atHand, ...asked])
      if (price && isFresh(price.sourceTime, clock.now(), maxAgeMs)) found.set(key, { ...price, fetchedAt });
    return found;
  };
}
