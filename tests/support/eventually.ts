import { setTimeout as sleep } from "node:timers/promises";

/** Waits until `probe` answers with something true, and returns it. Fails, saying what it waited for, after `withinMs`. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T> | T,
  withinMs = 15_000,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await probe();
    if (answer) return answer as Exclude<T, false | null | undefined>;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await sleep(20);
  }
}
