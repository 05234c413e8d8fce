import { format } from "prettier";
import { beforeAll, expect, test } from "vitest";
import { problemKinds, publicCodes, requestProblemCodes } from "../../src/http/index.ts";
import { askWrongly, type GivenAnswer } from "./answers.ts";

let given: Record<string, GivenAnswer[]>;
let all: GivenAnswer[];
beforeAll(async () => {
  given = await askWrongly();
  all = Object.values(given).flat();
});

const cell = (text: string): string => text.replaceAll("\u0000", "\\u0000").replaceAll("|", "\\|");

test("every wrong request is answered with exactly these words. Changed on purpose: npx vitest run -u, and read the difference", async () => {
  const pages = Object.entries(given).map(([kind, answers]) =>
    [
      `## ${kind[0]!.toUpperCase()}${kind.slice(1)}`,
      "| Asked | Status | Code | Detail |\n| --- | --- | --- | --- |\n" +
        answers
          .map(
            ({ asked, status, code, detail }) =>
              `| ${["`` " + cell(asked) + " ``", String(status), `\`${code}\``, cell(detail)].join(" | ")} |`,
          )
          .join("\n"),
    ].join("\n\n"),
  );
  const page = ["# What wrong requests are answered with", ...pages].join("\n\n");
  await expect(await format(page, { parser: "markdown", printWidth: 110 })).toMatchFileSnapshot("answers.md");
});

test("the table is long, and each of its answers can be acted on", () => {
  expect(all.length).toBeGreaterThanOrEqual(120);
  expect(new Set(all.map(({ asked }) => asked)).size).toBe(all.length);
  for (const { asked, status, code, detail, next_step: nextStep } of all) {
    expect(publicCodes, asked).toContain(code);
    const kind = problemKinds[code as keyof typeof problemKinds];
    expect({ status, nextStep }, asked).toEqual({ status: kind.status, nextStep: kind.nextStep });
    expect(detail, asked).toMatch(/[.?]$/);
    expect(status, asked).toBeLessThan(500);
  }
});

test("no validator's own words reach anybody", () => {
  for (const { asked, detail } of all)
    expect(detail, asked).not.toMatch(
      /invalid (input|string|type|option)|expected |received|too (big|small)|unrecognized|zod/i,
    );
});

test("every kind of mistake in a request has a row on the page of errors", () => {
  expect(Object.keys(requestProblemCodes).length).toBeGreaterThan(10);
  const codes = new Set(all.flatMap(({ problems }) => problems));
  expect([...codes].filter((code) => !Object.hasOwn(requestProblemCodes, code))).toEqual([]);
});
