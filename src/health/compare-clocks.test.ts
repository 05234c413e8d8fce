import { afterAll, describe, expect, test } from "vitest";
import { freshDatabase } from "../../tests/support/index.ts";
import type { Clock } from "../clock.ts";
import { createClockWitnesses, hearDates } from "../clock-witnesses.ts";
import { compareClocks } from "./compare-clocks.ts";

const database = await freshDatabase();
afterAll(() => database.close());

const minute = 60_000;
/** This host, whose clock is off. */
const hostOff = (ms: number): Clock => ({ now: () => new Date(Date.now() + ms) });

/** What readiness says on a host whose clock is off, after answers of providers whose clocks are off themselves. */
async function readiness(aheadMs: number, providers: Readonly<Record<string, number>> = {}): Promise<string> {
  const clock = hostOff(aheadMs);
  const witnesses = createClockWitnesses(clock);
  for (const [name, ms] of Object.entries(providers)) {
    const answer = () =>
      Promise.resolve(new Response("", { headers: { date: new Date(Date.now() + ms).toUTCString() } }));
    await hearDates(name, { clock, witnesses }, answer)("https://provider.example/");
  }
  return compareClocks({ db: database.db, clock, witnesses }).catch((error: Error) => error.message);
}

describe("a host that is minutes off is named", () => {
  test.each([
    ["right", 0, { changenow: 0, nowpayments: 0 }, /^agrees with changenow, nowpayments, the database$/],
    ["seconds off", 20_000, { changenow: 0 }, /^agrees with/],
    [
      "ahead",
      10 * minute,
      { changenow: 0, nowpayments: 0 },
      /^This host's clock is 10 min ahead, as changenow, nowpayments, the database say: set it by NTP/,
    ],
    ["behind", -7 * minute, { changenow: 0, nowpayments: 0 }, /^This host's clock is 7 min behind/],
    ["a day off", 24 * 60 * minute, { changenow: 0 }, /^This host's clock is 24 h ahead/],
    [
      "one provider off",
      0,
      { changenow: 9 * minute, nowpayments: 0 },
      /is 9 min behind of changenow, and nobody else's says so/,
    ],
    [
      "the database on our own wrong host",
      8 * minute,
      { changenow: 8 * minute, nowpayments: 8 * minute },
      /is 8 min ahead of the database, and nobody else's/,
    ],
    ["nobody but the database", 5 * minute, {}, /is 5 min ahead of the database/],
  ])("%s", async (_, aheadMs, providers, said) => {
    expect(await readiness(aheadMs, providers)).toMatch(said);
  });
});

test("how long an answer took, how old a cache had it and a date that is none prove nothing", async () => {
  let now = Date.parse("2026-05-01T12:00:00Z");
  const clock: Clock = { now: () => new Date(now) };
  const witnesses = createClockWitnesses(clock);
  const ask = (name: string, headers: Record<string, string>, tookMs: number) =>
    hearDates(name, { clock, witnesses }, () => {
      now += tookMs;
      return Promise.resolve(new Response("", { headers }));
    })("https://provider.example/");
  await ask("slow", { date: new Date(now).toUTCString() }, 5 * minute);
  await ask("cached", { date: new Date(now - 10 * minute).toUTCString(), age: "600" }, 0);
  await ask("garbage", { date: "yesterday" }, 0);
  await ask("garbled age", { date: new Date(now).toUTCString(), age: "old" }, 0);
  await ask("silent", {}, 0);
  expect(Object.fromEntries(witnesses.ahead())).toEqual({ slow: 0, cached: 0 });
  await ask("right", { date: new Date(now - 10 * minute).toUTCString() }, 0);
  expect(witnesses.ahead().get("right")).toBe(10 * minute - 1_000);
  expect(witnesses.agreedAheadMs(), "one alone is no majority").toBe(0);
  now += 61 * minute;
  expect(witnesses.ahead().size, "what was heard an hour ago says nothing").toBe(0);
});
