import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { renderEnvExample } from "../scripts/generate-env-example.ts";
import { renderOpenApi } from "../scripts/generate-openapi.ts";
import { renderReadme } from "../scripts/generate-readme-table.ts";
import { renderStates } from "../scripts/generate-states.ts";
import { configTable } from "../src/config/index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8").replaceAll("\r\n", "\n");
const pages = [
  "README.md",
  "sandbox/README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`),
];

test("openapi.json is what the routes say. Stale: npx tsx scripts/generate-openapi.ts", async () => {
  // Parsed, so that a difference is shown by its path.
  expect(JSON.parse(read("openapi.json"))).toEqual(JSON.parse(await renderOpenApi()));
});

test("docs/states.md is what the transition tables say. Stale: npx tsx scripts/generate-states.ts", async () => {
  expect(read("docs/states.md")).toBe(await renderStates());
});

test("the README's environment table is that of the code. Stale: npx tsx scripts/generate-readme-table.ts", async () => {
  expect(read("README.md")).toBe(await renderReadme());
});

test(".env.example is what the table of variables says. Stale: npx tsx scripts/generate-env-example.ts", () => {
  expect(read(".env.example")).toBe(renderEnvExample());
});

test(".env.example names every variable, required ones uncommented, with the code's defaults", () => {
  const lines = new Map(
    [...read(".env.example").matchAll(/^(#?)([A-Z_]+)=(.*)$/gm)].map(([, comment, name, value]) => [
      name,
      { commented: comment === "#", value },
    ]),
  );
  expect([...lines.keys()]).toEqual(configTable.map(({ name }) => name));
  for (const { name, default: fallback } of configTable) {
    expect(lines.get(name)?.value, name).toBe(fallback ?? "");
    if (fallback === undefined) expect(lines.get(name)?.commented, name).toBe(false);
  }
});

test("every link of a page leads to a file that is there", () => {
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(dead).toEqual([]);
});

test("the README shows every command there is, and no other", () => {
  const table = /\| Command[^\n]*\n([\s\S]*?)\n\n/.exec(read("README.md"))?.[1] ?? "";
  const shown = [...table.matchAll(/^\| ([^|]*)\|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([a-z][^`<]*)[^`]*`/g)].map(([, command]) => command!.trim()),
  );
  expect(shown.toSorted()).toEqual(commandsInCode().toSorted());
});

/** "events", "ledger verify", …: a file of src/cli is one command, or a group of those it makes before the group. */
function commandsInCode(): string[] {
  const files = readdirSync(join(root, "src/cli")).filter(
    (name) => name.endsWith(".ts") && name !== "main.ts",
  );
  return files.flatMap((file) => {
    const names = [...read(`src/cli/${file}`).matchAll(/new Command\("([a-z-]+)"\)/g)].map(
      ([, name]) => name!,
    );
    const isGroup = read(`src/cli/${file}`).includes(".addCommand(");
    const group = names.at(-1);
    return isGroup ? names.slice(0, -1).map((name) => `${group} ${name}`) : names;
  });
}

test("the README's map shows every room, and none that is not there", () => {
  const map = /## The map\n\n```text\n([\s\S]*?)```/.exec(read("README.md"))?.[1] ?? "";
  const shown = [...map.matchAll(/^ {2}([a-z]+)\/ /gm)].map(([, name]) => name!);
  const rooms = readdirSync(join(root, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(shown.toSorted()).toEqual(rooms.toSorted());
});
