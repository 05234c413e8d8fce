import { expect, test } from "vitest";
import { registry } from "../money/index.ts";
import { changedCurrencies, type ListedCurrency } from "./currency-changes.ts";

const known = [
  ["polygon-pos:POL", "matic/matic"],
  ["polygon-pos:USDT", "usdt/matic"],
  ["ethereum:ETH", "eth/eth"],
  ["ethereum:USDT", "usdt/eth"],
  ["tron:USDT", "usdt/trx"],
].map(([id, name]) => ({ asset: registry.get(id!), name: name!, network: null }));
const contractOf = (id: string): string => registry.get(id).contract!;

const list = (change: (rows: ListedCurrency[]) => ListedCurrency[] = (rows) => rows): ListedCurrency[] =>
  change([
    { name: "MATIC/matic", network: "matic", contract: null },
    { name: "usdt/matic", network: "matic", contract: contractOf("polygon-pos:USDT").toUpperCase() },
    { name: "eth/eth", network: "eth", contract: null },
    { name: "usdt/eth", network: "eth", contract: contractOf("ethereum:USDT") },
    { name: "usdt/trx", network: "trx", contract: contractOf("tron:USDT") },
    { name: "ltc/ltc", network: "ltc", contract: null },
    { name: "pepe/eth", network: "eth", contract: "0x6982508145454ce325ddbe47a25d4ec3d2311933" },
  ]);
const renamed = (from: string, to: Partial<ListedCurrency>) =>
  list((rows) => rows.map((row) => (row.name === from ? { ...row, ...to } : row)));
const without = (...names: string[]) => list((rows) => rows.filter(({ name }) => !names.includes(name)));

test("where the network has the name that we know, no other asset of the chain has to show it", () => {
  const pol = { asset: registry.get("polygon-pos:POL"), name: "matic/matic", network: "matic" };
  const [found] = changedCurrencies([pol], renamed("MATIC/matic", { name: "pol/matic" }));
  expect(found).toMatchObject({ kind: "gone", likelyName: "pol/matic" });
});

test.each<[string, ListedCurrency[], string[]]>([
  ["a list that names all, in any letters", list(), []],
  [
    "a native coin under a new name is the one on its network that we have no name of",
    renamed("MATIC/matic", { name: "pol/matic" }),
    ["polygon-pos:POL matic/matic gone pol/matic"],
  ],
  [
    "two that it may be are no guess",
    list((rows) => [
      ...rows.slice(1),
      { name: "pol/matic", network: "matic", contract: null },
      { name: "poly/matic", network: "matic", contract: null },
    ]),
    ["polygon-pos:POL matic/matic gone null"],
  ],
  [
    "a token under a new name is known by its contract",
    renamed("usdt/eth", { name: "usdterc20/eth" }),
    ["ethereum:USDT usdt/eth gone usdterc20/eth"],
  ],
  [
    "a network under a new name takes its native coin along, as its tokens show",
    list((rows) =>
      rows.map((row) =>
        row.network === "matic" ? { ...row, network: "pol", name: `${row.name.split("/")[0]}/pol` } : row,
      ),
    ),
    ["polygon-pos:POL matic/matic gone MATIC/pol", "polygon-pos:USDT usdt/matic gone usdt/pol"],
  ],
  [
    "a name that is another token now",
    renamed("usdt/eth", { contract: "0x6982508145454ce325ddbe47a25d4ec3d2311933" }),
    ["ethereum:USDT usdt/eth other_contract null"],
  ],
  [
    "a Tron address has letter case",
    renamed("usdt/trx", { contract: contractOf("tron:USDT").toLowerCase() }),
    ["tron:USDT usdt/trx other_contract null"],
  ],
  ["a contract that is not told is no other one", renamed("usdt/trx", { contract: null }), []],
  ["a native coin with a contract of the system is itself", renamed("eth/eth", { contract: "0x0" }), []],
  [
    "one that is theirs no more",
    without("usdt/trx", "eth/eth"),
    ["ethereum:ETH eth/eth gone null", "tron:USDT usdt/trx gone null"],
  ],
])("%s", (_, listed, changes) => {
  const found = changedCurrencies(known, listed);
  expect(found.map((one) => `${one.asset.id} ${one.name} ${one.kind} ${one.likelyName}`)).toEqual(changes);
});
