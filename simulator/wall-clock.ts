/** No timer of Node's can be set for longer: some 24 days. */
const forEver = 2 ** 31 - 1;
/** What is set for less than this only waits for its turn. */
const patienceFromMs = 1_000;

/** Has every patience of this process last as long as `howLong` says of it. @returns puts everything back */
function usePatience(howLong: (ms: number) => number): () => void {
  const { setTimeout: set } = globalThis;
  const { timeout } = AbortSignal;
  const patient = Object.assign((handler: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const timer = set(handler, ms < patienceFromMs ? ms : howLong(ms), ...args);
    return howLong(ms) === forEver && ms >= patienceFromMs ? timer.unref() : timer;
  }, set);
  globalThis.setTimeout = patient as typeof set;
  AbortSignal.timeout = (ms) => timeout.call(AbortSignal, howLong(ms));
  return () => {
    globalThis.setTimeout = set;
    AbortSignal.timeout = timeout;
  };
}

/**
 * No patience of this process runs out any more, neither the engine's nor the world's: a simulated world's time is its own,
 * and what a slow machine makes late is late in no world.
 * @returns puts everything back
 */
export const stopWallClock = (): (() => void) => usePatience(() => forEver);

/** Makes the wall clock of this process go so many times as quick: what its programs see on a machine so many times as slow. */
export const hurryWallClock = (times: number): (() => void) => usePatience((ms) => Math.ceil(ms / times));
