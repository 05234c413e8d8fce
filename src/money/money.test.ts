import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  allocate,
  convert,
  divide,
  formatUnits,
  InvalidAmount,
  parseMoney,
  parseProviderUnits,
  parseUnits,
  registry,
  type Asset,
  type Money,
} from "./index.ts";

const everyAsset = registry.all.map((asset): [string, Asset] => [asset.id, asset]);
const decimals = fc.integer({ min: 0, max: 36 });
const amounts = fc.oneof(fc.bigInt(0n, 1_000n), fc.bigInt(0n, 10n ** 60n));

describe("amounts as text", () => {
  test.each([
    ["12.50", 6, 12_500_000n],
    ["0", 18, 0n],
    ["0.000000000000000001", 18, 1n],
    ["007", 0, 7n],
    ["1.", 6, "not_a_decimal"],
    [".5", 6, "not_a_decimal"],
    ["", 6, "not_a_decimal"],
    ["-1", 6, "not_a_decimal"],
    ["+1", 6, "not_a_decimal"],
    ["NaN", 6, "not_a_decimal"],
    ["Infinity", 6, "not_a_decimal"],
    ["1e3", 6, "not_a_decimal"],
    ["0x10", 6, "not_a_decimal"],
    ["1,5", 6, "not_a_decimal"],
    ["1 000", 6, "not_a_decimal"],
    ["1\n", 6, "not_a_decimal"],
    ["١٢", 6, "not_a_decimal"],
    ["0.0000001", 6, "too_precise"],
    ["1.0000000", 6, "too_precise"],
    ["1" + "0".repeat(77), 0, "too_large"],
    ["1" + "0".repeat(90), 0, "not_a_decimal"],
  ])("%j with %i digits is %s", (text, digits, expected) => {
    if (typeof expected === "bigint") expect(parseUnits(text, digits)).toBe(expected);
    else {
      const error = (() => {
        try {
          return parseUnits(text, digits);
        } catch (thrown) {
          return thrown;
        }
      })();
      expect(error).toBeInstanceOf(InvalidAmount);
      expect(error).toMatchObject({ code: "invalid_amount", details: { reason: expected } });
    }
  });

  test("what is formatted is parsed back, for any number of digits", () => {
    fc.assert(
      fc.property(amounts, decimals, (amount, digits) => {
        expect(parseUnits(formatUnits(amount, digits), digits)).toBe(amount);
      }),
    );
  });

  test("a formatted amount has no exponent, no float noise and no idle zeros", () => {
    fc.assert(
      fc.property(amounts, decimals, (amount, digits) => {
        expect(formatUnits(amount, digits)).toMatch(/^(0|[1-9]\d*)(\.\d*[1-9])?$/);
        if (amount > 0n) expect(formatUnits(-amount, digits)).toBe(`-${formatUnits(amount, digits)}`);
      }),
    );
  });

  test.each([
    ["2e-7", 18, "down", 200_000_000_000n],
    ["2E-7", 6, "down", 0n],
    ["2e-7", 6, "up", 1n],
    ["1.5e+3", 2, "down", 150_000n],
    ["0e-999", 6, "up", 0n],
    ["0.1000000000000000055511151231257827", 18, "down", 100_000_000_000_000_005n],
    ["596726.7004304786", 18, "down", 596_726_700_430_478_600_000_000n],
    ["1832669", 0, "down", 1_832_669n],
  ] as const)("a provider's %s with %i digits, rounded %s, is %s", (text, digits, rounding, expected) => {
    expect(parseProviderUnits(text, digits, rounding)).toBe(expected);
  });

  test.each(["-2e-7", "NaN", "1e", "e5", "1e1e1", "Infinity", "", "1e99999", "null"])(
    "a provider's %j is refused",
    (text) => {
      expect(() => parseProviderUnits(text, 6, "down")).toThrow(InvalidAmount);
    },
  );

  test("a provider's exponent beyond what we book is refused, not computed", () => {
    expect(() => parseProviderUnits("9e999", 18, "down")).toThrow(InvalidAmount);
  });
});

describe("every asset of the registry", () => {
  test.each(everyAsset)("F65: %s holds its smallest unit and the largest amount", (_id, asset) => {
    for (const amount of [1n, 10n ** 60n + 1n, 10n ** 77n - 1n]) {
      expect(parseMoney(formatUnits(amount, asset.decimals), asset)).toEqual({ asset: asset.id, amount });
    }
  });

  test.each(everyAsset)("F55: %s keeps every last digit that a float would cut off", (_id, asset) => {
    const text = asset.decimals === 0 ? "1" : `1.${"1".repeat(asset.decimals)}`;
    expect(formatUnits(parseMoney(text, asset).amount, asset.decimals)).toBe(text);
    const cents = asset.decimals >= 2 ? "4.35" : "4"; // 4.35 * 100 is 434.99999999999994 as a float
    expect(formatUnits(parseMoney(cents, asset).amount, asset.decimals)).toBe(cents);
  });
});

