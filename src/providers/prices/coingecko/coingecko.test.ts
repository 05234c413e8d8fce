import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { manualClock } from "../../../clock.ts";
import { registry, type Asset } from "../../../money/index.ts";
import type { CircuitBreaker } from "../../circuit-breaker.ts";
import { contractTimeoutMs, describePriceSource, useServer } from "../../contract.ts";
import { createCoingecko } from "./index.ts";

const fixture = readFileSync(new URL("./fixtures/prices.json", import.meta.url), "utf8");
const start = new Date("2026-01-15T10:00:00Z"); // 1768471200
const apiKey = "CG-example-key-0001";
const never = new AbortController().signal;
const ether = registry.get("ethereum:ETH");

const make = (baseUrl: string, clock = manualClock(start), circuit?: CircuitBreaker) =>
  createCoingecko({ baseUrl: `${baseUrl}/api/v3`, apiKey, clock, circuit, timeoutMs: contractTimeoutMs });
const priced = (price: string, at = 1_768_471_190) => `{"ethereum":{"usd":${price},"last_updated_at":${at}}}`;

describePriceSource(
  "coingecko",
  { make: (url, circuit) => make(url, manualClock(start), circuit), secrets: [apiKey] },
  { asset: ether, answer: (price) => priced(price) },
);

describe("coingecko", () => {
  const server = useServer();
  const observe = (assets: readonly Asset[], clock = manualClock(start)) =>
    make(server.current().url, clock).observe(assets, never);

  test("asks once for each coin, always with its time and all its digits", async () => {
    server.current().answer({ body: fixture });
    const asked = ["ethereum:ETH", "base:ETH", "tron:USDT", "ethereum:USDT"].map((id) => registry.get(id));
    const seen = await observe(asked);
    expect([...seen.keys()].sort()).toEqual(["base:ETH", "ethereum:ETH", "ethereum:USDT", "tron:USDT"]);
    expect(seen.get("base:ETH")).toEqual({
      asset: registry.get("base:ETH"),
      usd: "3120.123456789012345",
      source: "coingecko",
      sourceTime: new Date(1_768_471_190_000),
      fetchedAt: start,
    });
    const request = server.current().requests.at(-1)!;
    expect(request).toMatchObject({ path: "/api/v3/simple/price", headers: { "x-cg-demo-api-key": apiKey } });
    expect(Object.fromEntries(request.query)).toEqual({
      ids: "ethereum,tether",
      vs_currencies: "usd",
      include_last_updated_at: "true",
      precision: "full",
    });
  });

  test("an unknown coin, a null price, a stale one and one without its time are missing", async () => {
    server.current().answer({ body: fixture });
    const assets = ["tron:TRX", "aptos:APT", "solana:SOL", "bnb-smart-chain:BNB"].map((id) =>
      registry.get(id),
    );
    expect((await observe(assets)).size).toBe(0);
  });

  test.each([
    [600, true],
    [601, false],
    [-120, true],
    [-121, false],
  ])("a price %i seconds old: usable %s", async (ageSeconds, usable) => {
    server.current().answer({ body: priced("3120.5", 1_768_471_200 - ageSeconds) });
    expect((await observe([ether])).has(ether.id)).toBe(usable);
  });

  test("answers are kept 20 seconds, and a kept price still grows old", async () => {
    const clock = manualClock(start);
    server.current().answer({ body: priced("3120.5", 1_768_471_200 - 590) });
    const source = make(server.current().url, clock);
    const before = server.current().requests.length;
    expect((await source.observe([ether], never)).size).toBe(1);
    clock.advance(11_000);
    expect((await source.observe([ether], never)).size).toBe(0);
    expect(server.current().requests.length - before).toBe(1);
    clock.advance(10_000);
    await source.observe([ether], never);
    expect(server.current().requests.length - before).toBe(2);
  });

  test("many coins go in batches; none is no call", async () => {
    server.current().answer({ body: "{}" });
    const before = server.current().requests.length;
    const many = Array.from({ length: 230 }, (_, index) => ({
      ...ether,
      id: `x:${index}`,
      coingeckoId: `coin-${index}`,
    }));
    expect((await observe(many)).size).toBe(0);
    expect(server.current().requests.length - before).toBe(3);
    expect((await observe([])).size).toBe(0);
    expect(server.current().requests.length - before).toBe(3);
  });

  test.each([
    [200, '{"status":{"error_code":429,"error_message":"slow down"}}', "retryable malformed_answer"],
    [200, '{"error":"not now"}', "retryable malformed_answer"],
    [401, '{"status":{"error_code":10002,"error_message":"missing key"}}', "rejected unauthorized"],
    [403, "error code: 1020", "rejected unauthorized"],
    [400, '{"status":{"error_code":10011,"error_message":"wrong host"}}', "rejected refused"],
    [408, "", "retryable refused"],
    [503, "<html>", "retryable server_error"],
  ])("%i %s is %s", async (status, body, verdict) => {
    server.current().answer({ status, body });
    const error = await observe([ether]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ failure: verdict.split(" ")[0], reason: verdict.split(" ")[1] });
  });
});
