import { Command } from "commander";
import { systemClock } from "../clock.ts";
import { sealLedger, verifyLedger } from "../ledger/index.ts";
import { print, table, toJson, withDatabase } from "./with-parts.ts";

const verify = (): Command =>
  new Command("verify")
    .description("Recompute every sealed entry, block and balance; exit code 1 names what was changed")
    .option("--json", "one JSON document")
    .action(({ json }: { json?: boolean }) =>
      withDatabase(async ({ db }) => {
        const onProgress = (checked: number): void =>
          void process.stderr.write(`\r${checked} entries checked`);
        const found = await verifyLedger(db, process.stderr.isTTY ? { onProgress } : {});
        if (process.stderr.isTTY) process.stderr.write("\n");
        if (json) print(toJson(found));
        else {
          print(
            `${found.entries} entries, ${found.blocks} blocks, ${found.unsealed} entries not sealed yet.`,
          );
          if (found.lastBlock)
            print(
              `Last block ${found.lastBlock.height}: ${found.lastBlock.hash}. Keep it elsewhere to notice a rewritten book.`,
            );
          print(
            found.problems.length === 0
              ? "Nothing was changed."
              : table([["problem", "id", "detail"], ...found.problems.map((p) => [p.kind, p.id, p.detail])]),
          );
        }
        if (found.problems.length > 0) process.exitCode = 1;
      }),
    );

const seal = (): Command =>
  new Command("seal")
    .description("Seal what is committed now (the engine does it every minute)")
    .action(() => withDatabase(async ({ db }) => print(toJson(await sealLedger(db, systemClock)))));

export const ledgerCommand = (): Command =>
  new Command("ledger").description("The book of record").addCommand(verify()).addCommand(seal());
