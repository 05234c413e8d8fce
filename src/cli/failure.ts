import { CommanderError } from "commander";
import { DomainError, EngineError } from "../errors.ts";
import { nextStepOf } from "../http/index.ts";

/** What went wrong, for a person: the sentence, its code and the next step; a stack only for what we did not foresee. */
export function describeFailure(error: unknown): string {
  if (error instanceof EngineError) {
    // Of a wrong input, the sentences say what to write instead.
    const next = error.code === "invalid_request" ? null : nextStepOf(error.code);
    return `${error.message} (${error.code})${next === null ? "" : `\n${next}`}`;
  }
  if (error instanceof CommanderError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return ofTheSystem(error) ?? error.stack ?? error.message;
}

/** What the operating system refused is the operator's to mend: its own words and the path, without our stack. */
function ofTheSystem(error: NodeJS.ErrnoException): string | null {
  if (error.syscall === undefined || error.code === undefined) return null;
  const next =
    error.path === undefined
      ? ""
      : `\nLook at the path and its rights, or name another one in the environment.`;
  return `The system refused: ${error.message}${next}`;
}

/** 2: it was refused, also for its spelling; 1: it failed. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof DomainError ? 2 : 1;
}
