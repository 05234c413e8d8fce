import { expect, inject, test } from "vitest";
import { describeSeeds, replayCommand, runSeeds, type SeedsReport } from "../../simulator/index.ts";
import { form, hangsAfterMs, smallWorld as world } from "./forms.ts";

const firstSeed = 5;
const repeatedSeed = 7;
/** What happened in each world, by its seed. */
const fingerprints = new Map<number, string>();

const run = (first: number, seeds: number, atOnce: number): Promise<SeedsReport> =>
  runSeeds({
    ...world,
    firstSeed: first,
    seeds,
    atOnce,
    databaseUrl: inject("adminUrl"),
    progress: (_done, answer) => {
      const [seed, print] =
        answer.kind === "done"
          ? [answer.result.seed, answer.result.fingerprint]
          : [answer.seed, answer.error];
      fingerprints.set(seed, print);
    },
  });

test(
  `${form.seeds} hostile worlds that crash wherever they can lose and double nothing`,
  { timeout: hangsAfterMs },
  async () => {
    const report = await run(firstSeed, form.seeds, 2);
    expect([...report.failing, ...report.broken], describeSeeds(report, world)).toEqual([]);
    expect(report.seeds).toBe(form.seeds);
    expect(report.deaths).toBeGreaterThan(form.deaths);
    expect(report.faults).toBeGreaterThan(form.faults);
    // Five seeds in a row, from a multiple of five, die at every place that each of them passes; only rare places are left.
    expect(report.places.died / report.places.seen).toBeGreaterThan(0.7);
  },
);

test(
  "one seed is one world: everything happens again in the same order",
  { timeout: hangsAfterMs },
  async () => {
    if (!fingerprints.has(repeatedSeed)) await run(repeatedSeed, 1, 1);
    const first = fingerprints.get(repeatedSeed);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    await run(repeatedSeed, 1, 1);
    expect(fingerprints.get(repeatedSeed)).toBe(first);
  },
);

test("a failing seed says what is wrong and prints the one command that runs it again", () => {
  const sum = { seeds: 1, payments: 10, deaths: 3, faults: 2, effects: 900, simulatedHours: 9 };
  const failing = [
    { seed: 42, findings: [{ check: "wallet_differs", detail: "ethereum:USDT: booked 5, on chain 4" }] },
  ];
  const places = { seen: 9, died: 8, never: ["job swaps.advance · before commit of update swap"] };
  const text = describeSeeds({ ...sum, failing, broken: [], places } as unknown as SeedsReport, world);
  expect(text).toContain("wallet_differs: ethereum:USDT: booked 5, on chain 4");
  expect(text).toContain("Crashed at        8 of 9 places");
  expect(text).toContain(replayCommand(42, world));
  expect(replayCommand(42, world)).toBe(
    "npm run simulate -- --seed 42 --payments 3 --faults hostile --crash-one-in 5 --engines 2",
  );
});
