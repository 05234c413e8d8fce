import { Command, InvalidArgumentError } from "commander";
import { listEvents, replayEvent } from "../intake/index.ts";
import { print, table, toJson } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

function eventId(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw new InvalidArgumentError("An event's id is a number; `spillway events` lists them.");
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
    .description("List inbound events, newest first")
    .option("--status <status>", "received, processed, ignored, unmatched or in_review")
    .option("--limit <n>", "how many", eventId, 20)
    .option("--json", "one JSON document")
    .action(({ status, limit, json }: { status?: string; limit: number; json?: boolean }) =>
      withDatabase(async ({ db }) => {
        const events = await listEvents(db, { filters: { status }, before: null, limit });
        if (json) return print(toJson(events));
        const rows = events.map((event) => [
          String(event.id),
          event.received_at.toISOString(),
          event.status,
          event.outcome ?? "",
          event.payment_id ?? "",
        ]);
        print(table([["id", "received", "status", "outcome", "payment"], ...rows]));
      }),
    );
