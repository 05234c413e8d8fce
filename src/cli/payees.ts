import { Command, InvalidArgumentError, Option } from "commander";
import { payeeRoutes } from "../http/index.ts";
import {
  ask,
  describeThing,
  listCommand,
  operation,
  searchCommand,
  showCommand,
  type Thing,
} from "./reading.ts";
import { print } from "./screen.ts";

const rename = (): Command =>
  new Command("rename")
    .description("Change what a payee is called")
    .argument("<id>", "as listed")
    .argument("<name>")
    .action(async (id: string, name: string) =>
      print(
        describeThing(
          (await ask(operation(payeeRoutes, "renamePayee"), { params: { id }, body: { name } })) as Thing,
        ),
      ),
    );

interface ContactOptions {
  readonly email?: string;
  readonly telegram?: string;
  readonly none?: boolean;
}

function contactOf({ email, telegram, none }: ContactOptions): object | null {
  if (email !== undefined) return { channel: "email", address: email };
  if (telegram !== undefined) return { channel: "telegram", address: telegram };
  if (none) return null;
  throw new InvalidArgumentError("Say how they are told: --email, --telegram, or --none.");
}

const contact = (): Command =>
  new Command("contact")
    .description(
      "Set how a payee is told what concerns them; the former contact is told that it is no longer used",
    )
    .argument("<id>", "as listed")
    .addOption(new Option("--email <address>", "an e-mail address").conflicts(["telegram", "none"]))
    .addOption(new Option("--telegram <chat>", "the id of a chat with the bot, a number").conflicts(["none"]))
    .option("--none", "they are told nothing")
    .action(async (id: string, given: ContactOptions) => {
      const sent = { params: { id }, body: { contact: contactOf(given) } };
      print(describeThing((await ask(operation(payeeRoutes, "setPayeeContact"), sent)) as Thing));
    });

export const payeesCommand = (): Command =>
  new Command("payees")
    .description("People we owe")
    .addCommand(
      listCommand({
        description: "List payees",
        route: operation(payeeRoutes, "listPayees"),
        columns: ["id", "name", "destination.asset", "payout_threshold", "status"],
        nothing: "Nobody is owed anything yet.",
      }),
    )
    .addCommand(searchCommand("Find payees by id, hash, address or external id", "payee"))
    .addCommand(showCommand("A payee with what they have", operation(payeeRoutes, "getPayee")))
    .addCommand(rename())
    .addCommand(contact());
