import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { eventually } from "./eventually.ts";

export interface TestProcess {
  readonly pid: number;
  /** Waits until it has printed this. */
  says(text: string): Promise<void>;
  /** Kills it as the kernel would: no handler of its own runs. Resolves when it is gone. */
  killHard(): Promise<void>;
}

/** Starts one of tests/support/processes, and kills it at the end of the test if it still runs. */
export function startProcess(name: "hanging-worker" | "database-holder", ...args: string[]): TestProcess {
  const script = fileURLToPath(new URL(`processes/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  const killHard = async (): Promise<void> => {
    child.kill("SIGKILL");
    await gone;
  };
  onTestFinished(killHard);
  const says = async (text: string): Promise<void> => {
    await eventually(`${name} says ${text}`, () => {
      if (child.exitCode !== null && !output.includes(text)) throw new Error(`${name} ended: ${output}`);
      return output.includes(text);
    });
  };
  return { pid: child.pid!, says, killHard };
}
