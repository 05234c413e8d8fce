import { Command, InvalidArgumentError, Option } from "commander";
import { reattribute, type Recipient } from "../arrivals/index.ts";
import { openForeignChains } from "../engine/index.ts";
import { arrivalReads } from "../http/index.ts";
import { chainOf, idOf } from "./arguments.ts";
import { cliOperator } from "./operator.ts";
import { ask, describeThing, listCommand, operation, type Thing } from "./reading.ts";
import { print, toJson } from "./screen.ts";
import { withParts } from "./with-database.ts";

const place = (command: Command): Command =>
  command
    .argument("<chain>", "as listed", chainOf)
    .argument("<hash>", "as listed")
    .argument("<index>", "as listed");

const show = (): Command =>
  place(new Command("show"))
    .description("One arrival with everybody who had it before")
    .option("--json", "one JSON document, as the API answers")
    .action(async (chain: string, hash: string, index: string, { json }: { json?: boolean }) => {
      const params = { chain, transaction_hash: hash, index };
      const thing = (await ask(operation(arrivalReads, "getArrival"), { params })) as Thing;
      print(json ? toJson(thing) : describeThing(thing));
    });

function recipientOf(text: string): Recipient {
  const [kind = "", id = ""] = text.split(":", 2);
  if ((kind === "payment" || kind === "order") && id !== "") return { kind, id: idOf(id) };
  if ((kind === "top_up" || kind === "unclaimed") && id === "") return { kind };
  throw new InvalidArgumentError("Write it as top_up, unclaimed, payment:<id> or order:<id>.");
}

const reattributeCommand = (): Command =>
  place(new Command("reattribute"))
    .description("Give an arrival to somebody else, proved and by two persons; the chain is read first")
    .addOption(
      new Option("--to <whom>", "top_up, unclaimed, payment:<id> or order:<id>")
        .argParser(recipientOf)
        .makeOptionMandatory(),
    )
    .requiredOption("--reason <text>", "why")
    .requiredOption("--proof <text>", "what shows it: a provider's answer, a ticket, a statement")
    .action(
      (
        chain: string,
        transactionHash: string,
        index: string,
        { to, reason, proof }: { to: Recipient; reason: string; proof: string },
      ) =>
        withParts(async (parts, config) => {
          const foreign = await openForeignChains(config, parts);
          const depositChains = new Map([
            ...parts.depositChains,
            ...foreign.map((one) => [one.name, one] as const),
          ]);
          await reattribute(
            { ...parts, depositChains },
            { at: { chain, transactionHash, index }, to, reason, proof, by: cliOperator() },
            AbortSignal.timeout(60_000),
          );
          print("Done. `spillway arrivals show` tells its history.");
        }),
    );

export const arrivalsCommand = (): Command =>
  new Command("arrivals")
    .description("What reached our wallets, and whose it is")
    .addCommand(
      listCommand({
        description: "List what reached our wallets and whose it is, newest first",
        route: operation(arrivalReads, "listArrivals"),
        columns: ["received_at", "chain", "transaction_hash", "index", "amount", "claimant", "evidence"],
        nothing: "Nothing arrived.",
      }),
    )
    .addCommand(show())
    .addCommand(reattributeCommand());
