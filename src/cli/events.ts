import { Command, InvalidArgumentError } from "commander";
import { paymentRoutes } from "../http/index.ts";
import { replayEvent } from "../intake/index.ts";
import { listCommand, operation, showCommand } from "./reading.ts";
import { print } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

function eventId(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw new InvalidArgumentError("An event's id is a number; `spillway events list` shows them.");
  return Number.parseInt(text, 10);
}

export const replayCommand = (): Command =>
  new Command("replay")
    .description("Process a stored inbound event again; harmless if it was processed before")
    .argument("<event>", "id of the event", eventId)
    .action((id: number) =>
      withDatabase(async ({ db }) => {
        await replayEvent(db, id);
        print(`Event ${id} will be processed again by the worker.`);
      }),
    );

export const eventsCommand = (): Command =>
  new Command("events")
    .description("What payment processors told us")
    .addCommand(
      listCommand({
        description: "List inbound events, newest first",
        route: operation(paymentRoutes, "listProviderEvents"),
        columns: ["id", "received_at", "processor", "status", "outcome", "payment_id"],
        nothing: "No processor told us anything.",
      }),
    )
    .addCommand(showCommand("One inbound event", operation(paymentRoutes, "getProviderEvent")));
