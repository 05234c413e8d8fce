import { Command } from "commander";
import { operatorRoutes } from "../http/index.ts";
import { idOf } from "./arguments.ts";
import { ask, listCommand, operation } from "./reading.ts";
import { print } from "./screen.ts";

const add = (): Command =>
  new Command("add")
    .description("Add somebody who may use the API; what they may do is said by their keys")
    .argument("<name>", "as others call them; one name is one person")
    .option("--email <address>", "where they are reached")
    .action(async (name: string, { email }: { email?: string }) => {
      const body = { name, ...(email !== undefined && { email }) };
      const { id } = (await ask(operation(operatorRoutes, "addOperator"), { body })) as { id: string };
      print(
        `Operator ${id}. A key for them: spillway api-keys create <what for> --owner "${name}" --role <role>`,
      );
    });

const retire = (): Command =>
  new Command("retire")
    .description("Retire somebody for ever: all their keys are refused at once")
    .argument("<id>", "as listed", idOf)
    .action(async (id: string) => {
      await ask(operation(operatorRoutes, "retireOperator"), { params: { id } });
      print("Retired.");
    });

export const operatorsCommand = (): Command =>
  new Command("operators")
    .description("Who may use the API")
    .addCommand(add())
    .addCommand(
      listCommand({
        description: "List operators, newest first",
        route: operation(operatorRoutes, "listOperators"),
        columns: ["id", "name", "email", "created_at", "retired_at"],
        nothing:
          "There is no operator yet: `spillway operators add` adds one, and so does a key for somebody new.",
      }),
    )
    .addCommand(retire());
