import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import { sql, type Db } from "../database/index.ts";
import { newId } from "../ids.ts";
import { accounts, chartLineOf, chartOfAccounts } from "./index.ts";

const id = newId();
const everyPath = [
  accounts.wallet("bnb-smart-chain", "0xdAC17F958D2ee523a2206206994597C13D831ec7"),
  accounts.processor("nowpayments"),
  accounts.swap("changenow"),
  accounts.bank("flutterwave"),
  ...(["pending", "available", "held", "recoverable"] as const).map((account) => accounts.payee(id, account)),
  accounts.conversion(id),
  accounts.surplus(id),
  accounts.suspense("wrong_asset"),
  ...(["fees", "network_costs", "variance", "fx", "funding"] as const).map((account) =>
    accounts.platform(account),
  ),
];

describe("the chart of accounts", () => {
  let db: Db;
  beforeAll(async () => {
    db = (await freshDatabase()).db;
  });

  const chartInSql = async (path: string) => {
    const { rows } = await sql<{ normalSide: string | null; folding: boolean }>`
      select normal_side as "normalSide", folding from ledger_chart(${path})`.execute(db);
    return rows[0]!.normalSide === null ? null : rows[0]!;
  };
  const chartInCode = (path: string) => {
    const line = chartOfAccounts.find(({ pattern }) => pattern.test(path));
    return line ? { normalSide: line.normalSide, folding: line.folding } : null;
  };

  test("every builder makes a path of its own line, and every line has a builder", () => {
    expect(everyPath.map((path) => chartLineOf(path).path)).toEqual(chartOfAccounts.map(({ path }) => path));
  });

  test.each(everyPath)("SQL and code agree on %s", async (path) => {
    expect(await chartInSql(path)).toEqual(chartInCode(path));
  });

  test("SQL and code agree on paths that nearly fit", async () => {
    const words = fc.constantFrom(
      "payee",
      "wallet",
      "pending",
      "recoverable",
      "fees",
      "platform",
      "a",
      "0xAb",
      "",
      "é",
      "A b",
    );
    const nearly = fc.array(words, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(":"));
    await fc.assert(
      fc.asyncProperty(nearly, async (path) => {
        expect(await chartInSql(path)).toEqual(chartInCode(path));
      }),
      { numRuns: 300 },
    );
  });

  test("only accounts that everybody posts to, and debts to us, are folded", async () => {
    expect(
      chartOfAccounts.filter(({ folding }) => !folding).every(({ normalSide }) => normalSide === "credit"),
    ).toBe(true);
  });

  test("docs/chart-of-accounts.md has every line with its side", () => {
    const page = readFileSync(new URL("../../docs/chart-of-accounts.md", import.meta.url), "utf8");
    for (const { path, normalSide, holds } of chartOfAccounts) {
      expect(page).toMatch(
        new RegExp(`\\| \`${path.replaceAll(/[<>:]/g, "\\$&")}\` +\\| ${normalSide} +\\| .*${holds}`),
      );
    }
  });
});
