import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** Owns everything that runs by itself in a server of the sandbox, so that stopping leaves no timer behind. */
export interface Background {
  readonly signal: AbortSignal;
  /** Starts work that nobody waits for. What it throws is kept, for `failures`; the stop itself is no failure. */
  start(work: () => Promise<void>): Promise<void>;
  /** Rejects with the abort reason when the sandbox stops. */
  sleep(ms: number): Promise<void>;
  readonly failures: readonly unknown[];
  /** Aborts and waits for everything started. */
  stop(): Promise<void>;
}

export function createBackground(): Background {
  const abort = new AbortController();
  setMaxListeners(0, abort.signal); // one for each payment and exchange on its way
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  return {
    signal: abort.signal,
    failures,
    start(work) {
      const run = (async () => work())()
        .catch((error: unknown) => {
          if (!abort.signal.aborted) failures.push(error);
        })
        .finally(() => running.delete(run));
      running.add(run);
      return run;
    },
    sleep: (ms) => (ms > 0 ? delay(ms, undefined, { signal: abort.signal }) : Promise.resolve()),
    async stop() {
      abort.abort();
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** Runs one piece of work after the other, in the order of the calls. A failure of one does not stop the next. */
export function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = tail.then(work, work);
    tail = next.catch(() => undefined);
    return next;
  };
}
