import { Command } from "commander";
import { formatUnits, registry } from "../money/index.ts";
import { checkInvariants, compareWallets } from "../reconciliation/index.ts";
import { print, table, toJson } from "./screen.ts";
import { withParts } from "./with-database.ts";

export const reconcileCommand = (): Command =>
  new Command("reconcile")
    .description(
      "Check every promise of the books and compare wallets with their chains; exit code 1 on any difference",
    )
    .option("--json", "one JSON document")
    .action(({ json }: { json?: boolean }) =>
      withParts(async (parts) => {
        const differences = await checkInvariants(parts.db);
        const wallets = await compareWallets(parts, AbortSignal.timeout(60_000));
        const decimal = (asset: string, amount: bigint) => formatUnits(amount, registry.get(asset).decimals);
        if (json) print(toJson({ differences, wallets }));
        else {
          print(
            table([
              ["wallet", "asset", "booked", "on chain", "not final", "difference"],
              ...wallets.map((row) => [
                row.address,
                row.asset,
                decimal(row.asset, row.booked),
                decimal(row.asset, row.onChain),
                decimal(row.asset, row.notFinal),
                decimal(row.asset, row.difference),
              ]),
            ]),
          );
          print(
            differences.length === 0
              ? "\nThe books agree with themselves."
              : `\n${table([["check", "id", "detail"], ...differences.map((d) => [d.check, d.id, d.detail])])}`,
          );
        }
        if (differences.length > 0 || wallets.some((wallet) => wallet.difference !== 0n))
          process.exitCode = 1;
      }),
    );
