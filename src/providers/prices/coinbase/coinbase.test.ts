import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { manualClock } from "../../../clock.ts";
import { registry, type Asset } from "../../../money/index.ts";
import type { CircuitBreaker } from "../../circuit-breaker.ts";
import { contractTimeoutMs, describePriceSource, useServer } from "../../contract.ts";
import type { Reply } from "../../programmable-server.ts";
import { createCoinbase } from "./index.ts";

const fixture = readFileSync(new URL("./fixtures/ticker.json", import.meta.url), "utf8");
const start = new Date("2026-01-15T10:00:00Z");
const never = new AbortController().signal;
const ether = registry.get("ethereum:ETH");
const assets = (...ids: string[]): Asset[] => ids.map((id) => registry.get(id));
const before = (ageMs: number): string => new Date(start.getTime() - ageMs).toISOString();

const make = (baseUrl: string, clock = manualClock(start), circuit?: CircuitBreaker) =>
  createCoinbase({ baseUrl, clock, circuit, timeoutMs: contractTimeoutMs });
const priced = (price: string, time = before(10_000)) =>
  `{"trade_id":1,"price":${price},"size":"0.1","time":"${time}"}`;
const notListed: Reply = { status: 404, body: '{"message":"NotFound"}' };

describePriceSource(
  "coinbase",
  { make: (url, circuit) => make(url, manualClock(start), circuit), secrets: [] },
  { asset: ether, answer: (price) => priced(price) },
);

describe("coinbase", () => {
  const server = useServer();
  const observe = (asked: readonly Asset[], clock = manualClock(start)) =>
    make(server.current().url, clock).observe(asked, never);

  test("asks once for each product, says who asks, and reads the time of the last trade", async () => {
    server.current().answer({ body: fixture });
    const asked = server.current().requests.length;
    const seen = await observe(assets("ethereum:ETH", "base:ETH", "tron:USDT", "ethereum:USDT"));
    expect([...seen.keys()].sort()).toEqual(["base:ETH", "ethereum:ETH", "ethereum:USDT", "tron:USDT"]);
    expect(seen.get("base:ETH")).toEqual({
      asset: registry.get("base:ETH"),
      usd: "3120.12",
      source: "coinbase",
      sourceTime: new Date("2026-01-15T09:59:50.123Z"),
      fetchedAt: start,
    });
    const requests = server.current().requests.slice(asked);
    expect(requests.map(({ path }) => path).sort()).toEqual([
      "/products/ETH-USD/ticker",
      "/products/USDT-USD/ticker",
    ]);
    expect(requests[0]!.headers["user-agent"]).toBe("spillway");
  });

  test("coins without a product are missing, and nobody is asked", async () => {
    const asked = server.current().requests.length;
    expect((await observe(assets("tron:TRX", "ethereum:USDC", "ethereum:WETH"))).size).toBe(0);
    expect(server.current().requests).toHaveLength(asked);
  });

  test.each<[string, Reply]>([
    ["they no longer list", notListed],
    ["that fails", { status: 503 }],
    ["that answers nonsense", { body: "<html>" }],
    ["that hangs", "hang"],
  ])("a product %s takes no price from the others", async (_, reply) => {
    server.current().answer(({ path }) => (path.includes("SOL-USD") ? reply : { body: fixture }));
    expect([...(await observe(assets("solana:SOL", "ethereum:ETH"))).keys()]).toEqual(["ethereum:ETH"]);
  });

  test("a product that failed is asked for again at once; one that answered is kept 20 seconds", async () => {
    const clock = manualClock(start);
    const source = make(server.current().url, clock);
    const both = assets("solana:SOL", "ethereum:ETH");
    server.current().answer(({ path }) => (path.includes("SOL-USD") ? { status: 503 } : { body: fixture }));
    await source.observe(both, never);
    server.current().answer({ body: priced('"150"') });
    const asked = server.current().requests.length;
    const seen = await source.observe(both, never);
    expect(seen.get("solana:SOL")?.usd).toBe("150");
    expect(seen.get("ethereum:ETH")?.usd).toBe("3120.12");
    expect(
      server
        .current()
        .requests.slice(asked)
        .map(({ path }) => path),
    ).toEqual(["/products/SOL-USD/ticker"]);
    clock.advance(20_000);
    expect((await source.observe(both, never)).get("ethereum:ETH")?.usd).toBe("150");
  });

  test.each([
    [600_000, true],
    [600_001, false],
    [-120_000, true],
    [-120_001, false],
  ])("a last trade %i ms old: usable %s", async (ageMs, usable) => {
    server.current().answer({ body: priced('"3120.5"', before(ageMs)) });
    expect((await observe([ether])).has(ether.id)).toBe(usable);
  });

  test.each(["", "yesterday", "1768471190"])("a trade at %j has no price", async (time) => {
    server.current().answer({ body: priced('"3120.5"', time) });
    expect((await observe([ether])).size).toBe(0);
  });
});
