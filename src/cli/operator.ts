import { userInfo } from "node:os";

/** Who uses the command line, as histories name them: cli:<user>. A container may run under an id that has no name. */
export function cliOperator(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    return `cli:uid-${process.getuid?.() ?? "unknown"}`;
  }
}
