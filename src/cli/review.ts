import { Command, Option } from "commander";
import { actOnReview, listReview } from "../desk/index.ts";
import { presentReviewItem } from "../http/index.ts";
import { cliOperator } from "./operator.ts";
import { cell, worded } from "./reading.ts";
import { print, table, toJson } from "./screen.ts";
import { withParts } from "./with-database.ts";

const columns = [
  "thing",
  "id",
  "status",
  "reason",
  "since",
  "owner",
  "deadline_at",
  "money",
  "usd",
  "version",
] as const;

const list = (): Command =>
  new Command("list")
    .description("Everything a person should look at, the longest waiting first, with what may be done")
    .option("--json", "one JSON document, as the API answers")
    .action(({ json }: { json?: boolean }) =>
      withParts(async (parts) => {
        const data = (await listReview(parts, AbortSignal.timeout(60_000))).map(presentReviewItem);
        if (json) return print(toJson({ data }));
        if (data.length === 0) return print("Nothing needs a person.");
        const rows = data.map((item) => [
          ...columns.map((column) =>
            column === "reason" && item.said ? `${item.reason}: ${item.said}` : cell(item[column]),
          ),
          item.actions.join(" "),
        ]);
        print(table([[...columns.map(worded), "actions"], ...rows]));
      }),
    );

const act = (): Command =>
  new Command("act")
    .description("Do one of an item's actions; it asks the chain or the provider first, and is recorded")
    .argument("<thing>", "as listed")
    .argument("<id>", "as listed")
    .argument("<action>", "as listed")
    .addOption(new Option("--order <id>", "assign: the order that the money is for"))
    .addOption(new Option("--address <address>", "refund: where the payer wants the coins"))
    .addOption(new Option("--hash <hash>", "top_up, paid_outside: the transaction that brought the coins"))
    .addOption(new Option("--seen <version>", "acknowledge: the version that you read, as listed"))
    .action(
      (
        thing: string,
        id: string,
        action: string,
        { order, address, hash, seen }: { order?: string; address?: string; hash?: string; seen?: string },
      ) =>
        withParts(async (parts) => {
          const input = { orderId: order, address, transactionHash: hash, seen };
          await actOnReview(
            parts,
            { thing, id, action, input, by: cliOperator() },
            AbortSignal.timeout(60_000),
          );
          print("Done. `spillway review list` shows what is left.");
        }),
    );

export const reviewCommand = (): Command =>
  new Command("review").description("The recovery desk").addCommand(list()).addCommand(act());
