// Writes behind each incident of docs/incidents.md the tests that name it. The sentences are written by hand, there.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMain } from "./is-main.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = `${root}docs/incidents.md`;
const isTest = (file: string): boolean => /(\.test\.ts$|\/contract\.ts$|\/testing\/|^tests\/)/.test(file);

/** "F12", "S06", "§7 35" → the files of the code that name it, sorted. "§7 13 15" names two. */
export function incidentsInCode(): Map<string, string[]> {
  const files = ["src", "tests", "simulator", "sandbox", "bench"].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
  );
  const named = new Map<string, string[]>();
  for (const file of files.toSorted())
    for (const [, code, numbers] of readFileSync(`${root}${file}`, "utf8").matchAll(
      /\b([FS]\d{2,3})\b|§7((?:,? \d{1,2}\b)+)/g,
    ))
      for (const id of code ? [code] : numbers!.match(/\d+/g)!.map((number) => `§7 ${number}`)) {
        const known = named.get(id) ?? [];
        if (!known.includes(file)) named.set(id, [...known, file]);
      }
  return named;
}

const line = /^- \*\*([FS]\d{2,3}|§7 \d+)\*\* (.+?)(?: Tests: .*)?$/gm;

/** The incidents that the page explains, in its order. */
export const incidentsExplained = (): string[] =>
  [...readFileSync(page, "utf8").matchAll(line)].map(([, id]) => id!);

/** docs/incidents.md as it is, with the tests as they are. */
export function renderIncidents(): string {
  const named = incidentsInCode();
  return readFileSync(page, "utf8").replace(line, (_, id: string, sentence: string) => {
    const links = (named.get(id) ?? [])
      .filter(isTest)
      .map(
        (file) => `[${file.replace(/^.*\/(?=[^/]+\/[^/]+$)/, "").replace(/(\.test)?\.ts$/, "")}](../${file})`,
      );
    return `- **${id}** ${sentence}${links.length > 0 ? ` Tests: ${links.join(", ")}.` : ""}`;
  });
}

if (isMain(import.meta.url)) writeFileSync(page, renderIncidents());
