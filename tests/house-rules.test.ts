import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

function filesUnder(folder: string, ending: RegExp): string[] {
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => ending.test(name) && !/(\.test|\/contract(-bank)?)\.ts$/.test(name)) // a contract is a test suite
    .sort();
}
const read = (file: string): string => readFileSync(`${root}${file}`, "utf8");
const withoutComments = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|\s)\/\/.*$/gm, "");

/** Every place where a pattern stands in the code of these files, comments apart. */
function places(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    withoutComments(read(file))
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
  );
}

const sources = filesUnder("src", /\.ts$/);
const inFolders = (names: readonly string[]): string[] =>
  sources.filter((file) => names.some((name) => file.startsWith(`src/${name}/`)));
/** Rooms that hold amounts. Elsewhere a number is a count, a port or a time. */
const moneyRooms = [
  "money",
  "ledger",
  "orders",
  "intake",
  "deposits",
  "gathering",
  "payments",
  "earnings",
  "conversions",
  "payouts",
  "swaps",
  "transfers",
  "payees",
  "desk",
  "reconciliation",
];
/** A bigint made a number because it counts rows or parts. */
const countsOnly = [
  "const leftOver = Number(total - shares.reduce(",
  "fee_share_bps: share === null ? null : Number(share > largestShareBps ?", // basis points, at most a million
];
/** These may look at the machine's clock: they measure or wait, and decide nothing about money. */
const clockReaders = new Set(["src/clock.ts", "src/ids.ts", "src/database/embedded-process.ts"]);

describe("house rules", () => {
  test("time is passed in: no Date.now() or new Date() in rooms. Take a Clock", () => {
    const rooms = sources.filter((file) => !clockReaders.has(file) && !file.startsWith("src/cli/"));
    expect(places(rooms, /\bDate\.now\(|\bnew Date\(\s*\)/)).toEqual([]);
  });

  test("money is never a number: no Number(), parseFloat or toFixed near it. Use bigint and parseMoney", () => {
    const found = places(inFolders(moneyRooms), /(?<![.\w])Number\(|\bparseFloat\(|\.toFixed\(/);
    expect(found.filter((place) => !countsOnly.some((allowed) => place.includes(allowed)))).toEqual([]);
  });

  test("no column of a floating type. Use numeric(78, 0) in base units, or decimal text", () => {
    const found = filesUnder("db/migrations", /\.sql$/).flatMap((file) =>
      read(file)
        .split("\n")
        .map((line) => line.replace(/'(?:[^']|'')*'|--.*$/g, "")) // what is said is no column
        .flatMap((line, index) =>
          /\b(real|double precision|float[48]?|money)\b/i.test(line)
            ? [`${file}:${index + 1} ${line.trim()}`]
            : [],
        ),
    );
    expect(found).toEqual([]);
  });

  test("no console in src. Take a Logger, or write to process.stdout in a command", () => {
    expect(places(sources, /\bconsole\.\w+\(/)).toEqual([]);
  });

  test("no enum, namespace, any or file of leftovers", () => {
    expect(
      places(sources, /^\s*(export\s+)?(const\s+)?enum\s|^\s*(export\s+)?namespace\s|:\s*any\b|\bas any\b/),
    ).toEqual([]);
    expect(sources.filter((file) => /\/(utils?|helpers?|common|misc)\.ts$/.test(file))).toEqual([]);
  });

  test("only src/ledger writes the ledger. Call postEntry", () => {
    const others = sources.filter((file) => !file.startsWith("src/ledger/"));
    const writes = /\b(insert into|update|delete from)\s+(journal_entry|posting|ledger_\w+)\b/i;
    expect(places(others, writes)).toEqual([]);
  });

  test("only src/transfers signs. Plan a transfer", () => {
    const others = sources.filter((file) => !/^src\/(transfers|chains)\//.test(file));
    expect(places(others, /\.sign\(/)).toEqual([]);
    expect(places(inFolders(["transfers"]), /\.sign\(/)).not.toEqual([]); // the pattern still fits the code
  });

  test("no function over 70 lines. Give its parts names", () => {
    expect(sources.flatMap(longFunctions)).toEqual([]);
  });

  test("every room has a door", () => {
    const rooms = new Set(sources.flatMap((file) => /^src\/([^/]+)\//.exec(file)?.[1] ?? []));
    for (const name of ["providers", "chains", "cli", "harness"]) rooms.delete(name);
    expect([...rooms].filter((room) => !sources.includes(`src/${room}/index.ts`))).toEqual([]);
  });
});

function longFunctions(file: string): string[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const from = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const to = source.getLineAndCharacterOfPosition(node.getEnd()).line;
      if (to - from + 1 > 70) found.push(`${file}:${from + 1} ${to - from + 1} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
