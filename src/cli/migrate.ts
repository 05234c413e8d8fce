import { Command } from "commander";
import { migrate } from "../database/index.ts";
import { print } from "./screen.ts";
import { withAnyDatabase } from "./with-database.ts";

export const migrateCommand = (): Command =>
  new Command("migrate")
    .description("Make the database's tables, or bring them up to date (start does it too)")
    .action(async () => {
      await withAnyDatabase({ create: true }, ({ url }, log) => migrate(url, log));
      print("The schema is up to date.");
    });
