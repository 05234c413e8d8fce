import { existsSync } from "node:fs";
import { CommanderError } from "commander";
import { DomainError } from "../errors.ts";
import { describeFailure, exitCodeOf } from "./failure.ts";
import { buildProgram } from "./index.ts";

try {
  // What init finds in a .env is not what is given to it.
  if (process.argv[2] !== "init") readEnvFile();
  await buildProgram().parseAsync();
} catch (error) {
  // Commander has said what is wrong with a command line itself.
  if (!(error instanceof CommanderError)) process.stderr.write(`spillway: ${describeFailure(error)}\n`);
  if (error instanceof DomainError && error.code === "invalid_config" && !existsSync(".env"))
    process.stderr.write("There is no .env here: `spillway init` asks for all of it, and writes one.\n");
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
