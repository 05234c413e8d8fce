import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A script beside this one, in a process of its own. */
export function startChild(script: string, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

/** The next message of it. */
export function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((done, fail) => {
    const gone = (): void => fail(new Error("a child process of the benchmark ended"));
    child.once("exit", gone);
    child.once("message", (message: T & { error?: string }) => {
      child.off("exit", gone);
      if (message.error !== undefined) fail(new Error(message.error));
      else done(message);
    });
  });
}
