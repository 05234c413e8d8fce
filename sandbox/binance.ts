import { formatUnits } from "../src/money/index.ts";
import type { Clock } from "../src/clock.ts";
import type { PricesControl } from "./types.ts";
import { convertByPrice, parsePrice, wireDecimals } from "./wire-amount.ts";
import { Refusal, type WireAnswer, type WireRequest } from "./wire-server.ts";

/** Their symbols, and the id each has in the price table. */
const listed: Readonly<Record<string, string>> = {
  BTCUSDT: "bitcoin",
  ETHUSDT: "ethereum",
  BNBUSDT: "binancecoin",
  POLUSDT: "polygon-ecosystem-token",
  SOLUSDT: "solana",
  TRXUSDT: "tron",
  APTUSDT: "aptos",
  TONUSDT: "the-open-network",
  USDCUSDT: "usd-coin",
  FDUSDUSDT: "first-digital-usd",
  WBTCUSDT: "wrapped-bitcoin",
};

type Lie = Parameters<PricesControl["lie"]>[1];

export interface Binance {
  /** What Binance answers for this id of the price table; "missing": it no longer lists it. `usd` is dollars here too. */
  lie(id: string, lie: Lie): void;
  /** Trading of this id stops: its last price and time stay as they are. */
  halt(id: string): void;
  heal(): void;
  handle(request: WireRequest): WireAnswer;
}

const dayMs = 86_400_000;
const refuse = (code: number, msg: string): never => {
  throw new Refusal(400, { code, msg });
};

function readSymbols(query: URLSearchParams): { symbols: string[]; single: boolean } {
  const single = query.get("symbol");
  if (single !== null) return { symbols: [single], single: true };
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(query.get("symbols") ?? "null");
  } catch {
    // not JSON: refused below
  }
  if (!Array.isArray(parsed) || parsed.length === 0 || !parsed.every((one) => typeof one === "string"))
    return refuse(-1100, "Illegal characters found in parameter 'symbols'.");
  return { symbols: parsed, single: false };
}

/** Binance's tickers, which count in USDT: the price table's dollars by its price of tether. */
export function createBinance({ prices, clock }: { prices: PricesControl; clock: Clock }): Binance {
  const lies = new Map<string, Lie>();
  const halted = new Map<string, { lastPrice: string | null; closeTime: number }>();

  function priceOf(id: string): string | null {
    const lie = lies.get(id);
    if (lie === "null") return null;
    if (lie === "zero") return "0.00000000";
    const from = typeof lie === "object" && "usd" in lie ? lie.usd : prices.get(id);
    const units = convertByPrice(10n ** BigInt(wireDecimals), { from, to: prices.get("tether") }, "down");
    const [whole = "", fraction = ""] = formatUnits(units, wireDecimals).split(".");
    return `${whole}.${fraction.padEnd(wireDecimals, "0")}`;
  }

  function lastTrade(id: string): { lastPrice: string | null; closeTime: number } {
    const lie = lies.get(id);
    const ageMs = typeof lie === "object" && "ageSeconds" in lie ? lie.ageSeconds * 1000 : 0;
    return { lastPrice: priceOf(id), closeTime: clock.now().getTime() - ageMs };
  }

  function row(symbol: string, id: string): object {
    const { lastPrice, closeTime } = halted.get(id) ?? lastTrade(id);
    const interval = { openPrice: lastPrice, highPrice: lastPrice, lowPrice: lastPrice, lastPrice };
    const traded = { volume: "1000.00000000", quoteVolume: "1000.00000000" };
    const trades = { firstId: 1, lastId: 1000, count: 1000 };
    return { symbol, ...interval, ...traded, openTime: closeTime - dayMs, closeTime, ...trades };
  }

  function tickers(query: URLSearchParams): WireAnswer {
    const { symbols, single } = readSymbols(query);
    const wanted = query.get("symbolStatus");
    const rows = symbols.flatMap((symbol) => {
      const id = listed[symbol];
      if (id === undefined || lies.get(id) === "missing") return refuse(-1121, "Invalid symbol.");
      if (wanted === null || wanted === (halted.has(id) ? "HALT" : "TRADING")) return [row(symbol, id)];
      return single ? refuse(-1220, "The symbol's status does not match the requested symbolStatus.") : [];
    });
    return { status: 200, body: single ? (rows[0] ?? {}) : rows };
  }

  return {
    lie(id, lie) {
      if (typeof lie === "object" && "usd" in lie) parsePrice(lie.usd);
      lies.set(id, lie);
    },
    halt: (id) => void halted.set(id, lastTrade(id)),
    heal() {
      lies.clear();
      halted.clear();
    },
    handle({ method, path, query }) {
      if (method === "GET" && path === "/api/v3/ping") return { status: 200, body: {} };
      if (method === "GET" && path === "/api/v3/ticker/24hr") return tickers(query);
      throw new Refusal(404, "<html><body><h2>404 Not found</h2></body></html>");
    },
  };
}
