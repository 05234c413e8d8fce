import { Command } from "commander";
import { print, withDatabase } from "./with-parts.ts";

export const migrateCommand = (): Command =>
  new Command("migrate")
    .description("Bring the database's schema up to date (start does it too)")
    .action(() => withDatabase(async () => print("The schema is up to date.")));
