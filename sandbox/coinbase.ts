import type { Clock } from "../src/clock.ts";
import type { PricesControl } from "./types.ts";
import { parsePrice } from "./wire-amount.ts";
import { Refusal, type WireAnswer, type WireRequest } from "./wire-server.ts";

/** Their products, and the id each has in the price table. */
const listed: Readonly<Record<string, string>> = {
  "BTC-USD": "bitcoin",
  "ETH-USD": "ethereum",
  "SOL-USD": "solana",
  "APT-USD": "aptos",
  "POL-USD": "polygon-ecosystem-token",
  "USDT-USD": "tether",
  "DAI-USD": "dai",
  "LTC-USD": "litecoin",
};

type Lie = Parameters<PricesControl["lie"]>[1];

export interface Coinbase {
  /** What Coinbase answers for this id of the price table; "missing": it no longer lists it. */
  lie(id: string, lie: Lie): void;
  heal(): void;
  handle(request: WireRequest): WireAnswer;
}

const notFound = (): never => {
  throw new Refusal(404, { message: "NotFound" });
};

/** Coinbase's exchange ticker: the price table's own text, with the time of a trade that just happened. */
export function createCoinbase({ prices, clock }: { prices: PricesControl; clock: Clock }): Coinbase {
  const lies = new Map<string, Lie>();

  function ticker(id: string): WireAnswer {
    const lie = lies.get(id);
    if (lie === "missing") return notFound();
    const told = typeof lie === "object" && "usd" in lie ? lie.usd : prices.get(id);
    const price = lie === "null" ? null : lie === "zero" ? "0" : told;
    const ageMs = typeof lie === "object" && "ageSeconds" in lie ? lie.ageSeconds * 1000 : 0;
    // Theirs have six digits after the second.
    const time = new Date(clock.now().getTime() - ageMs).toISOString().replace("Z", "123Z");
    const book = { ask: price, bid: price, volume: "1000.00000000", trade_id: 1000, size: "0.01000000" };
    return { status: 200, body: { ...book, price, time } };
  }

  return {
    lie(id, lie) {
      if (typeof lie === "object" && "usd" in lie) parsePrice(lie.usd);
      lies.set(id, lie);
    },
    heal: () => lies.clear(),
    handle({ method, path, headers }) {
      if (!headers["user-agent"]) throw new Refusal(400, { message: "User-Agent header is required." });
      const product = /^\/products\/([^/]+)\/ticker$/.exec(path)?.[1] ?? "";
      const id = listed[product];
      return method === "GET" && id !== undefined ? ticker(id) : notFound();
    },
  };
}
