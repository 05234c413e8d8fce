import { expect, test } from "vitest";
import { registry } from "../../money/index.ts";
import { netArrivals, type Movement } from "./net-arrivals.ts";

const eth = registry.get("ethereum:ETH");
const usdc = registry.get("ethereum:USDC");

/** "a>b 5": a sends b five of the coin, with $ five of the token; the index is the place in the list. */
const movements = (...moves: readonly string[]): Movement[] =>
  moves.map((move, index) => {
    const [, from = "", to = "", amount = "", token] = /^(\w)>(\w) (\d+)(\$?)$/.exec(move) ?? [];
    return { index: String(index), asset: token ? usdc : eth, from, to, amount: BigInt(amount) };
  });

test.each<[string, string[], string[]]>([
  ["what arrives counts", ["x>a 5", "x>b 2"], ["0 a 5", "1 b 2"]],
  ["nothing is nothing", ["x>a 0"], []],
  ["a departure is taken off the last arrival first", ["x>a 5", "x>a 3", "a>y 4"], ["0 a 4"]],
  ["a departure counts wherever it stands", ["a>y 1", "x>a 5"], ["1 a 4"]],
  ["never below zero", ["x>a 5", "a>y 9", "x>b 1"], ["2 b 1"]],
  ["another address keeps what it got", ["x>a 5", "b>y 5"], ["0 a 5"]],
  ["another asset is another matter", ["x>a 5", "a>y 5$"], ["0 a 5"]],
  ["between two of ours it arrives at the second", ["x>a 5", "a>b 5"], ["1 b 5"]],
  ["to oneself is no arrival and takes nothing", ["a>a 3", "x>a 5"], ["1 a 5"]],
])("%s", (_name, moves, expected) => {
  const arrived = netArrivals(movements(...moves), new Set(["a", "b"]));
  expect(arrived.map(({ index, to, amount }) => `${index} ${to} ${amount}`)).toEqual(expected);
});
