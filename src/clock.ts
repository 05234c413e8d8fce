/** Time is passed in, so that a test or a simulation can own it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock that moves only when told. */
export function manualClock(start: Date): Clock & { advance(ms: number): void } {
  let current = start.getTime();
  return { now: () => new Date(current), advance: (ms) => void (current += ms) };
}
