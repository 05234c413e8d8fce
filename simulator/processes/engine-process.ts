import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Writable } from "node:stream";

export type Role = "api" | "worker";

/** One `spillway start`, started again by whoever watches it whenever it ends. */
export interface EngineProcess {
  readonly name: string;
  readonly role: Role;
  /** How often it ended although nobody killed it: a start while the database is away ends so. */
  readonly endedByItself: number;
  isRunning(): boolean;
  /** Whether it runs and has said that it started: what is killed before that had not begun to work. */
  isUp(): boolean;
  start(): void;
  /** As the kernel would: no handler of its own runs. Resolves when it is gone, false if there was nothing to kill. */
  kill(): Promise<boolean>;
}

/** What the engine logs once all of it works. */
const startedWords = '"engine started"';
const program = fileURLToPath(new URL("../../bin/spillway.js", import.meta.url));

/**
 * Becomes the engine, after leaving behind a watcher on descriptor 3, whose other end we hold: should we be killed
 * ourselves, no engine is left running. A line in the pipe says that the engine ended first.
 */
const watched = '( (if read -r _ <&3; then exit 0; fi; kill -KILL "$$") >/dev/null 2>&1 & ); exec "$@" 3<&-';

export function createEngineProcess(options: {
  readonly name: string;
  readonly role: Role;
  readonly environment: Readonly<Record<string, string>>;
  /** Everything it prints is added here. */
  readonly logFile: string;
  /** Called when it ended although nobody killed it. */
  readonly onEnd?: () => void;
}): EngineProcess {
  const { name, role } = options;
  let child: ChildProcess | null = null;
  let up = false;
  let gone: Promise<void> = Promise.resolve();
  let killed = false;
  let endedByItself = 0;
  const ended = (): void => {
    child = null;
    up = false;
    if (killed) return;
    endedByItself += 1;
    options.onEnd?.();
  };
  return {
    name,
    role,
    get endedByItself() {
      return endedByItself;
    },
    isRunning: () => child !== null,
    isUp: () => up,
    start() {
      const started = spawn(
        "/bin/sh",
        ["-c", watched, "sh", process.execPath, program, "start", "--role", role],
        {
          env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", ...options.environment },
          stdio: ["ignore", "pipe", "pipe", "pipe"],
          detached: true, // an interrupt from the keyboard is ours to answer
        },
      );
      const log = createWriteStream(options.logFile, { flags: "a" });
      started.stdout?.on("data", (text: Buffer) => (up ||= child === started && text.includes(startedWords)));
      started.stdout?.pipe(log, { end: false });
      started.stderr?.pipe(log, { end: false });
      const watch = started.stdio[3] as Writable;
      watch.on("error", () => undefined);
      killed = false;
      child = started;
      gone = new Promise((done) => {
        const end = (): void => {
          watch.end("ended\n");
          ended();
          done();
        };
        started.once("exit", end);
        started.once("error", end);
        started.once("close", () => log.end()); // its last words come after its end
      });
    },
    async kill() {
      if (child === null) return false;
      killed = true;
      child.kill("SIGKILL");
      await gone;
      return true;
    },
  };
}
