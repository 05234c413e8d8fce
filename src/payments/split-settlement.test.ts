import fc from "fast-check";
import { expect, test } from "vitest";
import { splitSettlement, type SettlementTerms } from "./index.ts";

const asset = "ethereum:USDT";
const payeeId = (index: number): string => `01890000-0000-7000-8000-${String(index).padStart(12, "0")}`;

const termsOf = (weights: readonly number[], fee: SettlementTerms["fee"]): SettlementTerms => ({
  orderId: "01890000-0000-7000-8000-999999999999",
  fee,
  splits: weights.map((weightBps, index) => ({ payeeId: payeeId(index), weightBps, route: "threshold" })),
});

/** Weights of 1 to 50 payees that sum to 10 000. */
const weights = fc
  .array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 50 })
  .map((parts) => {
    const sum = parts.reduce((total, part) => total + part, 0);
    const scaled = parts.map((part) => Math.max(1, Math.floor((part * 10_000) / sum)));
    const over = scaled.reduce((total, part) => total + part, 0) - 10_000;
    const largest = scaled.indexOf(Math.max(...scaled));
    return scaled.map((part, index) => (index === largest ? part - over : part));
  });

const fee = fc.record({
  bps: fc.integer({ min: 0, max: 10_000 }),
  fixed: fc.option(
    fc.record({
      asset: fc.constantFrom(asset, "ethereum:USDC"),
      amount: fc.bigInt({ min: 1n, max: 10n ** 9n }),
    }),
  ),
});

test("fee and shares sum to what settled, to the base unit, and each share is within one unit of its part", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.bigInt({ min: 1n, max: 100n }), fc.bigInt({ min: 1n, max: 10n ** 30n })),
      weights,
      fee,
      (amount, parts, terms) => {
        expect(parts.reduce((total, part) => total + part, 0)).toBe(10_000);
        const split = splitSettlement({ asset, amount }, termsOf(parts, terms));
        const rest = amount - split.fee;
        expect(split.fee).toBeGreaterThanOrEqual(0n);
        expect(split.fee).toBeLessThanOrEqual(amount);
        expect(split.fee + split.shares.reduce((sum, share) => sum + share.amount, 0n)).toBe(amount);
        for (const [index, weight] of parts.entries()) {
          const share = split.shares.find((one) => one.payeeId === payeeId(index))?.amount ?? 0n;
          const exact = rest * BigInt(weight);
          expect(share * 10_000n > exact - 10_000n && share * 10_000n < exact + 10_000n).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("with fee terms of their own each pays their own, and a fee that is everybody's is the order's", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 30n }),
      weights,
      fc.array(fc.option(fc.integer({ min: 0, max: 9_000 })), { minLength: 50, maxLength: 50 }),
      fc.integer({ min: 0, max: 9_000 }),
      (amount, parts, own, bps) => {
        const terms = termsOf(parts, { bps, fixed: null });
        const withOwn = { ...terms, splits: terms.splits.map((one, n) => ({ ...one, feeBps: own[n]! })) };
        const split = splitSettlement({ asset, amount }, withOwn);
        expect(split.fee + split.shares.reduce((sum, share) => sum + share.amount, 0n)).toBe(amount);
        for (const [n, weight] of parts.entries()) {
          const share = split.shares.find((one) => one.payeeId === payeeId(n))?.amount ?? 0n;
          const exact = amount * BigInt(weight) * BigInt(10_000 - (own[n] ?? bps));
          const unit = 100_000_000n;
          // One unit of the division, and their part of the fee's own rounding.
          expect(share * unit > exact - 2n * unit && share * unit < exact + 2n * unit).toBe(true);
        }
        const alike = { ...terms, splits: terms.splits.map((one) => ({ ...one, feeBps: bps })) };
        expect(splitSettlement({ asset, amount }, alike)).toEqual(splitSettlement({ asset, amount }, terms));
      },
    ),
    { numRuns: 300 },
  );
});

test("a table of own fees, to the base unit", () => {
  const of = (amount: bigint, fees: readonly (number | null)[], parts = [5_000, 5_000]) => {
    const terms = termsOf(parts, { bps: 300, fixed: null });
    const split = splitSettlement(
      { asset, amount },
      { ...terms, splits: terms.splits.map((one, n) => ({ ...one, feeBps: fees[n]! })) },
    );
    return [
      split.fee,
      ...parts.map((_, n) => split.shares.find((s) => s.payeeId === payeeId(n))?.amount ?? 0n),
    ];
  };
  expect(of(100_000_000n, [null, null])).toEqual([3_000_000n, 48_500_000n, 48_500_000n]);
  expect(of(100_000_000n, [0, null])).toEqual([1_500_000n, 50_000_000n, 48_500_000n]);
  expect(of(100_000_000n, [0, 1_000])).toEqual([5_000_000n, 50_000_000n, 45_000_000n]);
  expect(of(100_000_000n, [9_000, 0], [1, 9_999])).toEqual([9_000n, 1_000n, 99_990_000n]);
  expect(of(1n, [9_000, 9_000])).toEqual([0n, 1n, 0n]);
});

test("a fixed fee counts only in its own asset, beside the percentage, and never takes more than there is", () => {
  const fixed = { asset, amount: 300_000n };
  const one = termsOf([10_000], { bps: 100, fixed });
  expect(splitSettlement({ asset, amount: 10_000_000n }, one).fee).toBe(400_000n);
  expect(splitSettlement({ asset: "ethereum:USDC", amount: 10_000_000n }, one).fee).toBe(100_000n);
  expect(splitSettlement({ asset, amount: 200_000n }, one)).toEqual({ fee: 200_000n, shares: [] });
});

test("forty-nine payees of ten units: ten get one each, the same ten every time, and nobody a share of nothing", () => {
  const parts = [...Array.from({ length: 48 }, () => 204), 10_000 - 48 * 204];
  const split = () => splitSettlement({ asset, amount: 10n }, termsOf(parts, { bps: 0, fixed: null }));
  expect(split().shares.map((share) => share.amount)).toEqual(Array.from({ length: 10 }, () => 1n));
  expect(split()).toEqual(split());
});
