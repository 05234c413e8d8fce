import { once } from "node:events";
import { Command, InvalidArgumentError, Option } from "commander";
import { systemClock } from "../clock.ts";
import { statementPage } from "../http/index.ts";
import { readStatement, readStatements, statementCsv, type Statement } from "../statements/index.ts";
import { idOf } from "./arguments.ts";
import { moment } from "./reading.ts";
import { print, table, toJson } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

/** A day is its beginning in UTC. */
function momentOf(text: string): Date {
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? new Date(text)
    : new Date(Number.NaN);
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError("A moment is a day, 2026-11-01, or 2026-11-01T09:30:00Z.");
  return at;
}

interface PeriodOptions {
  readonly from: Date;
  readonly to?: Date;
}

const withPeriod = (command: Command): Command =>
  command
    .addOption(
      new Option("--from <moment>", "what was booked until then is the opening balance")
        .argParser(momentOf)
        .default(new Date(0), "from the beginning"),
    )
    .addOption(
      new Option("--to <moment>", "what was booked until then is in it (default: now)").argParser(momentOf),
    );

type Position = Statement["assets"][number]["opening"];
const cells = ({ pending, available, held, recoverable }: Position): string[] => [
  pending,
  available,
  held,
  recoverable,
];

function describe(statement: Statement): string {
  const head = `${statement.payee_name}, ${moment(statement.from)} to ${moment(statement.to)}`;
  if (statement.assets.length === 0) return `${head}\nNothing was booked, and nothing is owed.`;
  const parts = statement.assets.map(
    ({ asset, opening, movements, closing }) =>
      `${asset}\n${table([
        ["booked", "what", "pending", "available", "held", "recoverable"],
        [moment(statement.from), "opening balance", ...cells(opening)],
        ...movements.map((one) => [moment(one.at), one.reason.replaceAll("_", " "), ...cells(one)]),
        [moment(statement.to), "closing balance", ...cells(closing)],
      ])}`,
  );
  return [head, ...parts].join("\n\n");
}

const forms: Readonly<Record<string, (statement: Statement) => string>> = {
  text: describe,
  json: toJson,
  csv: (statement) => statementCsv(statement).trimEnd(),
  html: statementPage,
};

const show = (): Command =>
  withPeriod(new Command("show"))
    .description("What was booked for one payee in a period, from balance to balance")
    .argument("<payee>", "their id", idOf)
    .addOption(new Option("--format <form>", "how it is written").choices(Object.keys(forms)).default("text"))
    .action((payee: string, { from, to, format }: PeriodOptions & { format: string }) =>
      withDatabase(async ({ db }) => {
        const now = systemClock.now();
        print(forms[format]!(await readStatement(db, payee, { from, to: to ?? now }, now)));
      }),
    );

/** Waits while whoever reads does not keep up, so that nothing piles up here. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}

const all = (): Command =>
  withPeriod(new Command("all"))
    .description("The statements of all payees, one after the other as they are read")
    .addOption(
      new Option("--format <form>", "a JSON document a line, or one table")
        .choices(["ndjson", "csv"])
        .default("ndjson"),
    )
    .action(({ from, to, format }: PeriodOptions & { format: string }) =>
      withDatabase(async ({ db }) => {
        const now = systemClock.now();
        let header = true;
        for await (const statement of readStatements(db, { from, to: to ?? now }, now)) {
          await write(
            format === "csv" ? statementCsv(statement, { header }) : `${JSON.stringify(statement)}\n`,
          );
          header = false;
        }
      }),
    );

export const statementsCommand = (): Command =>
  new Command("statements")
    .description("What was booked for payees in a period: for them, and for your accountant")
    .addCommand(show())
    .addCommand(all());
