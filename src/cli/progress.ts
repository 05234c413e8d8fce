import type { WriteStream } from "node:tty";
import { shorten } from "./screen.ts";

/** What a long command says while it works. */
export interface Progress {
  /** A line that stays. */
  step(line: string): void;
  /** What is going on: on a terminal the next line takes its place, elsewhere it is a line like any other. */
  detail(line: string): void;
  /** Leaves the screen as if nothing had been redrawn. */
  end(): void;
}

export function openProgress(out: WriteStream): Progress {
  const write = (text: string): void => void out.write(text);
  if (!out.isTTY)
    return { step: (line) => write(`${line}\n`), detail: (line) => write(`${line}\n`), end() {} };
  const clear = "\r\u001b[K";
  return {
    step: (line) => write(`${clear}${line}\n`),
    detail: (line) => write(`${clear}${shorten(line, out.columns - 1)}`),
    end: () => write(clear),
  };
}
