import { Command } from "commander";
import { loadDatabaseConfig } from "../config/index.ts";
import { attachOrOpen, migrate } from "../database/index.ts";
import { print } from "./screen.ts";
import { commandLogger } from "./with-database.ts";

export const migrateCommand = (): Command =>
  new Command("migrate")
    .description("Make the database's tables, or bring them up to date (start does it too)")
    .action(async () => {
      const log = commandLogger();
      const database = await attachOrOpen({ ...loadDatabaseConfig(process.env), log, create: true });
      try {
        await migrate(database.url, log);
      } finally {
        await database.close();
      }
      print("The schema is up to date.");
    });
