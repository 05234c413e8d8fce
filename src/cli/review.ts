import { Command, Option } from "commander";
import { formatUnits, formatUsd, registry } from "../money/index.ts";
import { actOnReview, listReview, type ReviewItem } from "../desk/index.ts";
import { cliOperator } from "./operator.ts";
import { print, table, toJson } from "./screen.ts";
import { withParts } from "./with-database.ts";

function row(item: ReviewItem): string[] {
  const money = item.money.map(
    ({ asset, amount }) => `${formatUnits(amount, registry.get(asset).decimals)} ${asset}`,
  );
  return [
    item.thing,
    item.id,
    item.status,
    item.said ? `${item.reason}: ${item.said}` : item.reason,
    item.since?.toISOString() ?? "–",
    item.owner,
    item.deadlineAt?.toISOString() ?? "–",
    money.join(", "),
    item.usdMicros === null ? "–" : formatUsd(item.usdMicros),
    item.actions.join(" "),
  ];
}

const heading = ["thing", "id", "status", "reason", "since", "owner", "deadline", "money", "USD", "actions"];

const list = (): Command =>
  new Command("list")
    .description("Everything a person should look at, the longest waiting first, with what may be done")
    .option("--json", "one JSON document")
    .action(({ json }: { json?: boolean }) =>
      withParts(async (parts) => {
        const items = await listReview(parts, AbortSignal.timeout(60_000));
        if (json) return print(toJson(items));
        print(items.length === 0 ? "Nothing needs a person." : table([heading, ...items.map(row)]));
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
    .addOption(new Option("--hash <hash>", "top_up: the transaction that brought the coins"))
    .action(
      (
        thing: string,
        id: string,
        action: string,
        { order, address, hash }: { order?: string; address?: string; hash?: string },
      ) =>
        withParts(async (parts) => {
          const input = { orderId: order, address, transactionHash: hash };
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
