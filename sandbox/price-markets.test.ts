import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { manualClock } from "../src/clock.ts";
import { registry } from "../src/money/index.ts";
import { createBinance as binanceAdapter } from "../src/providers/prices/binance/index.ts";
import { createCoinbase as coinbaseAdapter } from "../src/providers/prices/coinbase/index.ts";
import { createCoingecko as coingeckoAdapter } from "../src/providers/prices/coingecko/index.ts";
import { createMedianPrices } from "../src/providers/prices/median/index.ts";
import { createBackground } from "./background.ts";
import { createBinance } from "./binance.ts";
import { createCoinbase } from "./coinbase.ts";
import { createCoingecko } from "./coingecko.ts";
import { startWireServer, type WireAnswer, type WireRequest, type WireServer } from "./wire-server.ts";

const clock = manualClock(new Date("2026-01-15T10:00:00Z"));
const never = new AbortController().signal;
const prices = createCoingecko({ apiKey: "sandbox-key", clock });
const markets = {
  coingecko: prices,
  binance: createBinance({ prices, clock }),
  coinbase: createCoinbase({ prices, clock }),
};
const background = createBackground();
const servers: WireServer[] = [];
const urls = { coingecko: "", binance: "", coinbase: "" };

beforeAll(async () => {
  const serve = async (prefix: string, { handle }: { handle: (request: WireRequest) => WireAnswer }) => {
    const server = await startWireServer({ world: null, prefix, port: undefined, clock, background, handle });
    servers.push(server);
    return server.url;
  };
  urls.coingecko = await serve("/api/v3", markets.coingecko);
  urls.binance = await serve("", markets.binance);
  urls.coinbase = await serve("", markets.coinbase);
});
afterEach(() => {
  for (const market of Object.values(markets)) market.heal();
  clock.advance(60_000); // what the adapters keep is over
});
afterAll(async () => {
  await background.stop();
  for (const server of servers) await server.close();
});

/** The three of them joined as an engine joins them: what USDT is worth is told by those that count in dollars. */
function join() {
  const warn = () => undefined;
  const limits = { maxAgeMs: 60_000, maxDivergenceBps: 100, leastSources: 2 };
  const coingecko = coingeckoAdapter({ baseUrl: urls.coingecko, clock });
  const coinbase = coinbaseAdapter({ baseUrl: urls.coinbase, clock });
  const dollars = createMedianPrices({ sources: [coingecko, coinbase], clock, limits, warn });
  const usdt = { asset: registry.get("ethereum:USDT"), prices: dollars };
  const binance = binanceAdapter({ baseUrl: urls.binance, usdt, clock });
  return createMedianPrices({ sources: [coingecko, coinbase, binance], clock, limits, warn });
}

async function seen(id: string) {
  const found = (await join().observeAll([registry.get(id)], never)).get(id);
  return found && { usd: found.usd, parts: found.parts.length, rejected: found.rejected };
}

test("all three follow one price table, Binance through its USDT", async () => {
  expect(await seen("ethereum:ETH")).toEqual({ usd: "3125.5", parts: 3, rejected: [] });
  prices.set({ ethereum: "2000.25", tether: "0.97" });
  clock.advance(20_000);
  expect(await seen("ethereum:ETH")).toEqual({ usd: "2000.25", parts: 3, rejected: [] });
  prices.set({ ethereum: "3125.5", tether: "0.9996" });
});

test("a coin that two of them list has two parts", async () => {
  expect(await seen("tron:TRX")).toMatchObject({ parts: 2, rejected: [] });
  expect(await seen("tron:USDT")).toEqual({ usd: "0.9996", parts: 2, rejected: [] });
});

test.each(["coingecko", "binance", "coinbase"] as const)("a lie of %s moves nothing", async (liar) => {
  markets[liar].lie("ethereum", { usd: "9000" });
  expect(await seen("ethereum:ETH")).toMatchObject({
    usd: expect.stringMatching(/^3125\.(5$|4999)/) as string,
    rejected: [{ source: liar, reason: "diverges" }],
  });
  markets[liar].lie("ethereum", { ageSeconds: 61 });
  expect((await seen("ethereum:ETH"))?.rejected).toEqual([{ source: liar, reason: "stale" }]);
  for (const lie of ["missing", "null", "zero"] as const) {
    markets[liar].lie("ethereum", lie);
    expect(await seen("ethereum:ETH")).toMatchObject({ parts: 2, rejected: [] });
  }
});

test("sources of USDT in dollars that disagree take Binance away, and no more", async () => {
  markets.coinbase.lie("tether", { usd: "0.9" });
  expect(await seen("ethereum:ETH")).toEqual({
    usd: "3125.5",
    parts: 2,
    rejected: [{ source: "binance", reason: "unavailable" }],
  });
});

test("a symbol that no longer trades keeps its last price on the wire, but not for who asks for trading ones", async () => {
  markets.binance.halt("ethereum");
  const ask = async (query: string) => (await fetch(`${urls.binance}/api/v3/ticker/24hr?${query}`)).json();
  expect(await ask("symbol=ETHUSDT")).toMatchObject({ symbol: "ETHUSDT", lastPrice: "3126.75070028" });
  expect(await ask("symbol=ETHUSDT&symbolStatus=TRADING")).toMatchObject({ code: -1220 });
  expect(await ask('symbols=["ETHUSDT","BNBUSDT"]&symbolStatus=TRADING')).toMatchObject([
    { symbol: "BNBUSDT" },
  ]);
  expect(await ask('symbols=["NOPEUSDT"]')).toMatchObject({ code: -1121 });
  expect(await ask("symbols=nonsense")).toMatchObject({ code: -1100 });
  expect(await seen("ethereum:ETH")).toMatchObject({ parts: 2, rejected: [] });
});
