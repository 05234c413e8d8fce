import type { Clock } from "../src/clock.ts";
import { parsePrice } from "./wire-amount.ts";
import type { PricesControl } from "./types.ts";
import { Refusal, type WireAnswer, type WireRequest } from "./wire-server.ts";

/** Invented, but of the right size. Stablecoins are not exactly one dollar, because they never are. */
const startingPrices: Readonly<Record<string, string>> = {
  bitcoin: "64000",
  "wrapped-bitcoin": "63950",
  "coinbase-wrapped-btc": "63960",
  ethereum: "3125.5",
  weth: "3125.5",
  binancecoin: "590.25",
  "polygon-ecosystem-token": "0.4875",
  solana: "148.4",
  tron: "0.1625",
  aptos: "6.35",
  litecoin: "82.1",
  "the-open-network": "5.05",
  tether: "0.9996",
  "usd-coin": "0.9999",
  dai: "0.9998",
  "first-digital-usd": "0.9985",
  "binance-usd": "0.9991",
};

type Lie = Parameters<PricesControl["lie"]>[1];

export interface Coingecko extends PricesControl {
  handle(request: WireRequest): WireAnswer;
}

const unauthorized = (): never => {
  throw new Refusal(401, { status: { error_code: 10002, error_message: "API Key Missing or wrong" } });
};

/** What the answer says of one coin, as JSON text; null: the coin is left out. */
function rowText(usd: string, lie: Lie | undefined, updatedAt: number | null): string | null {
  if (lie === "missing") return null;
  const ageSeconds = typeof lie === "object" && "ageSeconds" in lie ? lie.ageSeconds : 0;
  const told =
    lie === "null" ? "null" : lie === "zero" ? "0" : typeof lie === "object" && "usd" in lie ? lie.usd : usd;
  return `{"usd":${told}${updatedAt === null ? "" : `,"last_updated_at":${updatedAt - ageSeconds}`}}`;
}

/** CoinGecko's price endpoint, and the one price table that all servers of the sandbox follow. */
export function createCoingecko({ apiKey, clock }: { apiKey: string; clock: Clock }): Coingecko {
  const prices = new Map(Object.entries(startingPrices));
  const lies = new Map<string, Lie>();

  function simplePrice(query: URLSearchParams): WireAnswer {
    const ids = query.get("ids")?.split(",") ?? [];
    if (query.get("vs_currencies") === null)
      throw new Refusal(422, { error: "Missing parameter vs_currencies" });
    const vsUsd = query.get("vs_currencies")?.split(",").includes("usd") === true;
    const now = Math.floor(clock.now().getTime() / 1000);
    const updatedAt = query.get("include_last_updated_at") === "true" ? now : null;
    const rows = ids.flatMap((id) => {
      const usd = prices.get(id);
      if (usd === undefined) return [];
      const row = vsUsd ? rowText(usd, lies.get(id), updatedAt) : "{}";
      return row === null ? [] : [`${JSON.stringify(id)}:${row}`];
    });
    // The table's own text goes onto the wire: no digit passes through a double.
    return {
      status: 200,
      body: `{${rows.join(",")}}`,
      headers: { "content-type": "application/json; charset=utf-8" },
    };
  }

  return {
    get(id) {
      const usd = prices.get(id);
      if (usd === undefined) throw new Error(`The sandbox has no price of "${id}".`);
      return usd;
    },
    set(changed) {
      for (const [id, usd] of Object.entries(changed)) {
        if (parsePrice(usd) === 0n) throw new Error('A true price is above zero; use lie(id, "zero").');
        prices.set(id, usd);
      }
    },
    lie: (id, lie) => void lies.set(id, lie),
    heal: () => lies.clear(),
    handle({ method, path, query, headers }) {
      const key = headers["x-cg-demo-api-key"] ?? query.get("x_cg_demo_api_key");
      if (key !== undefined && key !== null && key !== apiKey) unauthorized();
      if (method === "GET" && path === "/ping")
        return { status: 200, body: { gecko_says: "(V3) To the Moon!" } };
      if (method === "GET" && path === "/simple/price") return simplePrice(query);
      throw new Refusal(404, { error: "Incorrect path. Please check https://docs.coingecko.com/" });
    },
  };
}
