import type { Clock } from "./clock.ts";

/** When something was asked and when its answer was there, by our own clock. */
interface Heard {
  readonly askedAt: Date;
  readonly answeredAt: Date;
}

/** What others said of the time within the last hour, each by name, and how it stands to our own clock. */
export interface ClockWitnesses {
  /** The other's clock stood between `from` and `until` at some moment while we asked. */
  hear(name: string, told: { readonly from: Date; readonly until: Date }, heard: Heard): void;
  /** Milliseconds by which our clock is ahead of each; negative: behind; 0: no difference is proved. */
  ahead(): ReadonlyMap<string, number>;
  /** By how much it is ahead (negative: behind) at the least, by the middle of two witnesses or more; 0: nothing agreed. */
  agreedAheadMs(): number;
}

const keptMs = 3_600_000;

/** What is certain of the difference, however long the way took: 0 where it may be none. */
function aheadOf(
  told: { readonly from: Date; readonly until: Date },
  { askedAt, answeredAt }: Heard,
): number {
  const least = askedAt.getTime() - told.until.getTime();
  const most = answeredAt.getTime() - told.from.getTime();
  if (least > 0) return least;
  return Math.min(most, 0);
}

export function createClockWitnesses(clock: Clock): ClockWitnesses {
  const heard = new Map<string, { readonly at: number; readonly ahead: number }>();
  const ahead = (): Map<string, number> => {
    const now = clock.now().getTime();
    const lately = [...heard].filter(([, { at }]) => Math.abs(now - at) <= keptMs);
    return new Map(lately.map(([name, one]) => [name, one.ahead]));
  };
  return {
    hear(name, told, when) {
      const difference = aheadOf(told, when);
      if (Number.isFinite(difference)) heard.set(name, { at: when.answeredAt.getTime(), ahead: difference });
    },
    ahead,
    agreedAheadMs() {
      const sorted = [...ahead().values()].toSorted((a, b) => a - b);
      if (sorted.length < 2) return 0;
      // Of an even number the two in the middle: both must say it.
      const low = sorted[Math.floor((sorted.length - 1) / 2)]!;
      const high = sorted[Math.floor(sorted.length / 2)]!;
      if (low > 0) return low;
      return Math.min(high, 0);
    },
  };
}

/** A way out that hears what time it is there, from the Date of each answer; a cache on the way says how old that is. */
export function hearDates(
  name: string,
  { clock, witnesses }: { readonly clock: Clock; readonly witnesses: ClockWitnesses },
  fetch: typeof globalThis.fetch = globalThis.fetch,
): typeof globalThis.fetch {
  return async (input, init) => {
    const askedAt = clock.now();
    const response = await fetch(input, init);
    const date = Date.parse(response.headers.get("date") ?? "");
    const ageMs = Number(response.headers.get("age") ?? "0") * 1_000;
    const told = date + ageMs; // both in whole seconds
    const slackMs = ageMs > 0 ? 2_000 : 1_000;
    if (Number.isFinite(told))
      witnesses.hear(
        name,
        { from: new Date(told), until: new Date(told + slackMs) },
        { askedAt, answeredAt: clock.now() },
      );
    return response;
  };
}
