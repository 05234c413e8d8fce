import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allocate,
  amountAtPrices,
  computeFee,
  formatUnits,
  parseUnits,
  registry,
  valueInUsd,
} from "./index.ts";

const eth = registry.get("ethereum:ETH");
const usdt = registry.get("ethereum:USDT");
const of = (asset: { id: string; decimals: number }, text: string) => ({
  asset: asset.id,
  amount: parseUnits(text, asset.decimals),
});

describe("the fee", () => {
  const terms = fc.record({
    bps: fc.integer({ min: 0, max: 10_000 }),
    fixed: fc.option(
      fc.record({ asset: fc.constantFrom(eth.id, usdt.id), amount: fc.bigInt(0n, 10n ** 20n) }),
    ),
  });

  test("is never negative, never more than there is, and with the shares sums to the whole", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 60n), terms, (amount, how) => {
        const fee = computeFee({ asset: usdt.id, amount }, how);
        expect(fee >= 0n && fee <= amount).toBe(true);
        const shares = allocate(amount - fee, [
          { id: "a", weight: 7_000n },
          { id: "b", weight: 3_000n },
        ]);
        expect([...shares.values()].reduce((sum, share) => sum + share, fee)).toBe(amount);
      }),
    );
  });

  test("takes its fixed part only from payments of that asset", () => {
    const fixed = of(usdt, "0.30");
    expect(computeFee(of(usdt, "10"), { bps: 100, fixed })).toBe(400_000n);
    expect(computeFee(of(eth, "10"), { bps: 100, fixed })).toBe(parseUnits("0.1", 18));
    expect(computeFee(of(usdt, "0.2"), { bps: 0, fixed })).toBe(200_000n);
  });

  test.each([
    ["0.00149302", eth, 1_500, "0.001269067"], // F52: the net is what the swap is created for and what is sent
    ["1.35", usdt, 1_500, "1.1475"],
    ["4.95", usdt, 1_500, "4.2075"],
    ["100.00", usdt, 300, "97"],
  ] as const)(
    "F52, F88: %s of %o at %i bps leaves %s, by the one function of every route",
    (gross, asset, bps, net) => {
      const money = of(asset, gross);
      expect(formatUnits(money.amount - computeFee(money, { bps, fixed: null }), asset.decimals)).toBe(net);
    },
  );

  test("rounds down, in favour of the payees", () => {
    expect(computeFee({ asset: usdt.id, amount: 9n }, { bps: 1_500, fixed: null })).toBe(1n);
    expect(computeFee({ asset: usdt.id, amount: 6n }, { bps: 1_500, fixed: null })).toBe(0n);
  });
});

describe("a value in USD", () => {
  test("F61: 2.295 dollars of ether are 0.000603… ether, and 2.295 ether are 8,721 dollars", () => {
    expect(valueInUsd(parseUnits("2.295", 18), eth, "3800", "down")).toBe(parseUnits("8721", 6));
    expect(valueInUsd(parseUnits("0.000603947368421053", 18), eth, "3800", "down")).toBe(
      parseUnits("2.295", 6),
    );
  });

  test("of a coin worth a fraction of a cent is not lost", () => {
    const tiny = { ...eth, decimals: 18 };
    expect(valueInUsd(parseUnits("596726.7004304786", 18), tiny, "0.0000092", "down")).toBe(5_489_885n);
    expect(valueInUsd(parseUnits("596726.7004304786", 18), tiny, "9.2e-6", "down")).toBe(5_489_885n);
  });

  test("of one asset in another is exact between different decimals, and rounds as told", () => {
    const ten = { amount: parseUnits("10", 6), asset: usdt, price: "0.999" };
    expect(amountAtPrices(ten, { asset: eth, price: "3330" }, "up")).toBe(parseUnits("0.003", 18));
    const one = { amount: 1n, asset: eth, price: "3330" };
    expect(amountAtPrices(one, { asset: usdt, price: "1" }, "up")).toBe(1n);
    expect(amountAtPrices(one, { asset: usdt, price: "1" }, "down")).toBe(0n);
    expect(amountAtPrices(one, { asset: usdt, price: "0" }, "up")).toBeNull();
  });

  test("says which way it rounds", () => {
    expect(valueInUsd(1n, eth, "3800", "down")).toBe(0n);
    expect(valueInUsd(1n, eth, "3800", "up")).toBe(1n);
  });

  test("the sum of two earnings against a threshold is exact", () => {
    expect(parseUnits("0.89554043", 18) + parseUnits("0.392106496", 18)).toBe(parseUnits("1.287646926", 18));
  });
});
