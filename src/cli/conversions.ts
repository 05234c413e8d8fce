import { Command } from "commander";
import { checkConversions } from "../conversions/index.ts";
import { formatUnits, formatUsd, registry } from "../money/index.ts";
import { print, table, toJson, withParts } from "./with-parts.ts";

const check = (): Command =>
  new Command("check")
    .description("Check the conversion trigger now")
    .option("--force", "convert below the trigger too")
    .option("--json", "one JSON document")
    .action(({ force, json }: { force?: boolean; json?: boolean }) =>
      withParts(async ({ conversions }) => {
        const results = await checkConversions(conversions, AbortSignal.timeout(60_000), force ?? false);
        if (json) return print(toJson(results));
        const rows = results.map((row) => [
          row.asset,
          formatUnits(row.pendingAmount, registry.get(row.asset).decimals),
          row.pendingUsdMicros === null ? "–" : formatUsd(row.pendingUsdMicros),
          row.decision,
          row.reason,
        ]);
        print(
          rows.length === 0
            ? "Nothing is pending."
            : table([["asset", "pending", "USD", "decision", "reason"], ...rows]),
        );
      }),
    );

export const conversionsCommand = (): Command =>
  new Command("conversions").description("Micro-batches").addCommand(check());
