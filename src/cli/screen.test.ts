import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { facts, shorten, table, wrap } from "./screen.ts";

const id = "019e6f3a-1c00-7a10-8b5e-2f6d8c1e4a01";
const hash = "0x249f6223758ff756263f786925813421d9be83489c1de62695c406ced2d2ca6a";
const widest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));

describe("a table", () => {
  test("that fits is as wide as its cells", () => {
    expect(
      table(
        [
          ["asset", "amount"],
          ["ethereum:USDT", "12.5"],
        ],
        100,
      ),
    ).toBe("asset          amount\n─────────────  ──────\nethereum:USDT  12.5");
  });

  test("that does not fit shortens hashes in the middle and leaves the id whole", () => {
    const text = table(
      [
        ["id", "hash", "status"],
        [id, hash, "final"],
      ],
      80,
    );
    expect(text.split("\n").at(-1)).toBe(`${id}  0x249f…d2ca6a  final`);
  });

  test("wraps the longest text", () => {
    const text = table(
      [
        ["id", "why"],
        [id, "the provider does not answer, and nobody knows whether it has the coins"],
      ],
      70,
    );
    expect(text.split("\n").slice(2)).toEqual([
      `${id}  the provider does not answer,`,
      `${" ".repeat(38)}and nobody knows whether it has`,
      `${" ".repeat(38)}the coins`,
    ]);
  });

  test("cuts no amount and no asset, and gives up a column in which nothing stands before it cuts anything else", () => {
    const amount = "1.999703374684111386";
    const text = table(
      [
        ["wallet", "asset", "booked", "does not send"],
        ["0x123dA59748ee584389144411ABC6AA3bFb35312f", "bnb-smart-chain:BNB", amount, ""],
      ],
      60,
    );
    expect(text.split("\n").at(-1)).toBe(`0x123d…35312f  bnb-smart-chain:BNB  ${amount}`);
  });

  test("stands straight beside letters that take two columns, and pictures", () => {
    const text = table(
      [
        ["name", "status"],
        ["Émile 日本", "active"],
        ["🎈 Ada", "paused"],
      ],
      100,
    );
    expect(text.split("\n").slice(2)).toEqual(["Émile 日本  active", "🎈 Ada      paused"]);
  });

  test("becomes lines where columns would be too narrow, without what is empty", () => {
    expect(
      table(
        [
          ["id", "reason", "money", "note"],
          [id, "x".repeat(30), "y".repeat(30), ""],
        ],
        60,
      ),
    ).toBe(`id      ${id}\nreason  ${"x".repeat(30)}\nmoney   ${"y".repeat(30)}`);
  });

  test("never exceeds the screen, and loses nothing that stands under id", () => {
    const cell = fc.oneof(
      fc.string({ maxLength: 60, unit: fc.constantFrom("a", "b", " ") }),
      fc.constantFrom(hash, "–", "12.5 ethereum:USDT"),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 140 }),
        fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 1, maxLength: 5 }),
        (width, rows) => {
          const text = table(
            [["id", "one", "other", "third", "fourth"], ...rows.map((row) => [id, ...row])],
            width,
          );
          expect(widest(text)).toBeLessThanOrEqual(width);
          expect(text.split(id)).toHaveLength(rows.length + 1);
        },
      ),
    );
  });
});

test("ids are shortened by their middle", () => {
  expect([shorten(hash), shorten("short"), shorten(hash, 9)]).toEqual([
    "0x249f…d2ca6a",
    "short",
    "0x24…ca6a",
  ]);
});

test("a word that is too long is broken, an empty text is an empty line", () => {
  expect(wrap("ab abcdefgh c", 4)).toEqual(["ab", "abcd", "efgh", "c"]);
  expect(wrap("", 4)).toEqual([""]);
});

test("facts stand beside their names", () => {
  expect(
    facts(
      [
        ["status", "open"],
        ["why", "one two three four five"],
      ],
      20,
    ),
  ).toBe("status  open\nwhy     one two\n        three four\n        five");
});
