import { expect, test } from "vitest";
import { InvalidAmount, parseUnits, registry } from "./index.ts";

const saidOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new TypeError("it was taken");
};

test.each([
  ["polygon:USDC", "; did you mean polygon-pos:USDC?"],
  ["bsc:usdt", "; did you mean bnb-smart-chain:USDT?"],
  ["Ethereum:USDT", "; did you mean ethereum:USDT?"],
  ["etherum:USDT", "; did you mean ethereum:USDT?"],
  ["ethereum:USTD", "; did you mean ethereum:USDT?"],
  ["trc20:USDT", "; did you mean tron:USDT?"],
  ["dogecoin:DOGE", "."],
  ["ab:USDT", "."], // near to too much
  ["", "."],
])("%j is not known%s", (id, meant) => {
  expect(saidOf(() => registry.get(id))).toBe(`"${id}" is not an asset we know${meant}`);
});

test("a symbol alone names no asset: money on another chain is other money", () => {
  const said = saidOf(() => registry.get("USDT"));
  expect(said).toMatch(/: name the chain too, as in .*ethereum:USDT/);
  expect(said).not.toContain("did you mean");
});

test.each([
  ["1,5", "write it as 1.5, if that is what you mean"],
  ["$25", "write it as 25, if that is what you mean"],
  ["25 USD", "write it as 25, if that is what you mean"],
  ["1,000.50", "write it as 1000.50, if that is what you mean"],
  [".5", "write it as 0.5, if that is what you mean"],
  ["1,000", "write it as digits with an optional point, such as 12.50"], // one, or a thousand?
  ["1e3", "write it as digits with an optional point, such as 12.50"],
  ["-1", "write it as digits with an optional point, such as 12.50"],
  ["0.0000001", "it has more than 6 digits after the point, and is not rounded"],
])("an amount of %j: %s", (text, because) => {
  expect(saidOf(() => parseUnits(text, 6))).toBe(`"${text}" is not a valid amount: ${because}.`);
  expect(() => parseUnits(text, 6)).toThrow(InvalidAmount);
});
