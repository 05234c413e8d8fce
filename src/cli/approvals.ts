import { Command } from "commander";
import { systemClock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import { authorisationReads } from "../http/index.ts";
import { formatUnits, formatUsd, registry } from "../money/index.ts";
import { openSecondPerson } from "../operators/index.ts";
import {
  approve,
  findAuthorisation,
  readWaiting,
  reject,
  type Authorisation,
  type Decided,
  type PolicyDeps,
} from "../policy/index.ts";
import { idOf } from "./arguments.ts";
import { cliOperator } from "./operator.ts";
import { operation, showCommand } from "./reading.ts";
import { print, table, toJson } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

const mostShown = 10_000;

/** What it is about: coins, or what is changed. */
const amountOf = ({ subject, terms }: Authorisation): string => {
  if (subject === "change") return `${terms["change"]} of ${terms["of"]}`;
  const asset = registry.get(String(terms["asset"]));
  return `${formatUnits(BigInt(String(terms["amount"])), asset.decimals)} ${asset.id}`;
};
/** Where it goes; of a change, all that it hangs on. */
function whereTo({ subject, terms }: Authorisation): string {
  if (subject !== "change") return String(terms["destination_address"] ?? terms["to_address"]);
  const { change: _, of: __, ...input } = terms;
  return Object.entries(input)
    .map(([name, value]) => `${name} ${value ?? "–"}`)
    .join(", ");
}

const list = (): Command =>
  new Command("list")
    .description("What waits for approval, and the hash of exactly this list")
    .option("--json", "one JSON document")
    .action(({ json }: { json?: boolean }) =>
      withDatabase(async ({ db }) => {
        const { rows, hash } = await readWaiting(db, mostShown);
        const listHash = hash.toString("hex");
        if (json)
          return print(
            toJson({
              data: rows.map((row) => ({ ...row, terms_hash: row.terms_hash.toString("hex") })),
              list_hash: listHash,
            }),
          );
        if (rows.length === 0) return print("Nothing waits for approval.");
        print(
          table([
            ["id", "what", "amount", "usd", "to", "why"],
            ...rows.map((row) => [
              row.id,
              row.subject,
              amountOf(row),
              row.usd_micros === null ? "–" : formatUsd(row.usd_micros),
              whereTo(row),
              row.because.join(", "),
            ]),
          ]),
        );
        print(`\nAll of it: spillway approvals approve --list ${listHash}`);
      }),
    );

interface Which {
  readonly list?: string;
}

/** One by its id, as it stands now, or the whole list as it was read. */
async function decided(deps: PolicyDeps, id: string | undefined, { list: listed }: Which): Promise<Decided> {
  if ((id === undefined) === (listed === undefined))
    throw new DomainError(
      "invalid_request",
      "Name one authorisation by its id, or the whole list by its hash: --list <hash>.",
    );
  if (listed !== undefined) return { listHash: Buffer.from(listed, "hex") };
  const row = await findAuthorisation(deps.db, id!);
  if (row === null)
    throw new DomainError("unknown_authorisation", `There is no authorisation ${id}. List those that wait.`);
  return { decisions: [{ id: row.id, termsHash: row.terms_hash }] };
}

const withPolicy = (run: (deps: PolicyDeps) => Promise<void>): Promise<void> =>
  withDatabase(({ db }, log) =>
    run({ db, log, clock: systemClock, secondPerson: openSecondPerson({ db, log }) }),
  );

const told = (rows: readonly Authorisation[]): void =>
  print(
    rows
      .map((row) =>
        row.status === "waiting"
          ? `${row.id} needs another person's approval too.`
          : `${row.id} is ${row.status}: ${amountOf(row)} to ${whereTo(row)}.`,
      )
      .join("\n"),
  );

const approveCommand = (): Command =>
  new Command("approve")
    .description("Approve one as it stands, or the whole list as it was read")
    .argument("[id]", "of the authorisation", idOf)
    .option("--list <hash>", "of the list that was read")
    .action((id: string | undefined, which: Which) =>
      withPolicy(async (deps) =>
        told(await approve(deps, { ...(await decided(deps, id, which)), by: cliOperator() })),
      ),
    );

const rejectCommand = (): Command =>
  new Command("reject")
    .description("Reject one, or the whole list; the payee reads the reason")
    .argument("[id]", "of the authorisation", idOf)
    .option("--list <hash>", "of the list that was read")
    .requiredOption("--reason <reason>", "for the payee")
    .action((id: string | undefined, { reason, ...which }: Which & { reason: string }) =>
      withPolicy(async (deps) =>
        told(await reject(deps, { ...(await decided(deps, id, which)), reason, by: cliOperator() })),
      ),
    );

export const approvalsCommand = (): Command =>
  new Command("approvals")
    .description("What may leave only when people say so")
    .addCommand(list())
    .addCommand(
      showCommand("An authorisation and who approved it", operation(authorisationReads, "getAuthorisation")),
    )
    .addCommand(approveCommand())
    .addCommand(rejectCommand());
