import { Command } from "commander";
import { loadConfig } from "../config/index.ts";
import { DomainError } from "../errors.ts";
import { assemble, examine, type Finding } from "../engine/index.ts";
import { print, table, toJson } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

export const doctorCommand = (): Command =>
  new Command("doctor")
    .description(
      "Check everything the engine needs, one by one: settings, keys, nodes, providers, database; exit code 1 on any no",
    )
    .option("--json", "one JSON document")
    .action(async ({ json }: { json?: boolean }) => {
      const components = await findings(process.env);
      const ok = components.every(({ works }) => works !== "no");
      if (json) print(toJson({ ok, components }));
      else print(tableOf(components));
      if (!ok) process.exitCode = 1;
    });

export const tableOf = (components: readonly Finding[]): string =>
  table([
    ["component", "works", ""],
    ...components.map(({ component, works, detail }) => [component, works === "no" ? "NO" : works, detail]),
  ]);

/** What cannot even be begun is the first finding, and the last. */
export async function findings(environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const found: Finding[] = [];
  const stage = async <T>(component: string, run: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      found.push({ component, works: "no", detail: error.message, code: error.code });
      return null;
    }
  };
  const config = await stage("configuration", () => loadConfig(environment));
  if (config === null) return found;
  found.push({ component: "configuration", works: "yes", detail: "", code: null });
  const examined = await stage("database", () =>
    withDatabase(
      (database, log) => examine(assemble(config, database.db, log), database.embedded),
      environment,
    ),
  );
  return [...found, ...(examined ?? [])];
}
