import { existsSync } from "node:fs";
import { CommanderError } from "commander";
import { describeFailure, exitCodeOf } from "./failure.ts";
import { buildProgram } from "./index.ts";

if (existsSync(".env")) process.loadEnvFile(".env");
try {
  await buildProgram().parseAsync();
} catch (error) {
  // Commander has said what is wrong with a command line itself.
  if (!(error instanceof CommanderError)) process.stderr.write(`spillway: ${describeFailure(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
