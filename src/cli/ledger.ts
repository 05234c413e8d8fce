import { Command, InvalidArgumentError } from "commander";
import { systemClock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import { balanceAt, balanceOf, chartOfAccounts, sealLedger, verifyLedger } from "../ledger/index.ts";
import { formatUnits, registry } from "../money/index.ts";
import { openProgress } from "./progress.ts";
import { print, table, toJson } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

const verify = (): Command =>
  new Command("verify")
    .description("Recompute every sealed entry, block and balance; exit code 1 names what was changed")
    .option("--json", "one JSON document")
    .action(({ json }: { json?: boolean }) =>
      withDatabase(async ({ db }) => {
        const progress = openProgress(process.stderr);
        const onProgress = (checked: number): void => progress.detail(`${checked} entries checked`);
        const found = await verifyLedger(db, process.stderr.isTTY ? { onProgress } : {});
        progress.end();
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

function parseMoment(text: string): Date {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime()))
    throw new InvalidArgumentError("Write it as ISO 8601, such as 2026-11-20T12:00:00Z.");
  return moment;
}

const balance = (): Command =>
  new Command("balance")
    .description("Balance of an account, now or at a past time; docs/chart-of-accounts.md lists the accounts")
    .argument("<account>", "such as platform:fees or payee:<id>:available")
    .argument("<asset>", "such as ethereum:USDT")
    .option("--at <time>", "ISO 8601; what the book said then", parseMoment)
    .action((account: string, assetId: string, { at }: { at?: Date }) =>
      withDatabase(async ({ db }) => {
        const asset = registry.get(assetId);
        if (chartOfAccounts.every(({ pattern }) => !pattern.test(account)))
          throw new DomainError("unknown_account", `"${account}" is no account of the chart of accounts.`);
        const amount = await (at ? balanceAt(db, account, asset.id, at) : balanceOf(db, account, asset.id));
        print(`${formatUnits(amount, asset.decimals)} ${asset.id}`);
      }),
    );

export const ledgerCommand = (): Command =>
  new Command("ledger")
    .description("The book of record")
    .addCommand(verify())
    .addCommand(seal())
    .addCommand(balance());
