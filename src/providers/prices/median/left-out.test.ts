import { describe, expect, test } from "vitest";
import { manualClock } from "../../../clock.ts";
import { registry } from "../../../money/index.ts";
import type { PriceSource } from "../../port.ts";
import { createBinance } from "../binance/index.ts";
import { createCoinbase } from "../coinbase/index.ts";
import { createCoingecko } from "../coingecko/index.ts";
import { createMedianPrices } from "./index.ts";

const clock = manualClock(new Date("2026-01-15T10:00:00Z"));
const never = new AbortController().signal;
const limits = { maxAgeMs: 600_000, maxDivergenceBps: 200 };
const offered = registry.all.filter((asset) => asset.offered);

/** All the world is well and says 1; Binance in rows, of what it was asked. */
const everybody: typeof globalThis.fetch = (input) => {
  const url = new URL(input instanceof Request ? input.url : input);
  const now = clock.now().getTime();
  const ids = (url.searchParams.get("ids") ?? "").split(",");
  const symbols = JSON.parse(url.searchParams.get("symbols") ?? "[]") as string[];
  const body = url.host.includes("coingecko")
    ? Object.fromEntries(ids.map((id) => [id, { usd: 1, last_updated_at: Math.floor(now / 1000) }]))
    : url.host.includes("binance")
      ? symbols.map((symbol) => ({ symbol, lastPrice: "1", closeTime: now }))
      : { price: "1", time: clock.now().toISOString() };
  return Promise.resolve(Response.json(body));
};

const common = { clock, fetch: everybody };
const median = (sources: PriceSource[], leastSources = 2) =>
  createMedianPrices({ sources, clock, warn: () => undefined, limits: { ...limits, leastSources } });
const coingecko = createCoingecko({ baseUrl: "https://api.coingecko.com/api/v3", ...common });
const coinbase = createCoinbase({ baseUrl: "https://api.exchange.coinbase.com", ...common });
const usdt = { asset: registry.get("ethereum:USDT"), prices: median([coingecko, coinbase], 1) };
const binance = createBinance({ baseUrl: "https://api.binance.com", usdt, ...common });

describe("a source that cannot be asked in this country is left out", () => {
  test.each([
    ["none", [coingecko, binance, coinbase]],
    ["binance", [coingecko, coinbase]],
    ["coinbase", [coingecko, binance]],
    ["coingecko", [binance, coinbase]],
  ])(
    "%s left out: what anybody lists has a price, and of the rest it is known beforehand",
    async (_, sources) => {
      const prices = median(sources);
      const seen = await prices.observe(offered, never);
      const unlisted = offered.filter((asset) => prices.listedBy(asset).length === 0);
      const unpriced = offered.filter(({ id }) => !seen.has(id));
      expect(unpriced.map(({ id }) => id)).toEqual(unlisted.map(({ id }) => id));
      if (sources.includes(coingecko)) expect(unpriced).toEqual([]);
    },
  );
});

test("one that refuses the country is as good as left out; one that is silent lowers nothing", async () => {
  const answering =
    (status: number): typeof globalThis.fetch =>
    (input) =>
      new URL(input instanceof Request ? input.url : input).host.includes("binance")
        ? Promise.resolve(Response.json({ code: 0 }, { status }))
        : everybody(input);
  const lacking = async (status: number) => {
    const source = createBinance({
      baseUrl: "https://api.binance.com",
      usdt,
      clock,
      fetch: answering(status),
    });
    const seen = await median([coingecko, source, coinbase]).observe(offered, never);
    return offered.filter(({ id }) => !seen.has(id)).map(({ symbol }) => symbol);
  };
  expect(await lacking(451)).toEqual([]);
  expect(await lacking(503)).toEqual(expect.arrayContaining(["TRX", "BNB", "USDC"]));
});

const tron = registry.get("tron:TRX");
const minute = 60_000;

/** What one source alone says of TRX, minute after minute, beside one that does not list it. */
async function alone(steps: readonly (readonly [atMinutes: number, usd: string])[]) {
  const time = manualClock(new Date("2026-01-15T10:00:00Z"));
  let said = "";
  const only: PriceSource = {
    name: "only",
    listedBy: () => ["only"],
    observe: () => {
      const at = { sourceTime: time.now(), fetchedAt: time.now() };
      return Promise.resolve(new Map([[tron.id, { asset: tron, usd: said, source: "only", ...at }]]));
    },
  };
  const other: PriceSource = {
    name: "other",
    listedBy: () => [],
    observe: () => Promise.resolve(new Map()),
  };
  const warnings: string[] = [];
  const prices = createMedianPrices({
    sources: [only, other],
    clock: time,
    warn: (_, details) => void warnings.push(JSON.stringify(details)),
    limits: { ...limits, leastSources: 2 },
  });
  const believed: (string | null)[] = [];
  let last = 0;
  for (const [at, usd] of steps) {
    time.advance((at - last) * minute);
    last = at;
    said = usd;
    believed.push((await prices.observe([tron], never)).get(tron.id)?.usd ?? null);
  }
  return { believed, warnings };
}

test.each<[string, [number, string][], (string | null)[]]>([
  [
    "as a market moves",
    [
      [0, "0.30"],
      [5, "0.32"],
      [12, "0.33"],
      [24, "0.36"],
    ],
    ["0.3", "0.32", "0.33", "0.36"],
  ],
  [
    "ten times, once",
    [
      [0, "0.30"],
      [1, "3"],
      [2, "0.30"],
    ],
    ["0.3", null, "0.3"],
  ],
  [
    "a tenth, once",
    [
      [0, "0.30"],
      [1, "0.03"],
      [2, "0.31"],
    ],
    ["0.3", null, "0.31"],
  ],
  [
    "a leap that stays",
    [
      [0, "0.30"],
      [1, "0.5"],
      [20, "0.51"],
      [31, "0.5"],
      [32, "0.5"],
    ],
    ["0.3", null, null, "0.5", "0.5"],
  ],
  [
    "leaps that do not agree",
    [
      [0, "0.30"],
      [1, "0.5"],
      [31, "0.9"],
      [40, "0.5"],
    ],
    ["0.3", null, null, null],
  ],
  [
    "small steps within ten minutes",
    [
      [0, "1"],
      [1, "1.09"],
      [2, "1.18"],
      [3, "1.27"],
    ],
    ["1", "1.09", null, null],
  ],
  [
    "a day of silence between",
    [
      [0, "0.30"],
      [1441, "0.5"],
    ],
    ["0.3", "0.5"],
  ],
])("a price that nobody confirms: %s", async (_, steps, believed) => {
  const seen = await alone(steps);
  expect(seen.believed).toEqual(believed);
  expect(seen.warnings.length > 0).toBe(believed.includes(null)); // never silently
});
