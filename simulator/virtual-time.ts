import { setImmediate as turn } from "node:timers/promises";
import type { Background } from "../sandbox/background.ts";
import type { Clock } from "../src/clock.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  fire(): void | Promise<void>;
}

/** Time that passes only when told, and everything that waits for it. */
export interface VirtualTime extends Clock {
  readonly ms: number;
  /** Calls `fire` when its time has come. */
  at(ms: number, fire: () => void | Promise<void>): void;
  sleep(ms: number): Promise<void>;
  /** When the next thing happens; null when nothing waits. */
  next(): number | null;
  /** Moves on, firing what comes due in its order, and lets each of them act before the next. */
  advanceTo(ms: number): Promise<void>;
}

/** Lets everything that needs no time, and nothing from outside this process, come to rest. */
export async function rest(): Promise<void> {
  for (let round = 0; round < 3; round++) await turn();
}

export function createVirtualTime(startsAt: Date): VirtualTime {
  let now = startsAt.getTime();
  let order = 0;
  let timers: Timer[] = [];
  const place = (timer: Timer): void => {
    let index = timers.length;
    while (index > 0 && timers[index - 1]!.at > timer.at) index -= 1;
    timers.splice(index, 0, timer);
  };
  const time: VirtualTime = {
    get ms() {
      return now;
    },
    now: () => new Date(now),
    at: (ms, fire) => place({ at: Math.max(ms, now), order: (order += 1), fire }),
    sleep: (ms) => new Promise((resolve) => time.at(now + Math.max(0, Math.ceil(ms)), resolve)),
    next: () => timers[0]?.at ?? null,
    async advanceTo(ms) {
      for (let due = timers[0]; due !== undefined && due.at <= ms; due = timers[0]) {
        timers.shift();
        now = Math.max(now, due.at);
        await due.fire();
        await rest();
      }
      now = Math.max(now, ms);
    },
  };
  return time;
}

/** The sandbox's background, in virtual time: it has no stop, because it ends with its process. */
export function createVirtualBackground(time: VirtualTime): Background {
  const failures: unknown[] = [];
  return {
    signal: new AbortController().signal,
    failures,
    async start(work) {
      try {
        await work();
      } catch (error) {
        failures.push(error);
      }
    },
    sleep: (ms) => (ms > 0 ? time.sleep(ms) : Promise.resolve()),
    stop: () => Promise.resolve(),
  };
}
