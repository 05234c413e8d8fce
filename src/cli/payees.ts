import { readFile } from "node:fs/promises";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { readSettlementAsset } from "../conversions/index.ts";
import {
  callRoute,
  destinationRoutes,
  importRoute,
  invitationRoutes,
  operatorAs,
  payeeRoutes,
  type Route,
} from "../http/index.ts";
import { newId } from "../ids.ts";
import { importColumns } from "../payees/index.ts";
import {
  ask,
  describeThing,
  listCommand,
  operation,
  searchCommand,
  showCommand,
  type Thing,
} from "./reading.ts";
import { cliOperator } from "./operator.ts";
import { print, table, toJson } from "./screen.ts";
import type { Assembly } from "../engine/index.ts";
import type { Config } from "../config/index.ts";
import { withParts } from "./with-database.ts";

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

/** As `ask`, of an operation that its parts are needed for. */
const askParts = (
  pick: (parts: Assembly, config: Config) => Route,
  sent: (parts: Assembly) => Promise<Parameters<typeof callRoute>[1]>,
): Promise<void> =>
  withParts(async (parts, config) => {
    const { db, clock, log } = parts;
    const context = { db, clock, log, correlationId: newId(), principal: operatorAs(cliOperator()) };
    print(describeThing((await callRoute(pick(parts, config), await sent(parts), context)) as Thing));
  });

const setMode = (): Command =>
  new Command("mode")
    .description("Set how a payee is paid; it holds for what settles from now on")
    .argument("<id>", "as listed")
    .addArgument(new Argument("<mode>", "how they are paid").choices(["threshold", "instant"]))
    .action(async (id: string, to: string) => {
      const sent = { params: { id }, body: { payout_mode: to } };
      print(describeThing((await ask(operation(payeeRoutes, "setPayoutMode"), sent)) as Thing));
    });

const setFee = (): Command =>
  new Command("fee")
    .description("Set our fee of a payee's part of the orders made from now on")
    .argument("<id>", "as listed")
    .argument("<bps>", "in ten-thousandths, 0 to 9000; none: as the orders' own")
    .action(async (id: string, bps: string) => {
      const given = /^\d{1,5}$/.test(bps) ? parseInt(bps, 10) : bps;
      const sent = { params: { id }, body: { fee_bps: bps === "none" ? null : given } };
      print(describeThing((await ask(operation(payeeRoutes, "setPayeeFee"), sent)) as Thing));
    });

const setThreshold = (): Command =>
  new Command("threshold")
    .description("Set from which balance on a payee is paid")
    .argument("<id>", "as listed")
    .argument("<amount>", "in the settlement asset")
    .action((id: string, amount: string) =>
      askParts(
        () => operation(payeeRoutes, "setPayoutThreshold"),
        async ({ db }) => {
          const body = { payout_threshold: { asset: await readSettlementAsset(db), amount } };
          return { params: { id }, body };
        },
      ),
    );

const ofDestinations =
  (operationId: string) =>
  ({ destinations }: Assembly): Route =>
    operation(destinationRoutes(destinations), operationId);

interface DestinationOptions {
  readonly asset: string;
  readonly address: string;
  readonly memo?: string;
}

const destination = (): Command =>
  new Command("destination")
    .description(
      "Ask that a payee be paid elsewhere: a code goes to their contact, and `confirm` takes it; without a contact two persons ask",
    )
    .argument("<id>", "as listed")
    .requiredOption("--asset <id>", "what they are paid in")
    .requiredOption("--address <address>", "where")
    .option("--memo <memo>", "tag of an address that many share")
    .action((id: string, to: DestinationOptions) =>
      askParts(ofDestinations("changeDestination"), () =>
        Promise.resolve({ params: { id }, body: { destination: { ...to } } }),
      ),
    );

const confirm = (): Command =>
  new Command("confirm")
    .description("Put a change of a payee's destination in force, by the code that their contact got")
    .argument("<id>", "as listed")
    .argument("<change>", "as `destination` named it")
    .argument("<code>", "as the message says it")
    .action((id: string, change: string, code: string) =>
      askParts(ofDestinations("confirmDestination"), () =>
        Promise.resolve({ params: { id, change_id: change }, body: { code } }),
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

interface Imported {
  readonly written: boolean;
  readonly created: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly rows: readonly {
    readonly line: number;
    readonly external_id: string | null;
    readonly outcome: string;
    readonly problem: {
      readonly code: string;
      readonly message: string;
      readonly next_step: string | null;
    } | null;
  }[];
}

function describeImport({ written, created, unchanged, refused, rows }: Imported): string {
  const counts = `${created} created, ${unchanged} unchanged, ${refused} refused`;
  const wrong = rows.flatMap(({ line, external_id: id, problem }) =>
    problem === null ? [] : [[String(line), id ?? "–", problem.code, problem.message]],
  );
  return [
    ...(wrong.length === 0 ? [] : [table([["line", "external id", "code", "what is wrong"], ...wrong]), ""]),
    written ? `${counts}.` : `Would be: ${counts}. Nothing was written: it was a dry run.`,
  ].join("\n");
}

async function readFileOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new InvalidArgumentError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unreadable"}).`,
    );
  }
}

const importCommand = (): Command =>
  new Command("import")
    .description("Create the payees of a file of comma-separated values, all of them or none")
    .argument("<file>", `its first line names the columns, out of ${importColumns.join(", ")}`)
    .option("--dry-run", "nothing is written: see what would become of each row")
    .option("--json", "one JSON document, as the API answers")
    .action(async (file: string, { dryRun, json }: { dryRun?: boolean; json?: boolean }) => {
      const body = { csv: await readFileOf(file), dry_run: dryRun ?? false };
      const result = (await ask(importRoute, { body })) as Imported;
      print(json ? toJson(result) : describeImport(result));
      if (result.refused > 0) process.exitCode = 1;
    });

interface InviteOptions {
  readonly externalId: string;
  readonly name: string;
  readonly mode?: string;
  readonly threshold?: string;
  readonly hours?: string;
}

const invite = (): Command =>
  new Command("invite")
    .description(
      "Make a link by which somebody enters where they are paid, once; it is shown in this answer only",
    )
    .requiredOption("--external-id <id>", "yours: the payee is found by it afterwards")
    .requiredOption("--name <name>", "what they are called")
    .addOption(
      new Option("--mode <mode>", "how they are paid; threshold if left out").choices([
        "threshold",
        "instant",
      ]),
    )
    .option(
      "--threshold <amount>",
      "the balance from which on they are paid, in the settlement asset; 50 if left out",
    )
    .option("--hours <n>", "how long the link is good; a week if left out")
    .action(({ externalId, name, mode, threshold, hours }: InviteOptions) =>
      askParts(
        (_parts, config) => operation(invitationRoutes(config), "invitePayee"),
        async ({ db }) => {
          const asset = await readSettlementAsset(db);
          const body = {
            external_id: externalId,
            name,
            ...(mode !== undefined && { payout_mode: mode }),
            ...(threshold !== undefined && { payout_threshold: { asset, amount: threshold } }),
            ...(hours !== undefined && {
              good_for_hours: /^\d{1,4}$/.test(hours) ? parseInt(hours, 10) : hours,
            }),
          };
          return { body };
        },
      ),
    );

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
    .addCommand(contact())
    .addCommand(setMode())
    .addCommand(setThreshold())
    .addCommand(setFee())
    .addCommand(destination())
    .addCommand(confirm())
    .addCommand(importCommand())
    .addCommand(invite());
