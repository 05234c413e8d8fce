import { setTimeout as sleep } from "node:timers/promises";

/** Ends what will never come true. A slow machine must not: nothing is asserted about how long it took. */
export const patienceMs = 120_000;

/** Waits until `probe` answers with something true, and returns it. Fails, saying what it waited for, when patience ends. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T> | T,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await probe();
    if (answer) return answer as Exclude<T, false | null | undefined>;
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain: ${what}`);
    await sleep(20);
  }
}
