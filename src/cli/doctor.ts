import { Command } from "commander";
import { describeError } from "../errors.ts";
import { readinessChecks } from "../health/index.ts";
import { print, table, toJson } from "./screen.ts";
import { withParts } from "./with-database.ts";

export const doctorCommand = (): Command =>
  new Command("doctor")
    .description("Check configuration, database, chains and providers, one by one")
    .option("--json", "one JSON document")
    .action(({ json }: { json?: boolean }) =>
      withParts(async (parts) => {
        const results = [];
        for (const { name, critical, check } of readinessChecks(parts)) {
          const outcome = await check().then(
            (detail) => ({ ok: true, detail: detail ?? "" }),
            (error: unknown) => ({ ok: false, detail: describeError(error) }),
          );
          results.push({ name, critical, ...outcome });
        }
        if (json) print(toJson(results));
        else
          print(
            table([
              ["component", "works", ""],
              ...results.map((row) => [row.name, row.ok ? "yes" : "NO", row.detail]),
            ]),
          );
        if (results.some((result) => !result.ok && result.critical)) process.exitCode = 1;
      }),
    );
