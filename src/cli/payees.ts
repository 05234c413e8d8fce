import { Command } from "commander";
import { payeeRoutes } from "../http/index.ts";
import { listCommand, operation, searchCommand, showCommand } from "./reading.ts";

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
    .addCommand(showCommand("A payee with what they have", operation(payeeRoutes, "getPayee")));
