import { Command } from "commander";
import { presentComparison } from "../http/index.ts";
import { compareWallets, findFaults } from "../reconciliation/index.ts";
import { print, table, toJson } from "./screen.ts";
import { withParts } from "./with-database.ts";

export const reconcileCommand = (): Command =>
  new Command("reconcile")
    .description(
      "Check every promise of the books and whether what is owed is there, compare wallets with their chains; exit code 1 on any difference",
    )
    .option("--json", "one JSON document, as the API answers")
    .action(({ json }: { json?: boolean }) =>
      withParts(async (parts) => {
        const differences = await findFaults(parts.db);
        const compared = await compareWallets(parts, AbortSignal.timeout(60_000));
        const wallets = compared.map(presentComparison);
        if (json) print(toJson({ differences, wallets }));
        else {
          print(
            table([
              ["wallet", "asset", "booked", "on chain", "not final", "difference"],
              ...wallets.map((row) => [
                row.address,
                row.asset,
                row.booked,
                row.on_chain,
                row.not_final,
                row.difference,
              ]),
            ]),
          );
          print(
            differences.length === 0
              ? "\nThe books agree with themselves, and what is owed is there."
              : `\n${table([["check", "id", "detail"], ...differences.map((d) => [d.check, d.id, d.detail])])}`,
          );
        }
        if (differences.length > 0 || compared.some(({ difference }) => difference !== 0n))
          process.exitCode = 1;
      }),
    );
