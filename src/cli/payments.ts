import { Command } from "commander";
import { paymentRoutes } from "../http/index.ts";
import { listCommand, operation, searchCommand, showCommand } from "./reading.ts";

export const paymentsCommand = (): Command =>
  new Command("payments")
    .description("What came from payers, as it was booked")
    .addCommand(
      listCommand({
        description: "List payments, newest first",
        route: operation(paymentRoutes, "listPayments"),
        columns: ["id", "created_at", "processor", "status", "settled"],
        nothing: "Nothing was paid.",
      }),
    )
    .addCommand(searchCommand("Find payments by id, hash, address or external id", "payment"))
    .addCommand(showCommand("A payment with everybody's part of it", operation(paymentRoutes, "getPayment")));
