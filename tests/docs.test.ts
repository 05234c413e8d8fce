import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderClient } from "../scripts/generate-client.ts";
import { commandsOf, renderCommands } from "../scripts/generate-commands.ts";
import { renderConfiguration } from "../scripts/generate-configuration.ts";
import { incidentsExplained, incidentsInCode, renderIncidents } from "../scripts/generate-incidents.ts";
import { renderOpenApi } from "../scripts/generate-openapi.ts";
import { renderErrors } from "../scripts/generate-errors.ts";
import { renderScopes } from "../scripts/generate-scopes.ts";
import { renderStates } from "../scripts/generate-states.ts";
import { buildProgram } from "../src/cli/index.ts";
import { configTable, renderEnvExample } from "../src/config/index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8").replaceAll("\r\n", "\n");
const pages = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "sandbox/README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`),
];

test("openapi.json is what the routes say. Stale: npx tsx scripts/generate-openapi.ts", async () => {
  // Parsed, so that a difference is shown by its path.
  expect(JSON.parse(read("openapi.json"))).toEqual(JSON.parse(await renderOpenApi()));
});

test("client/schema.d.ts is what openapi.json says. Stale: npx tsx scripts/generate-client.ts", async () => {
  expect(read("client/schema.d.ts")).toBe(await renderClient());
});

test("docs/states.md is what the transition tables say. Stale: npx tsx scripts/generate-states.ts", async () => {
  expect(read("docs/states.md")).toBe(await renderStates());
});

test("docs/configuration.md lists the variables of the code. Stale: npx tsx scripts/generate-configuration.ts", async () => {
  expect(read("docs/configuration.md")).toBe(await renderConfiguration());
});

test("docs/commands.md prints what --help prints. Stale: npx tsx scripts/generate-commands.ts", async () => {
  expect(read("docs/commands.md")).toBe(await renderCommands());
});

test("docs/scopes.md lists what each operation asks for. Stale: npx tsx scripts/generate-scopes.ts", async () => {
  expect(read("docs/scopes.md")).toBe(await renderScopes());
});

test("docs/errors.md lists every code with what to do. Stale: npx tsx scripts/generate-errors.ts", async () => {
  expect(read("docs/errors.md")).toBe(await renderErrors());
});

