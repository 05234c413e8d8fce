import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatUnits, parseUnits, registry } from "../../../money/index.ts";
import type { PriceObservation } from "../../port.ts";
import { judge, type MedianLimits } from "./judge.ts";

const now = new Date("2026-01-15T10:00:00Z");
const ether = registry.get("ethereum:ETH");
const limits: MedianLimits = { maxAgeMs: 60_000, maxDivergenceBps: 100, leastSources: 1 };

const say = (source: string, usd: string, ageMs: number | null = 0): PriceObservation => ({
  asset: ether,
  usd,
  source,
  sourceTime: ageMs === null ? null : new Date(now.getTime() - ageMs),
  fetchedAt: now,
});
const sayAll = (prices: readonly string[]): PriceObservation[] =>
  prices.map((usd, index) => say(`s${index}`, usd));
const usdOf = (parts: readonly PriceObservation[], given: Partial<MedianLimits> = {}): string | null =>
  judge(parts, now, { ...limits, ...given }).agreed?.usd ?? null;

describe("the median", () => {
  test.each<[string[], string | null]>([
    [["100"], "100"],
    [["100", "101"], "100.5"],
    [["100", "101.000000000000000001"], null], // two contradict each other: nobody knows who is right
    [["100.5", "100", "101"], "100.5"],
    [["100", "100.6", "250"], "100.6"],
    [["0.000001", "100", "100.6"], "100"],
    [["100", "103", "110"], null], // one against one against one
    [["100", "100", "250"], "100"],
    [["100", "100.4", "100.8", "250"], "100.6"],
    [["100", "100", "103", "103"], null], // two against two
    [["100", "100.2", "100.4", "100.6", "1e9"], "100.4"],
    [["3125.5", "3.1255e3"], "3125.5"],
    [["1.5e-12", "1.51e-12"], "0.000000000001505"],
    [["0.999999999999999999", "1"], "0.9999999999999999995"],
    [["1e-36", "1e-36", "1e-36"], `0.${"0".repeat(35)}1`],
    [["2e-36", "3e-36"], null],
    [
      ["123456789012345678.000000000000000000000000000000000001"],
      "123456789012345678.000000000000000000000000000000000001",
    ],
    [["1.0000000000000000000000000000000000019"], "1.000000000000000000000000000000000001"], // down
    [[], null],
  ])("of %j is %s", (prices, usd) => expect(usdOf(sayAll(prices))).toBe(usd));

  test("an average that needs a 37th digit is rounded down", () => {
    const last = (digit: string) => `1.${"0".repeat(35)}${digit}`;
    expect(usdOf(sayAll([last("1"), last("2")]))).toBe(last("1"));
  });

  test.each(["0", "-1", "", "n/a", "NaN", "1e-37", "1e19", "0e5", "1.5 "])(
    "%j is no price: its source counts as unavailable, the others stand",
    (usd) =>
      expect(judge([say("a", "100"), say("b", usd), say("c", "100.2")], now, limits)).toMatchObject({
        agreed: { usd: "100.1" },
        rejected: [{ source: "b", reason: "unavailable" }],
      }),
  );

  test.each<[number | null, boolean]>([
    [60_000, true],
    [60_001, false],
    [-120_000, true],
    [-120_001, false],
    [null, false],
  ])("a price %s ms old counts: %s", (ageMs, counts) => {
    const { agreed, rejected } = judge([say("a", "100"), say("b", "100.2", ageMs)], now, limits);
    expect(agreed?.usd).toBe(counts ? "100.1" : "100");
    expect(rejected).toEqual(counts ? [] : [{ source: "b", reason: "stale" }]);
  });

  test("fewer than the least number of sources is no price, however they came to be few", () => {
    const two = { leastSources: 2 };
    expect(usdOf([say("a", "100")], two)).toBeNull();
    expect(usdOf([say("a", "100"), say("b", "100", 60_001)], two)).toBeNull();
    expect(usdOf([say("a", "100"), say("b", "100")], two)).toBe("100");
    expect(usdOf([say("a", "100"), say("b", "100"), say("c", "200")], { leastSources: 3 })).toBeNull();
  });

  test("who diverges is named, and is not among those that agree", () => {
    const { agreed, rejected } = judge(sayAll(["100", "100.5", "250"]), now, limits);
    expect(agreed?.parts.map(({ source }) => source)).toEqual(["s0", "s1"]);
    expect(rejected).toEqual([{ source: "s2", reason: "diverges" }]);
  });
});

describe("whatever they say", () => {
  const units = fc.bigInt({ min: 1n, max: 10n ** 30n });
  const near = fc.bigInt({ min: 990n, max: 1_010n });
  const text = (price: bigint): string => formatUnits(price, 18);
  const back = (usd: string): bigint => parseUnits(usd, 36);
  const scale = 10n ** 18n;

  test("the price is between the lowest and the highest of those that agree", () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(units, near), { minLength: 1, maxLength: 7 }), (prices) => {
        const { agreed, rejected } = judge(sayAll(prices.map(text)), now, limits);
        if (agreed === null) return;
        const told = agreed.parts.map(({ usd }) => back(usd)).sort((a, b) => (a < b ? -1 : 1));
        expect(back(agreed.usd)).toBeGreaterThanOrEqual(told[0]!);
        expect(back(agreed.usd)).toBeLessThanOrEqual(told.at(-1)!);
        expect(agreed.parts.length + rejected.length).toBe(prices.length);
      }),
    ));

  test("the order of the sources changes nothing", () =>
    fc.assert(
      fc.property(
        fc
          .array(near, { minLength: 1, maxLength: 7 })
          .map((prices) => sayAll(prices.map(text)))
          .chain((parts) =>
            fc.tuple(fc.constant(parts), fc.shuffledSubarray(parts, { minLength: parts.length })),
          ),
        ([parts, shuffled]) => {
          const names = (list: readonly PriceObservation[] = []) => list.map(({ source }) => source).sort();
          const [one, other] = [judge(parts, now, limits), judge(shuffled, now, limits)];
          expect(other.agreed?.usd).toBe(one.agreed?.usd);
          expect(names(other.agreed?.parts)).toEqual(names(one.agreed?.parts));
        },
      ),
    ));

  test("one liar among three never moves the price beyond the two honest ones", () =>
    fc.assert(
      fc.property(near, near, fc.oneof(near, units), (first, second, lie) => {
        const usd = usdOf(sayAll([first, second, lie].map(text)));
        if (usd === null) return;
        const [low, high] = first < second ? [first, second] : [second, first];
        expect(back(usd)).toBeGreaterThanOrEqual(low * scale);
        expect(back(usd)).toBeLessThanOrEqual(high * scale);
      }),
    ));

  test("one liar among three takes no price away while the honest two agree", () =>
    fc.assert(
      fc.property(fc.bigInt({ min: 10_000n, max: 10_050n }), fc.oneof(near, units), (honest, lie) => {
        expect(usdOf(sayAll([10_000n, honest, lie].map(text)), { leastSources: 2 })).not.toBeNull();
      }),
    ));

  test("two that contradict each other beyond the limit leave no price, whoever lies", () =>
    fc.assert(
      fc.property(fc.bigInt({ min: 10_101n, max: 10n ** 9n }), (other) => {
        expect(usdOf(sayAll([10_000n, other].map(text)))).toBeNull();
      }),
    ));
});
