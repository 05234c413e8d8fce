/** Two clocks never agree; a price from further ahead than this has a wrong time. */
const clockSkewMs = 120_000;

/** Whether a price may still be used, by the source's own time. Without one its age is unknown: then it may not. */
export function isFresh(sourceTime: Date | null, now: Date, maxAgeMs: number): boolean {
  if (sourceTime === null) return false;
  const ageMs = now.getTime() - sourceTime.getTime();
  return ageMs <= maxAgeMs && ageMs >= -clockSkewMs;
}
