import { Command } from "commander";
import { print } from "./screen.ts";
import { withDatabase } from "./with-database.ts";

export const migrateCommand = (): Command =>
  new Command("migrate")
    .description("Bring the database's schema up to date (start does it too)")
    .action(() => withDatabase(async () => print("The schema is up to date.")));
