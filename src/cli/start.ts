import { Command, Option } from "commander";
import { loadConfig } from "../config/index.ts";
import { startEngine } from "../engine/index.ts";
import { createLogger } from "../telemetry/index.ts";
import { untilStopped } from "./until-stopped.ts";

export const startCommand = (): Command =>
  new Command("start")
    .description("Run the engine: API and worker, or one of them")
    .addOption(new Option("--role <role>", "what this process does").choices(["all", "api", "worker"]))
    .action(async ({ role }: { role?: string }) => {
      const config = loadConfig({ ...process.env, ...(role !== undefined && { ROLE: role }) });
      const log = createLogger({ level: config.logLevel });
      const engine = await startEngine(config, log);
      const signal = await untilStopped();
      log.info({ signal }, "stopping: running jobs are finished or handed back");
      await engine.stop();
    });