describe("docs/incidents.md", () => {
  const named = [...incidentsInCode().keys()].toSorted();

  test("explains every incident that the code names, and no other", () => {
    expect(incidentsExplained().toSorted()).toEqual(named);
  });

  test("links the tests that name each. Stale: npx tsx scripts/generate-incidents.ts", () => {
    expect(read("docs/incidents.md")).toBe(renderIncidents());
    const untested = [...read("docs/incidents.md").matchAll(/^- \*\*(.+?)\*\*(?!.* Tests: )/gm)];
    expect(untested.map(([, id]) => id)).toEqual([]);
  });
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

test("every decision has a number of its own, and its heading says the same one", () => {
  const files = readdirSync(join(root, "docs/decisions")).toSorted();
  expect(files.map((file) => file.slice(0, 4))).toEqual(
    files.map((_, index) => String(index + 1).padStart(4, "0")),
  );
  for (const file of files)
    expect(read(`docs/decisions/${file}`)).toMatch(new RegExp(`^# ${Number(file.slice(0, 4))}\\. `));
});

test("every file and folder of ours that a page names is there", () => {
  const named = /`((?:src|tests|sandbox|simulator|harness|bench|scripts|db|docs|bin)\/[\w./-]+)`/g;
  const gone = pages.flatMap((page) =>
    [...read(page).matchAll(named)]
      .filter(([, path]) => !existsSync(join(root, path!)))
      .map(([, path]) => `${page}: ${path}`),
  );
  expect(gone).toEqual([]);
});

describe("every command of a page can be run", () => {
  const program = buildProgram();
  const commands = commandsOf(program);
  const groups = program.commands.map((command) => command.name());
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

  /** What a page says as code: lines of its shell blocks, and spans within its sentences. */
  const code = (page: string): string[] => {
    const blocks = [...read(page).matchAll(/^```sh\n([\s\S]*?)^```/gm)];
    const prose = read(page).replace(/^```[\s\S]*?^```/gm, "");
    return [
      ...blocks.flatMap(([, text]) => text!.split("\n")),
      ...[...prose.matchAll(/`([^`]+)`/g)].map(([, text]) => text!.replaceAll("\n", " ")),
    ];
  };
  const found = (pattern: RegExp): { page: string; words: string }[] =>
    pages.flatMap((page) =>
      code(page).flatMap((text) =>
        [...text.matchAll(pattern)].map(([, words]) => ({ page, words: words!.trim() })),
      ),
    );

  /** Whether "review act <thing> <id> <action> --order <id>" is a command, with options it has. */
  function isCommand(words: string): boolean {
    if (words.startsWith("<command>") || groups.includes(words)) return true;
    const named = commands.find(({ name }) => words === name || words.startsWith(`${name} `));
    const options = [...words.matchAll(/(?<=\s)--[a-z-]+/g)].map(([option]) => option);
    return (
      named !== undefined &&
      options.every((option) => named.command.options.some(({ long }) => long === option))
    );
  }

  test("spillway", () => {
    const shown = found(/(?<![\w/-])spillway ([a-z<][^#|&;]*)/g);
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.filter(({ words }) => !isCommand(words))).toEqual([]);
  });

  test("npm run, with the options of the command behind it", () => {
    const shown = found(/\bnpm (?:run )?(?:--\S+ )*((?:start|test|(?<=run .*)[a-z:-]+)(?: -- [^#|&;]*)?)/g);
    expect(shown.length).toBeGreaterThan(5);
    const wrong = shown.filter(({ words }) => {
      const [name = "", given] = words.split(" -- ");
      const behind = scripts[name]?.startsWith("node bin/spillway.js ")
        ? `${name} ${given ?? ""}`.trim()
        : null;
      return scripts[name] === undefined || (behind !== null && !isCommand(behind));
    });
    expect(wrong).toEqual([]);
  });

  test("scripts run by themselves", () => {
    const shown = found(/\b(?:node|tsx) ((?:bin|scripts)\/\S+\.[jt]s)/g);
    expect(shown.filter(({ words }) => !existsSync(join(root, words)))).toEqual([]);
  });
});

const foldersOf = (parent: string): string[] =>
  readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "testing")
    .map((entry) => entry.name)
    .toSorted();

describe("README's map", () => {
  const map = /## The map\n\n```text\n([\s\S]*?)```/.exec(read("README.md"))?.[1] ?? "";
  const named = (pattern: RegExp, text = map): string[] =>
    [...text.matchAll(pattern)].map(([, name]) => name!).toSorted();

  test("shows every room, and none that is not there", () => {
    expect(named(/^ {2}([a-z-]+)\/ /gm)).toEqual(foldersOf("src"));
  });

  test("shows every folder of the project, and none that is not there", () => {
    // What an installation, a build or a run leaves behind is not the project's.
    const own = foldersOf(".").filter((name) => !/^(\.|(node_modules|build|data)$)/.test(name));
    expect(named(/^([a-z-]+)\//gm)).toEqual(own);
  });

  test("names every provider, price source and chain family", () => {
    const line = (room: string): string => new RegExp(`^ {2}${room}/ (.*)$`, "m").exec(map)?.[1] ?? "";
    expect(named(/\b([a-z]+)\//g, line("providers"))).toEqual(foldersOf("src/providers"));
    expect(named(/\b([a-z]+)\//g, line("chains"))).toEqual(foldersOf("src/chains"));
    const sources = foldersOf("src/providers/prices").filter((name) => name !== "median");
    expect(/\(([a-z, ]+)\)/.exec(line("providers"))?.[1]?.split(", ").toSorted()).toEqual(sources);
  });
});

describe("what README says is not there yet", () => {
  const files = ["src", "sandbox"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => !name.includes(".test."))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
  );
  const routes = Object.entries(
    (JSON.parse(read("openapi.json")) as { paths: Record<string, object> }).paths,
  ).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
  const commands = commandsOf(buildProgram()).map(({ name }) => name);
  const code = (pattern: RegExp): string[] => files.filter((file) => pattern.test(file));
  const api = (pattern: RegExp): string[] => [...routes, ...commands].filter((name) => pattern.test(name));

  /** For each line of the list, by its first words: what there would be if it were no longer missing. */
  const traces: Record<string, () => unknown[]> = {
    Processors: () =>
      foldersOf("src/providers")
        .map((name) => `src/providers/${name}/index.ts`)
        .filter((file) => existsSync(join(root, file)) && /\bPaymentProcessor\b/.test(read(file)))
        .filter((file) => !file.includes("/nowpayments/")),
    "Sending on Solana, Tron and Aptos": () =>
      code(/chains\/(solana|tron|aptos)\/(.*-)?(sign|signer|send|sending|broadcast)\b/),
    "Remote signer": () => code(/remote-?sign|kms|hsm/),
    Banks: () => [
      ...code(/fiat-payment|bank-intake|return-payout/),
      ...api(/fiat-payments|payouts\/\{id\}\/returned/),
    ],
    "Payee access": () => [...code(/portal|payee-session/), ...api(/portal/)],
    "Web pages": () => ["web", "sdk"].filter((folder) => existsSync(join(root, folder))),
    "Telegram bot": () => code(/src\/telegram\//),
    "Outbound webhooks": () => [...code(/outbound/), ...api(/webhook-endpoints/)],
    "Log-ins": () => api(/users|sessions|roles|log-?in/),
    "Keys for `/metrics`, `/health` and `/docs`": () => code(/metrics-(key|token)|authenticate-operator/),
    // Said by the page on reliability, too, in these words.
    "Live services": () =>
      read("docs/reliability.md").includes("Nothing here has met the live services.") ? [] : ["met"],
  };
  const list = /## What is not there yet\n([\s\S]*?)\n\n[^-\s]/.exec(read("README.md"))?.[1] ?? "";
  const lines = [...list.matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, name]) => name!);

  test("each line is one that is looked for below", () => {
    expect(lines).toEqual(Object.keys(traces));
    expect(list.match(/^- /gm)).toHaveLength(lines.length);
  });

  test.each(lines)("%s", (line) => {
    expect(traces[line]?.()).toEqual([]);
  });
});
