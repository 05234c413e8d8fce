/** What one run of something came to. Latencies in milliseconds. */
export interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]!
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

/**
 * Callers that each wait for their answer before they call again.
 * @param call returns how many things it did.
 */
export async function callUntil(
  seconds: number,
  callers: number,
  call: (caller: number) => Promise<number>,
): Promise<Measured> {
  const latencies: number[] = [];
  let done = 0;
  const started = performance.now();
  const end = started + seconds * 1_000;
  const work = async (caller: number): Promise<void> => {
    for (let at = performance.now(); at < end;) {
      const count = await call(caller); // first: `done +=` would read before it waits
      done += count;
      const now = performance.now();
      latencies.push(now - at);
      at = now;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => work(caller)));
  const tookSeconds = (performance.now() - started) / 1_000;
  return { perSecond: done / tookSeconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}

export async function secondsOf(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return (performance.now() - started) / 1_000;
}
