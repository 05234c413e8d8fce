import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { manualClock, type Clock } from "../../../clock.ts";
import { formatUnits, parseProviderUnits, registry, type Asset } from "../../../money/index.ts";
import type { CircuitBreaker } from "../../circuit-breaker.ts";
import { contractTimeoutMs, describePriceSource, useServer } from "../../contract.ts";
import type { PriceSource } from "../../port.ts";
import type { ReceivedRequest, Reply } from "../../programmable-server.ts";
import { createBinance } from "./index.ts";

const fixture = readFileSync(new URL("./fixtures/tickers.json", import.meta.url), "utf8");
const start = new Date("2026-01-15T10:00:00Z"); // 1768471200
const never = new AbortController().signal;
const ether = registry.get("ethereum:ETH");
const tether = registry.get("ethereum:USDT");
const assets = (...ids: string[]): Asset[] => ids.map((id) => registry.get(id));

/** Others' word on USDT; null: they have none. */
const dollars = (usd: string | null, sourceTime = new Date(start.getTime() - 5_000)): PriceSource => ({
  name: "dollars",
  observe: () =>
    Promise.resolve(
      new Map(
        usd === null
          ? []
          : [[tether.id, { asset: tether, usd, source: "dollars", sourceTime, fetchedAt: start }]],
      ),
    ),
});

interface Given {
  readonly clock?: Clock;
  readonly circuit?: CircuitBreaker | undefined;
  readonly prices?: PriceSource;
}
const make = (url: string, { clock = manualClock(start), circuit, prices = dollars("1") }: Given = {}) =>
  createBinance({
    baseUrl: url,
    usdt: { asset: tether, prices },
    clock,
    circuit,
    timeoutMs: contractTimeoutMs,
  });
const priced = (price: string, at = 1_768_471_190_000) =>
  `[{"symbol":"ETHUSDT","lastPrice":${price},"closeTime":${at}}]`;
const symbolsOf = ({ query }: ReceivedRequest): string[] =>
  JSON.parse(query.get("symbols") ?? "[]") as string[];

describePriceSource(
  "binance",
  { make: (url, circuit) => make(url, { circuit }), secrets: [] },
  {
    asset: ether,
    answer: (price) => priced(price),
    usd: (price) => formatUnits(parseProviderUnits(price, 36, "down"), 36),
  },
);

describe("binance", () => {
  const server = useServer();
  const observe = (asked: readonly Asset[], given?: Given) =>
    make(server.current().url, given).observe(asked, never);

  test("asks once for each symbol that trades now, and tells dollars: its USDT times the price of USDT", async () => {
    server.current().answer({ body: fixture });
    const before = server.current().requests.length;
    const seen = await observe(assets("ethereum:ETH", "base:ETH"), { prices: dollars("0.9996") });
    expect([...seen.keys()].sort()).toEqual(["base:ETH", "ethereum:ETH"]);
    expect(seen.get("base:ETH")).toEqual({
      asset: registry.get("base:ETH"),
      usd: "3118.871952",
      source: "binance",
      sourceTime: new Date(1_768_471_190_000),
      fetchedAt: start,
    });
    expect(server.current().requests).toHaveLength(before + 1);
    const request = server.current().requests.at(-1)!;
    expect(request.path).toBe("/api/v3/ticker/24hr");
    expect(Object.fromEntries(request.query)).toEqual({
      symbols: '["ETHUSDT"]',
      type: "MINI",
      symbolStatus: "TRADING",
    });
  });

  test("a price is as old as the older of the two it is made of", async () => {
    server.current().answer({ body: priced('"3120.5"') });
    const usdtTime = new Date(start.getTime() - 300_000);
    const seen = await observe([ether], { prices: dollars("1", usdtTime) });
    expect(seen.get(ether.id)?.sourceTime).toEqual(usdtTime);
  });

  test("USDT is never taken for a dollar: without its price there is none of anything, and a de-peg is passed on", async () => {
    server.current().answer({ body: priced('"3000"') });
    await expect(observe([ether], { prices: dollars(null) })).rejects.toMatchObject({
      failure: "retryable",
      reason: "usdt_without_price",
    });
    expect((await observe([ether], { prices: dollars("0.87") })).get(ether.id)?.usd).toBe("2610");
  });

  test("USDT itself and coins without a symbol are missing, and nobody is asked", async () => {
    const before = server.current().requests.length;
    expect((await observe(assets("ethereum:USDT", "tron:USDT", "ethereum:WETH"))).size).toBe(0);
    expect(server.current().requests).toHaveLength(before);
  });

  test("no row, a null price, a stale one, one without its time and zero are missing", async () => {
    server.current().answer({ body: fixture });
    const asked = assets("tron:TRX", "aptos:APT", "solana:SOL", "bnb-smart-chain:BNB", "bitcoin:BTC");
    expect((await observe(asked)).size).toBe(0);
  });

  test("a symbol they no longer list takes no price from the others", async () => {
    server.current().answer((request): Reply => {
      if (symbolsOf(request).includes("TRXUSDT"))
        return { status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' };
      return { body: fixture };
    });
    const seen = await observe(assets("tron:TRX", "ethereum:ETH"));
    expect([...seen.keys()]).toEqual(["ethereum:ETH"]);
    expect(server.current().requests.slice(-3).map(symbolsOf).sort()).toEqual([
      ["ETHUSDT"],
      ["ETHUSDT", "TRXUSDT"],
      ["TRXUSDT"],
    ]);
  });

  test.each([
    [600, true],
    [601, false],
    [-120, true],
    [-121, false],
  ])("a price %i seconds old: usable %s", async (ageSeconds, usable) => {
    server.current().answer({ body: priced('"3120.5"', 1_768_471_200_000 - ageSeconds * 1000) });
    expect((await observe([ether])).has(ether.id)).toBe(usable);
  });

  test("their prices are kept 20 seconds; what USDT is worth is asked each time", async () => {
    const clock = manualClock(start);
    server.current().answer({ body: priced('"3000"') });
    let usdt = dollars("1");
    const prices: PriceSource = { name: "dollars", observe: (...asked) => usdt.observe(...asked) };
    const source = make(server.current().url, { clock, prices });
    const before = server.current().requests.length;
    expect((await source.observe([ether], never)).get(ether.id)?.usd).toBe("3000");
    clock.advance(19_999);
    usdt = dollars("0.5");
    expect((await source.observe([ether], never)).get(ether.id)?.usd).toBe("1500");
    expect(server.current().requests).toHaveLength(before + 1);
    clock.advance(1);
    await source.observe([ether], never);
    expect(server.current().requests).toHaveLength(before + 2);
  });

  test("a price beyond all reason is none", async () => {
    server.current().answer({ body: priced(`"1${"0".repeat(30)}"`) });
    expect((await observe([ether])).size).toBe(0);
  });
});
