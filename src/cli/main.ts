import { existsSync } from "node:fs";
import { CommanderError } from "commander";
import { DomainError } from "../errors.ts";
import { describeFailure, exitCodeOf } from "./failure.ts";
import { buildProgram } from "./index.ts";

try {
  readEnvFile();
  await buildProgram().parseAsync();
} catch (error) {
  // Commander has said what is wrong with a command line itself.
  if (!(error instanceof CommanderError)) process.stderr.write(`spillway: ${describeFailure(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

function readEnvFile(): void {
  if (!existsSync(".env")) return;
  try {
    process.loadEnvFile(".env");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DomainError(
      "invalid_config",
      `.env cannot be read (${code}). Make it a file that this user may read, or move it away.`,
    );
  }
}
