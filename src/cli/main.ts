import { existsSync } from "node:fs";
import { CommanderError } from "commander";
import { DomainError, EngineError } from "../errors.ts";
import { buildProgram } from "./index.ts";

/** What went wrong, for a person: the sentence and its code; a stack only for what we did not foresee. */
function describeFailure(error: unknown): string {
  if (error instanceof EngineError) return `${error.message} (${error.code})`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

if (existsSync(".env")) process.loadEnvFile(".env");
try {
  await buildProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    process.stderr.write(`spillway: ${describeFailure(error)}\n`);
    process.exitCode = error instanceof DomainError ? 2 : 1;
  }
}