describe("two assets", () => {
  const usdt = { asset: "ethereum:USDT", amount: 2_295_000n } as const satisfies Money;
  const ether = { asset: "ethereum:ETH", amount: 2_295_000n } as const satisfies Money;

  test("F61: adding them does not compile, and throws where the types cannot know", () => {
    // @ts-expect-error two assets are two types
    expect(() => add(usdt, ether)).toThrow(TypeError);
    expect(() => add<string>(usdt, ether)).toThrow("different assets");
    expect(add(usdt, usdt)).toEqual({ asset: "ethereum:USDT", amount: 4_590_000n });
  });

  test("parsing gives the type of its asset", () => {
    const asset = { ...registry.get("ethereum:USDT"), id: "ethereum:USDT" } as const;
    const parsed: Money<"ethereum:USDT"> = parseMoney("1", asset);
    // @ts-expect-error it is not ether
    const wrong: Money<"ethereum:ETH"> = parsed;
    expect(wrong).toBe(parsed);
  });
});

describe("rounding", () => {
  test("says its direction and is off by less than one unit", () => {
    fc.assert(
      fc.property(
        amounts,
        fc.bigInt(1n, 10n ** 40n),
        fc.constantFrom("up" as const, "down" as const),
        (n, d, way) => {
          const error = divide(n, d, way) * d - n;
          expect(way === "up" ? error >= 0n && error < d : error <= 0n && -error < d).toBe(true);
        },
      ),
    );
  });

  test.each([
    [1n, 0n],
    [1n, -1n],
    [-1n, 1n],
  ])("%s / %s is refused", (numerator, denominator) => {
    expect(() => divide(numerator, denominator, "down")).toThrow(RangeError);
  });

  test("converting there and back never gains", () => {
    fc.assert(
      fc.property(
        amounts,
        fc.bigInt(1n, 10n ** 30n),
        fc.bigInt(1n, 10n ** 30n),
        (amount, numerator, denominator) => {
          const there = convert(amount, { numerator, denominator }, "down");
          expect(convert(there, { numerator: denominator, denominator: numerator }, "down") <= amount).toBe(
            true,
          );
        },
      ),
    );
  });
});

describe("allocate", () => {
  const parts = fc
    .uniqueArray(
      fc.record({ id: fc.uuid(), weight: fc.oneof(fc.bigInt(0n, 5n), fc.bigInt(0n, 10n ** 30n)) }),
      {
        selector: ({ id }) => id,
        minLength: 1,
        maxLength: 40,
      },
    )
    .filter((some) => some.some(({ weight }) => weight > 0n));
  const sum = (shares: ReadonlyMap<string, bigint>): bigint =>
    [...shares.values()].reduce((a, b) => a + b, 0n);

  test("the parts sum to the total, each within one unit of its exact share, and nothing goes to a zero weight", () => {
    fc.assert(
      fc.property(amounts, parts, (total, some) => {
        const shares = allocate(total, some);
        const weights = some.reduce((all, { weight }) => all + weight, 0n);
        expect(sum(shares)).toBe(total);
        for (const { id, weight } of some) {
          const off = shares.get(id)! * weights - total * weight;
          expect(off < weights && -off < weights).toBe(true);
          if (weight === 0n) expect(shares.get(id)).toBe(0n);
        }
      }),
    );
  });

  test("the order of the parts does not matter", () => {
    const shuffled = parts.chain((some) =>
      fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
    );
    fc.assert(
      fc.property(amounts, shuffled, (total, [some, others]) => {
        const [one, other] = [allocate(total, some), allocate(total, others)];
        for (const { id } of some) expect(other.get(id)).toBe(one.get(id));
      }),
    );
  });

  test("a larger weight never gets less", () => {
    fc.assert(
      fc.property(amounts, parts, (total, some) => {
        const shares = allocate(total, some);
        const byWeight = some.toSorted((a, b) => (a.weight < b.weight ? -1 : a.weight > b.weight ? 1 : 0));
        for (const [index, { id, weight }] of byWeight.entries()) {
          const before = byWeight[index - 1];
          if (before && before.weight < weight) expect(shares.get(before.id)! <= shares.get(id)!).toBe(true);
        }
      }),
    );
  });

  test("units left over go to the largest remainders, ties to the smaller id", () => {
    const three = ["c", "a", "b"].map((id) => ({ id, weight: 1n }));
    expect([...allocate(2n, three)]).toEqual([
      ["c", 0n],
      ["a", 1n],
      ["b", 1n],
    ]);
    const shares = allocate(10n, [
      { id: "a", weight: 1n }, // 1.66…
      { id: "b", weight: 5n }, // 8.33…
    ]);
    expect([...shares.values()]).toEqual([2n, 8n]);
  });

  test.each([
    ["no parts", 1n, []],
    ["weights that are all zero", 1n, [{ id: "a", weight: 0n }]],
    [
      "a negative weight",
      1n,
      [
        { id: "a", weight: -1n },
        { id: "b", weight: 2n },
      ],
    ],
    ["a negative total", -1n, [{ id: "a", weight: 1n }]],
    [
      "one id twice",
      1n,
      [
        { id: "a", weight: 1n },
        { id: "a", weight: 1n },
      ],
    ],
  ])("%s is refused", (_what, total, some) => {
    expect(() => allocate(total, some)).toThrow(RangeError);
  });

  test("a hundred thousand parts still sum to the last unit", () => {
    const many = Array.from({ length: 100_000 }, (_, index) => ({
      id: `p${index}`,
      weight: BigInt((index * 7919) % 1_000),
    }));
    expect(sum(allocate(1_832_669n, many))).toBe(1_832_669n);
  });
});
