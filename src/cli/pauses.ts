import { Argument, Command } from "commander";
import { systemClock } from "../clock.ts";
import { inTransaction } from "../database/index.ts";
import { DomainError } from "../errors.ts";
import { registry } from "../money/index.ts";
import { payoutRoutes } from "../payouts/index.ts";
import { listPauses, pause, resume, type PauseScope } from "../policy/index.ts";
import { inFlight } from "../transfers/index.ts";
import { idOf } from "./arguments.ts";
import { cliOperator } from "./operator.ts";
import { print, table, toJson } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

/** What a scope may name; "all" names nothing. */
function valueOf(scope: PauseScope, given: string | undefined): string {
  if (scope === "all") {
    if (given === undefined) return "";
    throw new DomainError(
      "invalid_request",
      "Everything is paused without a name: spillway pauses start all.",
    );
  }
  if (given === undefined)
    throw new DomainError(
      "invalid_request",
      `Name the ${scope} to pause: spillway pauses start ${scope} <name>.`,
    );
  if (scope === "chain") return registry.chain(given);
  if (payoutRoutes.some((route) => route === given)) return given;
  throw new DomainError(
    "invalid_request",
    `There is no rail ${given}. The rails are ${payoutRoutes.join(", ")}.`,
  );
}

const start = (): Command =>
  new Command("start")
    .description("Stop everything, a chain or a rail before its next signature")
    .addArgument(new Argument("<scope>", "what to stop").choices(["all", "chain", "rail"]))
    .argument("[name]", "of the chain or rail")
    .requiredOption("--reason <reason>", "for whoever ends it")
    .action((scope: PauseScope, name: string | undefined, { reason }: { reason: string }) =>
      withDatabase(async ({ db }) => {
        const value = valueOf(scope, name);
        const now = systemClock.now();
        const signed = await inTransaction(db, async (tx) => {
          await pause(tx, { scope, value, reason, by: cliOperator(), now });
          return inFlight(tx, scope === "chain" ? value : null);
        });
        print(
          `Paused: ${scope === "all" ? "everything" : `${scope} ${value}`}. Nothing of it is signed until you end it.`,
        );
        if (signed.length === 0) return print("Nothing was in flight.");
        print("\nSigned already, so only the chain ends these:");
        print(
          table([
            ["id", "purpose", "status", "hash"],
            ...signed.map((row) => [row.id, row.purpose, row.status, row.transaction_hash ?? "–"]),
          ]),
        );
      }),
    );

const list = (): Command =>
  new Command("list")
    .description("The pauses in force")
    .option("--json", "one JSON document")
    .action(({ json }: { json?: boolean }) =>
      withDatabase(async ({ db }) => {
        const rows = await listPauses(db);
        if (json) return print(toJson({ data: rows }));
        print(
          rows.length === 0
            ? "Nothing is paused."
            : table([
                ["id", "what", "since", "by", "reason"],
                ...rows.map((row) => [
                  row.id,
                  row.scope === "all" ? "everything" : `${row.scope} ${row.value}`,
                  row.paused_at.toISOString(),
                  row.paused_by,
                  row.reason,
                ]),
              ]),
        );
      }),
    );

const end = (): Command =>
  new Command("end")
    .description("End a pause: what waited is signed, as far as its approval still holds")
    .argument("<id>", "of the pause", idOf)
    .action((id: string) =>
      withDatabase(async ({ db }) => {
        await resume(db, { id, by: cliOperator(), now: systemClock.now() });
        print("The pause has ended.");
      }),
    );

export const pausesCommand = (): Command =>
  new Command("pauses")
    .description("What an operator stopped")
    .addCommand(start())
    .addCommand(list())
    .addCommand(end());
